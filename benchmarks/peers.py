"""Run one pipeline on one file, in a process of its own: ``peers.py PIPELINE FILE RESULT``.

FILE is Parquet with `id`, `label` and features, without any truth. RESULT is an .npz with
what the pipeline says of each row; `read_found` gives it back. Libraries are imported by
the pipeline that needs them, inside its own time, since `labelaudit` does so too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDS = 5
COMPONENTS = 100
MAX_CATEGORIES = 100
"""A text column with more values than this is not one-hot encoded: it names things."""

MAX_BOOSTED = 50
"""Boosting fits a tree per class and round: beyond this many classes nobody waits for it."""

Pipeline = "Callable[[pd.DataFrame], Found]"


class Skipped(Exception):  # noqa: N818 - not an error
    """A pipeline that does not apply to this file."""


@dataclass(frozen=True)
class Found:
    """What a pipeline says of n rows.

    Attributes
    ----------
    suspicion : ndarray of float, shape (n,)
        In [0, 1], higher is worse; NaN where not judged.
    self_confidence : ndarray of float, shape (n,)
        Probability of the given label: the ranking that this pipeline does not use, or
        its own where it does.
    flagged : ndarray of bool, shape (n,)
    suggested : ndarray of str, shape (n,)
        Empty for none.
    noise_rate : float
        Estimated share of wrong labels.
    error_probability : ndarray of float, shape (n,), or None
        NaN where not judged.
    facts : dict
        What only some pipelines tell; values that JSON can hold.
    """

    suspicion: np.ndarray
    self_confidence: np.ndarray
    flagged: np.ndarray
    suggested: np.ndarray
    noise_rate: float
    error_probability: np.ndarray | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def is_text(frame: pd.DataFrame) -> bool:
    """Tell whether the file is one of texts."""
    return "text" in frame


def texts_of(frame: pd.DataFrame) -> list[str]:
    """Give the texts, missing ones as empty."""
    return frame["text"].fillna("").astype(str).tolist()


def encode_columns(frame: pd.DataFrame) -> np.ndarray:
    """Turn columns into numbers as tutorials do.

    Missing numbers become the median, categories are one-hot, lists one column for each
    place. Columns of text with more than `MAX_CATEGORIES` values are left out.

    Parameters
    ----------
    frame : DataFrame
        n rows; `id` and `label` are left out.

    Returns
    -------
    ndarray of float64, shape (n, d)
    """
    blocks = []
    for name in frame.columns.drop(["id", "label"], errors="ignore"):
        values = frame[name]
        if isinstance(values.iloc[0], list | np.ndarray):
            blocks.append(np.stack(values.to_list()).astype(np.float64))
        elif pd.api.types.is_numeric_dtype(values):
            numbers = values.astype(np.float64)
            middle = numbers.median()
            blocks.append(numbers.fillna(0 if np.isnan(middle) else middle).to_numpy()[:, None])
        elif values.nunique() <= MAX_CATEGORIES:
            blocks.append(pd.get_dummies(values).to_numpy(np.float64))
    if not blocks:
        raise Skipped("no column that could be encoded")
    return np.hstack(blocks)


def _codes(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    classes, codes = np.unique(frame["label"].to_numpy(dtype=str), return_inverse=True)
    return classes, codes


def _lr_probs(frame: pd.DataFrame, y: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=1000)
    return _out_of_fold(frame, y, model, scaled=True)


def _rf_probs(frame: pd.DataFrame, y: np.ndarray) -> np.ndarray:
    from sklearn.ensemble import RandomForestClassifier

    return _out_of_fold(frame, y, RandomForestClassifier(random_state=0), scaled=False)


def _hgb_probs(frame: pd.DataFrame, y: np.ndarray) -> np.ndarray:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    n_classes = len(np.unique(y))
    if n_classes > MAX_BOOSTED:
        raise Skipped(f"{n_classes} classes, more than {MAX_BOOSTED}")
    model = HistGradientBoostingClassifier(random_state=0)
    if is_text(frame):
        # Boosting takes no sparse matrix.
        model = make_pipeline(TfidfVectorizer(), TruncatedSVD(COMPONENTS, random_state=0), model)
        return _cross_validate(model, texts_of(frame), y)
    return _cross_validate(model, encode_columns(frame), y)


def _out_of_fold(frame: pd.DataFrame, y: np.ndarray, model: object, *, scaled: bool) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if is_text(frame):
        return _cross_validate(make_pipeline(TfidfVectorizer(), model), texts_of(frame), y)
    if scaled:
        model = make_pipeline(StandardScaler(), model)
    return _cross_validate(model, encode_columns(frame), y)


def _cross_validate(model: object, X: object, y: np.ndarray) -> np.ndarray:
    from sklearn.model_selection import cross_val_predict

    return cross_val_predict(model, X, y, cv=FOLDS, method="predict_proba")


def tutorial(probs_of: Callable[[pd.DataFrame, np.ndarray], np.ndarray]) -> Pipeline:
    """Make the tutorial pipeline around one model: cleanlab on its probabilities."""

    def run(frame: pd.DataFrame) -> Found:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores

        classes, y = _codes(frame)
        probs = probs_of(frame, y)
        flagged = find_label_issues(y, probs, n_jobs=1)
        quality = get_label_quality_scores(y, probs, method="normalized_margin")
        return Found(
            suspicion=1 - quality,
            self_confidence=get_label_quality_scores(y, probs, method="self_confidence"),
            flagged=flagged,
            suggested=classes[probs.argmax(axis=1)],
            noise_rate=float(flagged.mean()),
        )

    return run


def datalab(frame: pd.DataFrame) -> Found:
    """Let cleanlab's Datalab check the labels.

    It needs the package `datasets`. Without it the call is made that Datalab's label
    check makes when it is given probabilities; the results are the same.
    """
    import cleanlab
    from cleanlab.classification import CleanLearning

    classes, y = _codes(frame)
    probs = _lr_probs(frame, y)
    facts = {}
    try:
        lab = cleanlab.Datalab({"label": y}, label_name="label", task="classification", verbosity=0)
    except ImportError:
        facts["note"] = "by Datalab's own call of CleanLearning: the package datasets is absent"
        table = CleanLearning().find_label_issues(labels=y, pred_probs=probs)
        table = table.rename(columns={"label_quality": "label_score"})
    else:
        lab.find_issues(features=_dense(frame), pred_probs=probs, issue_types={"label": {}})
        table = lab.get_issues("label")
    score = table["label_score"].to_numpy(np.float64)
    flagged = table["is_label_issue"].to_numpy(bool)
    return Found(
        suspicion=1 - score,
        self_confidence=probs[np.arange(len(y)), y],
        flagged=flagged,
        suggested=classes[table["predicted_label"].to_numpy()],
        noise_rate=float(flagged.mean()),
        facts=facts,
    )


def _dense(frame: pd.DataFrame) -> np.ndarray:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import StandardScaler

    if is_text(frame):
        matrix = TfidfVectorizer().fit_transform(texts_of(frame))
        size = min(COMPONENTS, matrix.shape[1])
        return TruncatedSVD(size, random_state=0).fit_transform(matrix)
    return StandardScaler().fit_transform(encode_columns(frame))


def ours(effort: str) -> Pipeline:
    """Make labelaudit at an effort, through its Python API, with all else at its default."""

    def run(frame: pd.DataFrame) -> Found:
        import labelaudit
        from labelaudit.config import specs

        settings: dict[str, Any] = {"label": "label", "id": "id", "jobs": 1}
        if "effort" in specs():
            settings["effort"] = effort
        elif effort != "default":
            raise Skipped("this version has no effort setting")
        audit = labelaudit.detect(frame, **settings)
        if list(audit.row_id) != frame["id"].astype(str).tolist():
            raise ValueError("labelaudit gives the rows in another order")
        names = np.array([*(str(name) for name in audit.classes), ""])
        summary = audit.summary
        return Found(
            suspicion=audit.suspicion,
            self_confidence=audit.self_confidence,
            flagged=audit.flagged,
            suggested=names[audit.suggested],
            noise_rate=summary.noise_rate.estimate,
            error_probability=audit.error_probability,
            facts={
                "noise_rate_low": summary.noise_rate.low,
                "noise_rate_high": summary.noise_rate.high,
                "noise_rate_estimates": dict(summary.noise_rate_estimates),
                "accuracy": summary.accuracy,
                "blind": summary.blind,
                "judged": summary.judged,
                "models": [report.name for report in audit.models],
            },
        )

    return run


PIPELINES: dict[str, Pipeline] = {
    "labelaudit": ours("default"),
    "labelaudit-fast": ours("fast"),
    "labelaudit-thorough": ours("thorough"),
    "tutorial-lr": tutorial(_lr_probs),
    "tutorial-rf": tutorial(_rf_probs),
    "tutorial-hgb": tutorial(_hgb_probs),
    "datalab": datalab,
}
"""Every pipeline by name; the first is what the others are compared with."""

OURS = tuple(name for name in PIPELINES if name.startswith("labelaudit"))
PEERS = tuple(name for name in PIPELINES if name not in OURS)
BASELINE = "tutorial-lr"


def peak_mb() -> float:
    """Give the largest resident size of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss would start from the size of the process that started this one.
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def write_found(path: Path, found: Found, **more: object) -> None:
    """Keep what a pipeline found, with facts about the run."""
    arrays = {
        "suspicion": found.suspicion,
        "self_confidence": found.self_confidence,
        "flagged": found.flagged,
        "suggested": found.suggested.astype(str),
    }
    if found.error_probability is not None:
        arrays["error_probability"] = found.error_probability
    facts = {"noise_rate": found.noise_rate, "facts": found.facts, **more}
    np.savez(path, **arrays, about=np.array(json.dumps(facts)))


def read_found(path: Path) -> tuple[Found | None, dict[str, Any]]:
    """Read what a pipeline found, or None where it was skipped, and facts about the run."""
    with np.load(path) as kept:
        about = json.loads(str(kept["about"]))
        if "skipped" in about:
            return None, about
        error = kept.get("error_probability")
        found = Found(
            suspicion=kept["suspicion"],
            self_confidence=kept["self_confidence"],
            flagged=kept["flagged"],
            suggested=kept["suggested"],
            noise_rate=about.pop("noise_rate"),
            error_probability=error,
            facts=about.pop("facts"),
        )
    return found, about


def main() -> None:
    """Run the pipeline."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("pipeline", choices=PIPELINES)
    parser.add_argument("file", type=Path)
    parser.add_argument("result", type=Path)
    chosen = parser.parse_args()
    frame = pd.read_parquet(chosen.file)
    start = time.perf_counter()
    try:
        found = PIPELINES[chosen.pipeline](frame)
    except Skipped as why:
        np.savez(chosen.result, about=np.array(json.dumps({"skipped": str(why)})))
        return
    seconds = time.perf_counter() - start
    write_found(chosen.result, found, seconds=seconds, peak_mb=peak_mb())


ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def child_environment() -> dict[str, str]:
    """Give the environment of a child: one thread for every library alike."""
    return {**os.environ, **ONE_THREAD}


if __name__ == "__main__":
    main()
