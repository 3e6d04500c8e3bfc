"""For those who write a detector: the contract every detector keeps, as one call."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from labelaudit.types import Dataset, Evidence, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.detectors import Detector
    from labelaudit.types import Scores

_PLANTED = 0.1


def example(
    n_rows: int = 120, n_classes: int = 3, *, seed: int = 0, absent_class: bool = False
) -> tuple[Dataset, Evidence]:
    """Make a small Dataset and fitting Evidence with every difficulty a detector may meet.

    Parameters
    ----------
    n_rows, n_classes : int
        At least 20 rows and 2 classes.
    seed : int
    absent_class : bool
        Leave the last class without a row.

    Returns
    -------
    data : Dataset
        With copies that agree, copies that do not, and rows without a label.
    evidence : Evidence
        With rows that were not judged.
    """
    import numpy as np
    import pyarrow as pa

    from labelaudit.data.dataset import dataset_from_arrays

    generator = np.random.default_rng(seed)
    true = generator.integers(0, n_classes - absent_class, n_rows)
    features = generator.normal(size=(n_rows, 4)) + true[:, None]
    features[10:14] = features[0:4]
    given = np.where(
        generator.random(n_rows) < _PLANTED, (true + 1) % (n_classes - absent_class), true
    )
    given[: n_classes - absent_class] = np.arange(n_classes - absent_class)
    given[10:12] = given[0:2]
    names = [f"class {code}" for code in range(n_classes)]
    labels = [names[code] for code in given]
    data = dataset_from_arrays(labels, features, [f"row-{number:04d}" for number in range(n_rows)])
    if absent_class:
        data = replace(data, classes=tuple(names))
    y = data.y.copy()
    y[n_rows - 3 :] = -1
    logits = generator.normal(size=(n_rows, n_classes)) + 2.5 * np.eye(n_classes)[true]
    probs = np.exp(logits)
    probs = (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)
    probs[n_rows - 6 :] = np.nan
    table = data.table if isinstance(data.table, pa.Table) else pa.table({})
    source = Source("<memory>", "memory", 0, "")
    neighbors, distances = _nearest(features, y)
    evidence = Evidence(pred_probs=probs, neighbors=neighbors, distances=distances)
    return replace(data, y=y, table=table, source=source), evidence


def _nearest(
    features: NDArray[np.float64], y: NDArray[np.int32], m: int = 10
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the nearest labelled rows of each labelled row, itself and its copies left out."""
    import numpy as np

    apart = np.linalg.norm(features[:, None] - features[None], axis=2)
    apart[(apart == 0) | (y < 0)] = np.inf
    apart[y < 0] = np.inf
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :m]
    distances = np.take_along_axis(apart, nearest, axis=1).astype(np.float32)
    neighbors = np.where(np.isfinite(distances), nearest, -1).astype(np.int32)
    return neighbors, distances


def check_detector(make: Callable[[], Detector]) -> None:
    """Hold a detector to the contract; pass silently or fail naming the broken clause.

    Suspicion lies in [0, 1] or is NaN; nothing is flagged without an opinion or a label;
    suggestions are classes other than the given one; the order of rows has no say; the
    same call gives the same result; arguments are left as they were; two classes and a
    class without rows are fine; a detector is a frozen dataclass.

    Parameters
    ----------
    make : callable
        Gives a detector.

    Raises
    ------
    AssertionError
    """
    detector = make()
    _expect(is_dataclass(detector), "a detector is a dataclass")
    parameters = getattr(type(detector), "__dataclass_params__", None)
    _expect(getattr(parameters, "frozen", False), "a detector is frozen")
    for data, evidence in (
        example(),
        example(n_classes=2, seed=1),
        example(n_classes=4, seed=2, absent_class=True),
    ):
        before = _snapshot(data, evidence)
        scores = detector.score(data, evidence)
        _check_ranges(scores, data)
        _expect(_same(before, _snapshot(data, evidence)), "arguments are left as they were")
        _expect(_equal(scores, make().score(data, evidence)), "the same call, the same result")
        _check_order(detector, data, evidence, scores)


def _check_ranges(scores: Scores, data: Dataset) -> None:
    import numpy as np

    n = data.n_rows
    known = np.isfinite(scores.suspicion)
    _expect(scores.suspicion.shape == (n,), "suspicion has one value a row")
    _expect(scores.suspicion.dtype == np.float32, "suspicion is float32")
    _expect(scores.flagged.shape == (n,) and scores.flagged.dtype == bool, "flagged is bool (n,)")
    _expect(
        scores.suggested.shape == (n,) and scores.suggested.dtype == np.int32,
        "suggested is int32 (n,)",
    )
    values = scores.suspicion[known]
    _expect(bool(((values >= 0) & (values <= 1)).all()), "suspicion lies in [0, 1]")
    _expect(not np.isinf(scores.suspicion).any(), "suspicion is finite or NaN")
    _expect(not (scores.flagged & ~known).any(), "nothing is flagged without an opinion")
    _expect(not (scores.flagged & (data.y < 0)).any(), "nothing is flagged without a label")
    if scores.error_probability is not None:
        errors = scores.error_probability
        _expect(errors.shape == (n,) and errors.dtype == np.float32, "probability is float32 (n,)")
        _expect(bool((np.isfinite(errors) == known).all()), "probability where there is suspicion")
        inside = (errors[known] >= 0) & (errors[known] <= 1)
        _expect(bool(inside.all()), "probability lies in [0, 1]")
    proposed = scores.suggested >= 0
    _expect(bool((scores.suggested < len(data.classes)).all()), "suggestions are classes")
    _expect(
        not (proposed & (scores.suggested == data.y)).any(), "suggestions differ from the label"
    )


def _check_order(detector: Detector, data: Dataset, evidence: Evidence, scores: Scores) -> None:
    import numpy as np

    order = np.random.default_rng(7).permutation(data.n_rows)
    moved = detector.score(_take(data, order), _take_evidence(evidence, order))
    _expect(
        bool(np.allclose(moved.suspicion, scores.suspicion[order], equal_nan=True, atol=1e-6)),
        "the order of rows has no say in the suspicion",
    )
    if scores.error_probability is not None and moved.error_probability is not None:
        before, after = scores.error_probability[order], moved.error_probability
        _expect(
            bool(np.allclose(after, before, equal_nan=True, atol=1e-4)),
            "the order of rows has no say in the error probability",
        )
    _expect(
        bool((moved.flagged == scores.flagged[order]).all()),
        "the order of rows has no say in what is flagged",
    )
    _expect(
        bool((moved.suggested == scores.suggested[order]).all()),
        "the order of rows has no say in what is suggested",
    )


def _take(data: Dataset, order: NDArray[np.int64]) -> Dataset:
    return replace(
        data,
        table=data.table.take(order),
        row_id=data.row_id[order],
        fingerprint=data.fingerprint[order],
        feature_key=None if data.feature_key is None else data.feature_key[order],
        y=data.y[order],
    )


def _take_evidence(evidence: Evidence, order: NDArray[np.int64]) -> Evidence:
    import numpy as np

    neighbors = evidence.neighbors
    if neighbors is not None:
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        neighbors = np.where(neighbors[order] >= 0, place[neighbors[order]], -1)
    return replace(
        evidence,
        neighbors=neighbors,
        distances=None if evidence.distances is None else evidence.distances[order],
        pred_probs=None if evidence.pred_probs is None else evidence.pred_probs[order],
        per_model={name: probs[order] for name, probs in evidence.per_model.items()},
    )


def _snapshot(data: Dataset, evidence: Evidence) -> list[NDArray[Any]]:
    import numpy as np

    values = [getattr(part, item.name) for part in (data, evidence) for item in fields(part)]
    return [value.copy() for value in values if isinstance(value, np.ndarray)]


def _same(one: list[NDArray[Any]], other: list[NDArray[Any]]) -> bool:
    import numpy as np

    return all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(one, other, strict=True)
    )


def _equal(one: Scores, other: Scores) -> bool:
    return _same(_arrays(one), _arrays(other))


def _arrays(scores: Scores) -> list[NDArray[Any]]:
    found: list[NDArray[Any]] = [scores.suspicion, scores.flagged, scores.suggested]
    if scores.error_probability is not None:
        found.append(scores.error_probability)
    return found


def _expect(kept: bool, clause: str) -> None:  # noqa: FBT001
    if not kept:
        raise AssertionError(f"a detector breaks the contract: {clause}")
