"""Small data with planted errors, for the tests of the command line."""

from __future__ import annotations

import numpy as np
import pandas as pd

WORDS = {
    "spam": [
        "win",
        "cash",
        "prize",
        "free",
        "claim",
        "offer",
        "urgent",
        "click",
        "bonus",
        "reward",
    ],
    "ham": [
        "lunch",
        "meeting",
        "tomorrow",
        "thanks",
        "home",
        "family",
        "dinner",
        "weekend",
        "call",
        "later",
    ],
}
COMMON = ["the", "a", "to", "you", "is", "and", "for", "now", "with", "on", "in", "it"]
PLANTED = (3, 40, 77, 111, 150, 163)


def messages(n: int = 240) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    true = np.where(generator.random(n) < 0.5, "spam", "ham")
    text = [
        " ".join(
            generator.permutation([*generator.choice(WORDS[t], 5), *generator.choice(COMMON, 4)])
        )
        + f" {number}"
        for number, t in enumerate(true)
    ]
    label = true.copy()
    for row in PLANTED:
        label[row] = "ham" if true[row] == "spam" else "spam"
    return pd.DataFrame({"id": [f"m{i:03d}" for i in range(n)], "text": text, "label": label})


def measurements(n: int = 240) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    true = generator.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "width": generator.normal(true * 3.0, 1).round(3),
            "height": generator.normal(-2.0 * true, 1).round(3),
            "colour": np.array(["red", "green", "blue"])[(true + (generator.random(n) < 0.2)) % 3],
            "when": pd.date_range("2024-01-01", periods=n, freq="h"),
            "target": true,
        }
    )
    for row in PLANTED:
        frame.loc[row, "target"] = (true[row] + 1) % 3
    return frame
