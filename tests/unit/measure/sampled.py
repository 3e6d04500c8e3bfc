"""A run of small texts with planted errors, for the tests of samples and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from cli_data import messages

from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from labelaudit.types import Audit, Dataset


def noisy_messages(n: int = 600) -> pd.DataFrame:
    """Give messages of which a tenth has the other label."""
    frame = messages(n)
    rows = np.random.default_rng(8).choice(n, n // 10, replace=False)
    frame.loc[rows, "label"] = frame.loc[rows, "label"].map({"spam": "ham", "ham": "spam"})
    return frame


class Audited(NamedTuple):
    audit: Audit
    data: Dataset

    def __repr__(self) -> str:
        return "Audited()"


def audited(path: Path, frame: pd.DataFrame | None = None) -> Audited:
    """Audit messages, or any other table, by one cheap model."""
    (noisy_messages() if frame is None else frame).to_csv(path, index=False)
    data = load_dataset(path)
    return Audited(audit_dataset(data, Settings(model=("logreg",), effort="fast")), data)
