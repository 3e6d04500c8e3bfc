"""What a run claims of its flags on small samples, and what is true.

Small samples of data whose classes overlap are where a label auditor over-promises: hard rows
look like wrong labels. Every set is sampled at several sizes, errors are planted into clean
ones, and what the run says of its flags and of the noise rate is held against the truth. Sets
that the limits were chosen on (quality_sets.toml) and the others are told apart.

Usage: python benchmarks/small_samples.py [DIR] [ROWS ...]

DIR holds sets as benchmarks/quality.py takes them (sample_data/ by default); some 25 minutes
for 30 sets at 500, 1000 and 2000 rows.
"""

from __future__ import annotations

import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from quality_metrics import calibration_error
from quality_sets import (
    SAMPLE_DATA,
    BenchSet,
    Setting,
    Source,
    find_sets,
    read_roles,
)
from threadpoolctl import threadpool_limits

from labelaudit.audit.detect import audit_dataset
from labelaudit.data.dataset import load_dataset
from labelaudit.measure.noise import KINDS

ROLES = Path(__file__).with_name("quality_sets.toml")
SIZES = (500, 1000, 2000)
RATES = (0.05, 0.1, 0.2)
BLURRED = 0.88
"""Below this AUROC of planted errors a run counts as one whose classes overlap."""


@dataclass(frozen=True)
class Outcome:
    """One run: what it said, and what was so."""

    group: str
    overlap: bool
    said: float
    true: float
    ece: float
    f1: float
    held: bool


def settings_of(one: BenchSet, turn: int) -> list[Setting]:
    """Give what is planted: nothing where errors are real, four rates in clean sets."""
    if one.folder != "clean":
        return [Setting("as it is", 0.0)]
    kinds = [KINDS[(turn + at) % len(KINDS)] for at in range(len(RATES))]
    planted = [Setting(kind, rate) for kind, rate in zip(kinds, RATES, strict=True)]
    return [Setting("none", 0.0), *planted]


def run(source: Source, setting: Setting, group: str) -> Outcome | None:
    """Audit one sample; None for a blind run or one that flags nothing."""
    prepared = source.prepare(setting)
    audit = audit_dataset(load_dataset(prepared.frame))
    measured, rate = audit.summary.measured, audit.summary.noise_rate
    if audit.summary.blind or measured is None or not audit.flagged.any():
        return None
    wrong, flagged = prepared.wrong, audit.flagged
    found = int((wrong & flagged).sum())
    return Outcome(
        group,
        overlap=measured.auroc < BLURRED,
        said=float(audit.error_probability[flagged].mean()),
        true=found / int(flagged.sum()),
        ece=calibration_error(audit.error_probability, wrong),
        f1=2 * found / int(flagged.sum() + wrong.sum()),
        held=bool(rate.low <= wrong.mean() <= rate.high),
    )


def show(outcomes: list[Outcome]) -> None:
    """Print a Markdown table, by group, of all runs and of those whose classes overlap."""
    print("| runs | n | flags said wrong | wrong | ECE | F1 | range holds the rate |")
    print("|---|---|---|---|---|---|---|")
    for group in sorted({one.group for one in outcomes}):
        for overlap in (False, True):
            some = [one for one in outcomes if one.group == group and one.overlap >= overlap]
            if some:
                name = f"{group}, classes overlap" if overlap else group
                rows = [(one.said, one.true, one.ece, one.f1, one.held) for one in some]
                figures = " | ".join(f"{mean:.3f}" for mean in np.mean(rows, axis=0))
                print(f"| {name} | {len(some)} | {figures} |")


def main(arguments: list[str]) -> None:
    """Sample every set of a directory at every size."""
    where = Path(arguments[0]) if arguments else SAMPLE_DATA
    sizes = [int(text) for text in arguments[1:]] or SIZES
    roles = read_roles(ROLES)
    outcomes = []
    for turn, one in enumerate(find_sets(where)):
        for seed, rows in enumerate(sizes):
            source = Source(one, rows, seed)
            for setting in settings_of(one, turn + seed):
                kind = "real errors" if one.folder != "clean" else "planted"
                kind = "no errors" if setting.planted and not setting.rate else kind
                found = run(source, setting, f"{kind}, {roles.of(one.name)}")
                if found is not None:
                    outcomes.append(found)
                print(one.name, setting, rows, found, file=sys.stderr)
    show(outcomes)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main(sys.argv[1:])
