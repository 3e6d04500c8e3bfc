from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.data.plausibility import check_pred_probs
from labelaudit.data.probabilities import (
    read_pred_probs,
    validate_pred_probs,
)
from labelaudit.errors import InputError

CLASSES = ("cat", "dog", "eel")
PROBS = np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [1.0, 0.0, 0.0]])


@pytest.fixture
def save(tmp_path):
    def save(values, suffix=".npy", names=CLASSES, **more):
        path = tmp_path / f"probs{suffix}"
        if suffix == ".npy":
            np.save(path, values)
        elif suffix == ".npz":
            np.savez(path, pred_probs=values, **more)
        elif suffix == ".parquet":
            columns = dict(zip(names, np.asarray(values).T, strict=True))
            pq.write_table(pa.table(columns | more), path)
        else:
            lines = [",".join(names), *(",".join(map(str, row)) for row in values)]
            path.write_text("\n".join(lines) + "\n")
        return path

    return save


def refused(path, classes=CLASSES, n_rows=4, row_ids=None):
    with pytest.raises(InputError) as caught:
        read_pred_probs(path, classes, n_rows, row_ids)
    return caught.value


def test_npy_is_taken_by_order_and_said(save):
    got, notices = read_pred_probs(save(PROBS), CLASSES, 4)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    np.testing.assert_allclose(got.sum(axis=1, dtype=np.float64), 1, atol=1e-6)
    (notice,) = notices
    assert notice.code == "class-order"
    assert "cat, dog, eel" in notice.message


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("prefix", ["", "pred_prob_", "prob_", "p_", "proba_"])
def test_columns_are_matched_by_name(save, suffix, prefix):
    names = [f"{prefix}{name}" for name in ("eel", "cat", "dog")]
    got, notices = read_pred_probs(save(PROBS[:, [2, 0, 1]], suffix, names), CLASSES, 4)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert notices == ()


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        ((False, True), ["True", "False"]),
        ((False, True), ["true", "false"]),
        ((1, 2), ["2", "1"]),
        ((0, 1), ["1", "0"]),
        ((1.0, 2.0), ["2", "1"]),
        ((1.0, 2.0), ["p_2.0", "p_1.0"]),
    ],
)
def test_classes_that_are_not_text(save, classes, names):
    values = np.array([[0.9, 0.1], [0.4, 0.6]])
    got, notices = read_pred_probs(save(values, ".csv", names), classes, 2)
    np.testing.assert_allclose(got, values[:, ::-1], atol=1e-7)
    assert notices == ()


@pytest.mark.parametrize("names", [["0", "1", "2"], ["prob_0", "prob_1", "prob_2"]])
def test_names_that_are_positions(save, names):
    got, notices = read_pred_probs(save(PROBS, ".csv", names), CLASSES, 4)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert [notice.code for notice in notices] == ["class-order"]


def test_npz_with_class_names(save):
    path = save(PROBS[:, ::-1], ".npz", class_names=np.array(CLASSES[::-1]))
    got, notices = read_pred_probs(path, CLASSES, 4)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert notices == ()


def test_npz_without_pred_probs(tmp_path):
    np.savez(tmp_path / "p.npz", other=PROBS)
    assert refused(tmp_path / "p.npz").hint == "it has: other"


def test_rows_are_put_in_order_by_id(save):
    order = [2, 0, 3, 1]
    ids = np.array(["r0", "r1", "r2", "r3"], dtype=object)
    path = save(PROBS[order], ".parquet", id=list(ids[order]))
    got, notices = read_pred_probs(path, CLASSES, 4, ids)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert [notice.code for notice in notices] == ["aligned-by-id"]


def test_ids_in_order_are_not_worth_a_word(save):
    ids = np.array(["5", "6", "7", "8"], dtype=object)
    got, notices = read_pred_probs(save(PROBS, ".parquet", id=[5, 6, 7, 8]), CLASSES, 4, ids)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert notices == ()


def test_an_index_that_pandas_wrote_along(save):
    values = [[index, *row] for index, row in enumerate(PROBS)]
    ids = np.array(["a", "b", "c", "d"], dtype=object)
    path = save(values, ".csv", ("", *CLASSES))
    got, notices = read_pred_probs(path, CLASSES, 4, ids)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert notices == ()


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "row"])
def test_row_numbers_are_no_ids_even_where_they_are_the_same_set(save, name):
    values = [[index, *row] for index, row in enumerate(PROBS)]
    ids = np.array(["2", "0", "3", "1"], dtype=object)
    got, notices = read_pred_probs(save(values, ".csv", (name, *CLASSES)), CLASSES, 4, ids)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert [notice.code for notice in notices] == ["row-numbers"]
    assert repr(name) in notices[0].message


@pytest.mark.parametrize("name", ["id", "row_id", "RowID"])
def test_ids_are_ids_even_where_they_count_the_rows(save, name):
    order = [2, 0, 3, 1]
    values = [[index, *PROBS[order.index(index)]] for index in range(4)]
    ids = np.array([str(each) for each in order], dtype=object)
    got, notices = read_pred_probs(save(values, ".csv", (name, *CLASSES)), CLASSES, 4, ids)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert [notice.code for notice in notices] == ["aligned-by-id"]


@pytest.mark.parametrize("ids", [["a", "b", "c", "d"], ["0", "1", "2", "3"], ["3", "1", "2", "0"]])
def test_shuffled_row_numbers_or_ids_put_rows_in_order(save, ids):
    order = [2, 0, 3, 1]
    wanted = ids if ids[0] != "a" else ["0", "1", "2", "3"]
    values = [[wanted[row], *PROBS[row]] for row in order]
    path = save(values, ".csv", ("index", *CLASSES))
    got, notices = read_pred_probs(path, CLASSES, 4, np.array(ids, dtype=object))
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert [notice.code for notice in notices] == ["aligned-by-id"]


def test_ids_come_before_row_numbers(save):
    order = [2, 0, 3, 1]
    ids = np.array(["r0", "r1", "r2", "r3"], dtype=object)
    path = save(PROBS, ".parquet", index=order, id=list(ids))
    got, notices = read_pred_probs(path, CLASSES, 4, ids)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    assert notices == ()


def test_ids_that_are_missing_or_twice(save):
    ids = np.array(["a", "b", "c", "d"], dtype=object)
    fault = refused(save(PROBS, ".parquet", id=["a", "b", "c", "x"]), row_ids=ids)
    assert fault.what == "column 'id' has no row for the ids d"
    fault = refused(save(PROBS, ".parquet", id=["a", "b", "b", "d"]), row_ids=ids)
    assert fault.what == "the id 'b' occurs more than once in column 'id'"


def test_wrong_length(save):
    assert refused(save(PROBS), n_rows=5).what == "4 rows of probabilities for 5 rows of data"


def test_wrong_number_of_classes(save):
    fault = refused(save(PROBS), classes=("cat", "dog"))
    assert fault.what == "3 columns of probabilities for 2 classes"


def test_missing_and_unknown_classes(save):
    fault = refused(save(PROBS, ".csv", ("cat", "dgo", "eel")))
    assert fault.what == "no column for dog; columns that are no class: dgo"
    assert fault.hint == "did you mean 'dgo'?"


def test_a_surplus_column(save):
    fault = refused(save(PROBS, ".parquet", guess=["cat"] * 4))
    assert fault.what == "columns that are no class: guess"


def test_a_csv_without_a_header(save):
    assert refused(save(PROBS[1:], ".csv", ("0.2", "0.3", "0.5"))).what == (
        "the file has no header line"
    )


@pytest.mark.parametrize(
    ("row", "what", "hint"),
    [
        ([np.nan, 0.5, 0.5], "missing or infinite", "between 0 and 1"),
        ([np.inf, 0.5, 0.5], "missing or infinite", "between 0 and 1"),
        ([-2.0, 1.5, 1.5], "negative", "softmax"),
        ([0.5, 0.5, 1.5], "above 1", "between 0 and 1"),
        ([0.5, 0.3, 0.1], "sum to 0.9, not 1 (1 of 4 rows)", "all classes"),
    ],
)
def test_values_that_are_no_probabilities(save, row, what, hint):
    values = PROBS.copy()
    values[2] = row
    fault = refused(save(values))
    assert what in fault.what
    assert hint in fault.hint
    assert fault.where.endswith("row 2 (counted from 0)")


def test_percentages(save):
    assert "divide them by 100" in refused(save(PROBS * 100)).hint


def test_an_empty_cell_is_missing(save):
    values = [list(row) for row in PROBS]
    values[1][0] = ""
    assert refused(save(values, ".csv")).where.endswith("row 1 (counted from 0)")


def test_a_cell_that_is_no_number(save):
    values = [list(row) for row in PROBS]
    values[1][0] = "high"
    assert refused(save(values, ".csv")).what == "column 'cat' holds something that is no number"


def test_rounded_rows_are_made_to_sum_to_one(save):
    values = np.array([[0.333, 0.333, 0.333]])
    got, _ = read_pred_probs(save(values), CLASSES, 1)
    np.testing.assert_allclose(got, 1 / 3, rtol=1e-6)


@pytest.mark.parametrize("values", [PROBS[:, 0], PROBS[None], np.array([["a", "b", "c"]])])
def test_arrays_of_another_shape_or_kind(save, values):
    assert "the array" in refused(save(values)).what


def test_nothing_is_unpickled(tmp_path):
    path = tmp_path / "p.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    assert "pickled objects are never loaded" in refused(path).hint


def test_damaged_and_missing_arrays(tmp_path, save):
    path = save(PROBS)
    path.write_bytes(path.read_bytes()[:-20])
    assert "cut short" in refused(path).what
    path.write_bytes(b"")
    assert "cut short" in refused(path).what
    assert refused(tmp_path / "no.npy").what == "there is no such file"


def test_an_array_in_memory_is_held_to_the_same():
    given = PROBS.copy()
    got = validate_pred_probs(given, CLASSES, 4)
    np.testing.assert_allclose(got, PROBS, atol=1e-7)
    np.testing.assert_array_equal(given, PROBS)
    for wrong, what in [
        (PROBS[:3], "3 rows"),
        (PROBS[:, :2], "2 columns"),
        (PROBS * 2, "above 1"),
        (PROBS[0], "the shape 3"),
        ([["x"] * 3] * 4, "not numbers"),
    ]:
        with pytest.raises(InputError, match=what):
            validate_pred_probs(wrong, CLASSES, 4)


def predictions(n, k, *, skill, seed=0, sharpness=0.6, shares=None):
    rng = np.random.default_rng(seed)
    y = rng.choice(k, n, p=shares).astype(np.int32)
    guess = np.where(rng.random(n) < skill, y, rng.integers(0, k, n))
    probs = np.full((n, k), (1 - sharpness) / k)
    probs[np.arange(n), guess] += sharpness
    return probs.astype(np.float32), y


def test_a_good_order_needs_no_word():
    probs, y = predictions(500, 3, skill=0.8)
    assert check_pred_probs(probs, y, CLASSES) == ()


def test_columns_in_the_wrong_order_are_refused_and_matched():
    probs, y = predictions(500, 3, skill=0.9)
    with pytest.raises(InputError) as caught:
        check_pred_probs(probs[:, [1, 2, 0]], y, CLASSES, where="p.npy")
    assert "wrong order" in caught.value.what
    assert "cat in the column of eel" in caught.value.hint
    assert caught.value.where == "p.npy"


def test_two_classes_swapped():
    probs, y = predictions(200, 2, skill=0.7)
    with pytest.raises(InputError, match="wrong order"):
        check_pred_probs(probs[:, ::-1], y, ("no", "yes"))


def test_some_columns_swapped_is_doubtful():
    probs, y = predictions(1000, 4, skill=0.95)
    (notice,) = check_pred_probs(probs[:, [1, 0, 2, 3]], y, ("a", "b", "c", "d"))
    assert notice.code == "doubtful-class-order"
    assert "a in the column of b" in notice.message


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("n", "k"), [(20, 2), (200, 2), (2000, 2), (100, 10), (5000, 10)])
def test_a_model_that_knows_nothing_is_not_refused(n, k, seed):
    probs, y = predictions(n, k, skill=0, seed=seed)
    assert check_pred_probs(probs, y, tuple(range(k))) == ()


def test_a_balanced_model_on_rare_classes_is_not_refused():
    probs, y = predictions(2000, 3, skill=0.1, shares=[0.9, 0.05, 0.05])
    assert (probs.argmax(axis=1) == y).mean() < 0.6
    codes = [notice.code for notice in check_pred_probs(probs, y, CLASSES)]
    assert "in-sample" not in codes


def test_a_constant_prediction_is_not_refused():
    y = np.repeat([0, 1], 50).astype(np.int32)
    probs = np.tile(np.array([[0.4, 0.6]], np.float32), (100, 1))
    assert check_pred_probs(probs, y, ("a", "b")) == ()


def test_in_sample_probabilities_are_suspected():
    probs, y = predictions(400, 3, skill=1, sharpness=0.99)
    assert [each.code for each in check_pred_probs(probs, y, CLASSES)] == ["in-sample"]
    assert check_pred_probs(probs[:100], y[:100], CLASSES) == ()
    modest, y = predictions(400, 3, skill=1, sharpness=0.8)
    assert [each.code for each in check_pred_probs(modest, y, CLASSES)] == ["in-sample"]


def test_an_easy_data_set_is_not_suspected():
    probs, y = predictions(1000, 3, skill=0.985, sharpness=0.99)
    assert check_pred_probs(probs, y, CLASSES) == ()


def test_rows_without_a_label_do_not_count():
    probs, y = predictions(500, 3, skill=0.9)
    turned = probs[:, [1, 2, 0]]
    assert check_pred_probs(turned, np.full_like(y, -1), CLASSES) == ()
