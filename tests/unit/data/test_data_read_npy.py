from __future__ import annotations

import contextlib
import io
import zipfile

import numpy as np
import pytest

from labelaudit.data.read_npy import read_npy
from labelaudit.errors import InputError

VALUES = np.arange(12, dtype=np.float32).reshape(4, 3) / 12


def header(shape, descr="<f4", version=(1, 0)):
    stream = io.BytesIO()
    facts = {"descr": descr, "fortran_order": False, "shape": shape}
    if version == (1, 0):
        np.lib.format.write_array_header_1_0(stream, facts)
    else:
        np.lib.format.write_array_header_2_0(stream, facts)
    return stream.getvalue()


def saved(path, content, name="pred_probs.npy"):
    if path.suffix == ".npz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, content)
    else:
        path.write_bytes(content)
    return str(path)


def refused(path, n_rows=4):
    with pytest.raises(InputError) as caught:
        read_npy(path, n_rows)
    return caught.value


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_arrays_are_read(tmp_path, suffix, version):
    content = header((4, 3), version=version) + VALUES.tobytes()
    values, names = read_npy(saved(tmp_path / f"p{suffix}", content), 4)
    np.testing.assert_array_equal(values, VALUES)
    assert names is None


def test_arrays_in_column_order_and_names_are_read(tmp_path):
    np.savez(tmp_path / "p.npz", pred_probs=np.asfortranarray(VALUES), class_names=["a", "b", "c"])
    values, names = read_npy(str(tmp_path / "p.npz"), 4)
    np.testing.assert_array_equal(values, VALUES)
    assert names == ("a", "b", "c")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
@pytest.mark.parametrize("shape", [(10**11, 3), (4, 10**11), (10**30, 3), (-4, -3), (5, 3)])
def test_a_header_that_promises_more_than_the_file_holds(tmp_path, suffix, version, shape):
    path = saved(tmp_path / f"p{suffix}", header(shape, version=version) + VALUES.tobytes())
    fault = refused(path, n_rows=shape[0])
    assert "cut short" in fault.what
    assert fault.where == path


def test_class_names_are_held_to_the_same(tmp_path):
    path = tmp_path / "p.npz"
    np.savez(path, pred_probs=VALUES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("class_names.npy", header((10**11,), "<U100"))
    assert "cut short" in refused(str(path)).what


def test_another_number_of_rows_is_told_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "p.npy"
    np.save(path, VALUES)
    monkeypatch.setattr(np, "load", lambda *_args, **_kwargs: pytest.fail("it was read"))
    assert refused(str(path), n_rows=5).what == "4 rows of probabilities for 5 rows of data"


@pytest.mark.parametrize("descr", ["<c8", "<U3", "|V0", "|S1"])
def test_what_is_no_number(tmp_path, descr):
    path = saved(tmp_path / "p.npy", header((4, 3), descr) + bytes(1000))
    assert "not numbers" in refused(path).what


def test_a_member_that_is_no_array(tmp_path):
    path = saved(tmp_path / "p.npz", b"hello", name="pred_probs")
    assert "not a NumPy array" in refused(path).what


def test_damage_anywhere_is_a_fault_of_the_file(tmp_path):
    np.save(tmp_path / "p.npy", VALUES)
    np.savez_compressed(tmp_path / "p.npz", pred_probs=VALUES, class_names=["a", "b", "c"])
    random = np.random.default_rng(0)
    for name in ("p.npy", "p.npz"):
        sound = (tmp_path / name).read_bytes()
        path = tmp_path / f"damaged-{name}"
        for _ in range(300):
            content = bytearray(sound)
            content[random.integers(len(content) if name == "p.npz" else 128)] ^= 1 << int(
                random.integers(8)
            )
            path.write_bytes(content)
            with contextlib.suppress(InputError):
                read_npy(str(path), 4)
