"""Measure which models rank label errors well, alone, averaged, and as the posterior.

Reads Parquet files with a column `label`, and either `true_label` (errors as they came) or
none (8 % of the labels are moved to one of the next two classes). Each file goes through
labelaudit's own reading and out-of-fold engine, and through the tutorial pipeline: one
LogisticRegression on TF-IDF or on the encoded columns, 5 folds. Prints the area under the
precision-recall curve of the posterior, of the normalized margin of the averaged models, and
of every model alone, and writes JSON. How the whole of labelaudit compares with its peers is
measured by quality.py.

    python benchmarks/model_choice.py DIRECTORY [DIRECTORY ...] --rows 4000
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from labelaudit.data.dataset import load_dataset
from labelaudit.data.features import typed_features
from labelaudit.detectors.noise_channel import RANKING_SHARPNESS, fit_channel
from labelaudit.evidence.collect import collect_evidence
from labelaudit.evidence.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable

NOISE = 0.08
LEAKS = {"true_label", "split", "label_majority", "lf_votes", "n_votes", "n_annotations"}


def read(path: Path, rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Give features with given labels, and which of those are wrong."""
    frame = pd.read_parquet(path)
    generator = np.random.default_rng(0)
    if "true_label" in frame:
        frame = frame[frame["true_label"].notna()]
    # Shuffled, or folds cut from a sorted file would say more of its order than of a model.
    frame = frame.iloc[generator.permutation(len(frame))[:rows]].reset_index(drop=True)
    if "true_label" in frame:
        wrong = (frame["label"] != frame["true_label"]).to_numpy()
    else:
        classes, codes = np.unique(frame["label"], return_inverse=True)
        step = 1 + generator.integers(0, max(1, min(2, len(classes) - 1)), len(codes))
        wrong = generator.random(len(codes)) < NOISE
        frame["label"] = classes[np.where(wrong, (codes + step) % len(classes), codes)]
    if "text" in frame:
        return frame[["id", "text", "label"]], wrong
    return frame.drop(columns=[name for name in frame if name in LEAKS]), wrong


def margin(probs: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Most probable other class minus the given one: high is suspicious."""
    others = probs.copy()
    others[np.arange(len(y)), y] = -1
    return others.max(axis=1) - probs[np.arange(len(y)), y]


def posterior(probs: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Log-odds of the label being wrong, as labelaudit ranks: high is suspicious."""
    return fit_channel(probs, y, sharpness=RANKING_SHARPNESS).log_odds


def tutorial(frame: pd.DataFrame, data: object, y: np.ndarray) -> np.ndarray:
    """Out-of-fold probabilities of one LogisticRegression, as tutorials have it."""
    model = LogisticRegression(max_iter=1000)
    if "text" in frame:
        pipeline = make_pipeline(TfidfVectorizer(), model)
        return cross_val_predict(
            pipeline, frame["text"].fillna(""), y, cv=5, method="predict_proba"
        )
    X = encode(typed_features(data)).linear
    return cross_val_predict(model, X, y, cv=5, method="predict_proba")


def measure(path: Path, rows: int) -> dict[str, object]:
    """Measure one file."""
    frame, wrong = read(path, rows)
    data = load_dataset(frame)
    evidence = collect_evidence(data)
    judged = np.isfinite(evidence.pred_probs).all(axis=1)
    y, wrong = data.y[judged], wrong[judged]
    plain = tutorial(frame, data, data.y)[judged]

    def area(probs: np.ndarray, score: Callable[..., np.ndarray] = margin) -> float:
        return round(float(average_precision_score(wrong, score(probs, y))), 4)

    return {
        "set": path.stem,
        "rows": len(frame),
        "errors": round(float(wrong.mean()), 4),
        "posterior": area(evidence.pred_probs[judged], posterior),
        "margin": area(evidence.pred_probs[judged]),
        "tutorial": area(plain),
        "models": {name: area(one[judged]) for name, one in evidence.per_model.items()},
    }


def main() -> None:
    """Measure every file and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--rows", type=int, default=4000, help="look at this many rows at most")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.filterwarnings("ignore", "The least populated class", UserWarning)
    paths = [path for folder in chosen.directories for path in sorted(folder.glob("*.parquet"))]
    print("| set | rows | errors | posterior | margin | tutorial | each model |")
    print("|---|---|---|---|---|---|---|")
    found = []
    with threadpool_limits(limits=1):
        for path in paths:
            one = measure(path, chosen.rows)
            found.append(one)
            alone = ", ".join(f"{name} {value:.3f}" for name, value in one["models"].items())
            print(
                f"| {one['set']} | {one['rows']:,} | {one['errors']:.3f} "
                f"| {one['posterior']:.3f} | {one['margin']:.3f} | {one['tutorial']:.3f} "
                f"| {alone} |",
                flush=True,
            )
    names = ("posterior", "margin", "tutorial")
    means = " | ".join(f"{np.mean([one[name] for one in found]):.3f}" for name in names)
    print(f"| mean | | | {means} | |")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
