"""What patterns a run finds, and what it rightly does not.

Each Parquet file of DIR has a `label` that is taken as true, and a column that says when: `time`,
or `row` where rows came in order. Four questions: what is found in the data as it is; whether
flags dealt at random make up a pattern (at most one in twenty may); whether errors strewn
evenly do; whether errors in one place are named with that place (a quarter of the labels of one
slice or of one period are flipped).

Usage: python benchmarks/patterns_check.py DIR [ROWS]

Some four minutes for two files at 4,000 rows.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from labelaudit.audit.detect import audit_dataset
from labelaudit.audit.patterns import find_patterns
from labelaudit.audit.rank import Ranking
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset

if TYPE_CHECKING:
    from labelaudit.types import Audit, Pattern

ROWS = 4000
EVEN, DRAWS = 0.05, 5
SHUFFLES = 100
CONCENTRATED = 0.25
PERIODS = 4
FEWEST, MOST = 0.05, 0.5
"""A slice to plant in holds this share of the rows: one that is nearly all rows is none."""


def flip(labels: pd.Series, where: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Give labels of which a share, among the rows told, is another one."""
    random = np.random.default_rng(seed)
    names = np.unique(labels)
    codes = np.searchsorted(names, labels)
    chosen = where & (random.random(len(labels)) < share)
    step = random.integers(1, len(names), len(labels))
    return names[np.where(chosen, (codes + step) % len(names), codes)]


def places(frame: pd.DataFrame, when: str) -> dict[str, np.ndarray]:
    """Give the rows of slices by a column of few values, and of periods."""
    found = {}
    for name in frame.columns.difference(["label", "id", when, "text"]):
        if 1 < frame[name].nunique() <= 20:
            for value in sorted(frame[name].unique(), key=str):
                found[f"{name} = {value}"] = (frame[name] == value).to_numpy()
    order = frame[when].rank(method="first").to_numpy() - 1
    period = (order * PERIODS // len(frame)).astype(int)
    for at in range(PERIODS):
        found[f"{when}, quarter {at + 1}"] = period == at
    return {name: rows for name, rows in found.items() if FEWEST <= rows.mean() <= MOST}


def run(frame: pd.DataFrame, labels: np.ndarray, when: str) -> Audit:
    """Audit the rows with these labels."""
    settings = Settings(time=when)
    return audit_dataset(load_dataset(frame.assign(label=labels)), settings)


def told(one: Pattern) -> str:
    """Write a pattern on one line."""
    expected = f"expected {one.expected:.1f}, " if np.isfinite(one.expected) else ""
    return (
        f"{one.kind}: {one.name} ({one.flagged} of {one.rows} flagged, {expected}"
        f"lift {one.lift:.1f}, {one.low:.1f} to {one.high:.1f})"
    )


def about_errors(audit: Audit) -> list[Pattern]:
    """Leave out changes of the labels' shares: they say nothing about errors."""
    return [one for one in audit.patterns if not one.of_labels]


def shuffled(audit: Audit, frame: pd.DataFrame, when: str, seed: int) -> list[str]:
    """Name the patterns that as many flags make up when they are dealt to any rows."""
    random = np.random.default_rng(seed)
    judged = np.isfinite(audit.suspicion)
    flagged = np.zeros(len(judged), dtype=bool)
    flagged[random.choice(np.flatnonzero(judged), int(audit.flagged.sum()), replace=False)] = True
    dealt = Ranking(
        audit.suspicion,
        audit.error_probability,
        flagged,
        np.where(flagged, 0, -1).astype(np.int8),
        audit.suggested,
        audit.order,
    )
    found = find_patterns(load_dataset(frame), dealt, judged, Settings(time=when))
    return [one.name for one in found if not one.of_labels]


def names_the_place(audit: Audit, where: np.ndarray, ids: np.ndarray) -> bool:
    """Tell whether the flagged rows of one pattern are mostly of that place, and most there."""
    flagged = set(ids[where & audit.flagged])
    return any(
        len(flagged & set(one.row_ids)) >= max(len(one.row_ids), len(flagged)) / 2
        for one in about_errors(audit)
    )


def check(path: Path, rows: int) -> None:
    """Print the answers for one file."""
    frame = pd.read_parquet(path)
    frame = frame.dropna(subset=["label"]).drop_duplicates("id").head(rows).reset_index(drop=True)
    frame["label"] = frame["label"].astype(str)
    when = "time" if "time" in frame else "row"
    frame = frame[frame[when].notna()].reset_index(drop=True)
    labels, ids = frame["label"], frame["id"].astype(str).to_numpy()
    print(f"\n## {path.stem}: {len(frame):,} rows, time from `{when}`\n\nAs it is:\n")
    plain = run(frame, labels.to_numpy(), when)
    print("\n".join(f"- {told(one)}" for one in plain.patterns) or "- no pattern")
    by_chance = sum(bool(shuffled(plain, frame, when, seed)) for seed in range(SHUFFLES))
    print(f"\nFlags dealt at random: a pattern in {by_chance} of {SHUFFLES} deals")
    known = {one.name for one in about_errors(plain)}
    everywhere = np.ones(len(frame), dtype=bool)
    named = []
    for seed in range(DRAWS):
        audit = run(frame, flip(labels, everywhere, EVEN, seed), when)
        named.append([one.name for one in about_errors(audit) if one.name not in known])
    wrongly = sum(map(bool, named))
    print(f"\n{EVEN:.0%} of the labels wrong, anywhere: a new pattern in {wrongly} of {DRAWS} runs")
    print("".join(f"- {name}\n" for names in named for name in names))
    print(f"{CONCENTRATED:.0%} of the labels of one place wrong:\n")
    for seed, (name, where) in enumerate(places(frame, when).items()):
        audit = run(frame, flip(labels, where, CONCENTRATED, seed), when)
        found = "named" if names_the_place(audit, where, ids) else "NOT named"
        others = "; ".join(told(one) for one in about_errors(audit)[:2]) or "no pattern"
        print(f"- {name} ({int(where.sum())} rows): {found}. First: {others}")


def main(arguments: list[str]) -> None:
    """Check every file of a directory."""
    if not arguments:
        raise SystemExit(__doc__)
    for path in sorted(Path(arguments[0]).glob("*.parquet")):
        check(path, int(arguments[1]) if len(arguments) > 1 else ROWS)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main(sys.argv[1:])
