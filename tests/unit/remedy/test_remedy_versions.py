from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from remedy_example import example_audit, flags_of, rows_of, write_data

from labelaudit.data.write import aside
from labelaudit.errors import OutputError, RunError
from labelaudit.remedy.versions import VersionStore

AUDIT = example_audit(flags_of((0, 4)), missing=2)


@pytest.fixture
def store(tmp_path):
    return VersionStore(tmp_path / "versions")


@pytest.fixture
def data(tmp_path):
    return write_data(tmp_path / "data.csv", rows_of(AUDIT))


def test_labels_are_given_back(store, data):
    weight = np.linspace(0, 1, data.n_rows).tolist()
    version = store.keep_labels(data, weight)
    table = store.load(version)
    assert [str(kind) for kind in table.schema.types] == ["string", "uint64", "string", "double"]
    back = {row["row_id"]: row for row in table.to_pylist()}
    assert len(back) == data.n_rows
    for row in range(data.n_rows):
        code = data.y[row]
        assert back[f"r-{row}"] == {
            "row_id": f"r-{row}",
            "fingerprint": int(data.fingerprint[row]),
            "label": data.classes[code] if code >= 0 else None,
            "weight": weight[row],
        }


def test_the_name_is_of_the_content_alone(store, data, tmp_path):
    version = store.keep_labels(data)
    (path,) = store.folders[0].iterdir()
    written = path.stat().st_mtime_ns
    order = np.random.default_rng(0).permutation(data.n_rows).tolist()
    shuffled = write_data(tmp_path / "shuffled.parquet", rows_of(AUDIT).picked(order))
    assert store.keep_labels(shuffled) == version
    assert path.stat().st_mtime_ns == written
    assert store.keep_labels(data, [float("nan")] * data.n_rows) == version
    assert store.keep_labels(data, [0.5] * data.n_rows) != version


ROWS = st.tuples(
    st.integers(0, 2**64 - 1), st.none() | st.text(max_size=3), st.floats(0, 1, allow_nan=False)
)


@given(st.dictionaries(st.text(max_size=3), ROWS, max_size=4), ROWS)
def test_another_content_has_another_name(tmp_path_factory, rows, other):
    store = VersionStore(tmp_path_factory.getbasetemp() / "versions-of-any")
    columns = ["".join(row_id.encode("utf-8", "replace").decode()) for row_id in rows]
    if len(set(columns)) < len(columns):
        return

    def keep(values):
        content, label, weight = zip(*values, strict=True) if values else ((), (), ())
        return store.keep_vector(columns, content, label, weight)

    version = keep(list(rows.values()))
    assert store.load(version).num_rows == len(rows)
    for place, row_id in enumerate(rows):
        changed = {**rows, row_id: other}
        same = list(changed.values())[place] == rows[row_id]
        assert (keep(list(changed.values())) == version) == same


def test_a_beginning_is_enough_where_it_is_clear(store, data):
    one, two = store.keep_labels(data), store.keep_labels(data, [0.5] * data.n_rows)
    assert store.load(one[:8]).equals(store.load(one))
    assert store.load(two.upper()).equals(store.load(two))
    for unclear in ("", one[:3], "f" * 64, "zzzz", "../x"):
        with pytest.raises(RunError, match="no version"):
            store.load(unclear)
    twin = store.folders[0] / f"{one[:60]}{'0' * 4}.parquet"
    twin.write_bytes(b"")
    with pytest.raises(RunError, match="any of 2"):
        store.load(one[:60])


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_damaged_labels_are_noticed_and_kept_anew(store, data, damage):
    version = store.keep_labels(data)
    (path,) = store.folders[0].iterdir()
    if damage is None:
        table = pq.read_table(path)
        pq.write_table(table.slice(0, 5), path)
    else:
        path.write_bytes(damage)
    assert store.labels_state(version) == "damaged"
    with pytest.raises(RunError, match="damaged"):
        store.load(version)
    assert store.keep_labels(data) == version
    assert store.labels_state(version) == "whole"
    path.unlink()
    assert store.labels_state(version) == "missing"


@pytest.mark.parametrize("content", [b"", b"x", b"abc" * 2_000_000])
def test_files_are_given_back_to_the_byte(store, tmp_path, content):
    path, back = tmp_path / "file", tmp_path / "back"
    path.write_bytes(content)
    sha256 = store.keep_file(path)
    assert store.keep_file(path) == sha256
    assert len(list(store.folders[1].iterdir())) == 1
    store.restore_file(sha256, back)
    assert back.read_bytes() == content
    with aside(tmp_path / "staged") as staged:
        store.restore_file(sha256, staged)
        staged.commit()
    assert (tmp_path / "staged").read_bytes() == content


def test_a_damaged_file_is_noticed_and_kept_anew(store, tmp_path):
    path, back = tmp_path / "file", tmp_path / "back"
    path.write_bytes(b"abc" * 1000)
    sha256 = store.keep_file(path)
    kept = store.file_path(sha256)
    whole = kept.read_bytes()
    for damage in (b"", whole[: len(whole) // 2], b"x" + whole):
        kept.write_bytes(damage)
        assert store.file_state(sha256) == "damaged"
        with pytest.raises(RunError, match="damaged"):
            store.restore_file(sha256, back)
        assert not back.exists()
    assert store.keep_file(path) == sha256
    assert kept.read_bytes() == whole
    kept.unlink()
    with pytest.raises(RunError, match="missing"):
        store.restore_file(sha256, back)


def test_a_store_that_cannot_be_made_is_told(tmp_path, data):
    (tmp_path / "versions").write_text("in the way")
    with pytest.raises(OutputError, match="versions cannot be kept"):
        VersionStore(tmp_path / "versions").keep_labels(data)
