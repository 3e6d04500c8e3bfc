"""What one writes without labelaudit: cross_val_predict, cleanlab, a CSV of suspects.

Usage: python benchmarks/plain_script.py FILE OUTPUT {text,boosting,linear,embedding}
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

MODELS = {
    "text": lambda: make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)),
    "boosting": HistGradientBoostingClassifier,
    "linear": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "embedding": lambda: LogisticRegression(max_iter=1000),
}


def main(path: str, output: str, kind: str) -> None:
    """Write the rows that cleanlab flags, the most suspicious first."""
    table = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path)
    labels = LabelEncoder().fit_transform(table["label"])
    if kind == "text":
        features = table["text"]
    elif kind == "embedding":
        features = np.stack(table["embedding"].to_numpy())
    else:
        features = table.drop(columns="label")
    probs = cross_val_predict(MODELS[kind](), features, labels, cv=5, method="predict_proba")
    ranked = find_label_issues(labels, probs, return_indices_ranked_by="self_confidence", n_jobs=1)
    table.iloc[ranked].to_csv(output, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
