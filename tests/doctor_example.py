"""Sound data, and what the input doctor says of it once something is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from labelaudit.data.dataset import load_dataset
from labelaudit.data.doctor.examine import examine
from labelaudit.data.schema import SchemaChoices

if TYPE_CHECKING:
    from labelaudit.types import Dataset, Finding

WORDS = np.array([f"word{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(300)])


def sound(n: int = 400, k: int = 2) -> pd.DataFrame:
    """Give a table of two measurements that tell the label a little."""
    generator = np.random.default_rng(7)
    y = generator.integers(0, k, n)
    return pd.DataFrame(
        {
            "width": generator.normal(y).round(4),
            "height": generator.normal(size=n).round(4),
            "label": [f"class {chr(97 + code)}" for code in y],
        }
    )


def sound_texts(n: int = 300) -> pd.DataFrame:
    """Give distinct sentences under two labels."""
    generator = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "text": [" ".join(row) for row in WORDS[generator.integers(0, len(WORDS), (n, 9))]],
            "label": generator.choice(["ham", "spam"], n),
        }
    )


def codes_of(frame: pd.DataFrame) -> np.ndarray:
    """Give the class of each row as a number."""
    return pd.factorize(frame["label"], sort=True)[0]


def load(frame: pd.DataFrame, **choices: object) -> Dataset:
    """Read a frame as text, as a CSV file is read, where it holds nothing but plain cells."""
    return load_dataset(frame, SchemaChoices(**choices))


def examined(frame: pd.DataFrame, *, folds: int = 5, today=None, learning=True, **choices):
    """Examine a frame and give the findings by code."""
    found = examine(load(frame, **choices), folds=folds, today=today, learning=learning)
    assert len({one.code for one in found}) == len(found)
    return {one.code: one for one in found}


def without_rows(found: tuple[Finding, ...]) -> list[Finding]:
    """Give findings as they are in any order of the rows."""
    return [replace(one, rows=()) for one in found]
