"""Check the answers of `labelaudit impact` on data whose true labels are known.

Reads Parquet files with a right column `label`, sets test rows apart, plants wrong labels into
the others, audits those and measures the impact of fixing. At a rate of 0 the answer should be
"not shown", at 20 % mostly "worth fixing". Beside what each strategy gains stands what the
true labels would gain, which the curve of planted errors foretells without knowing them.

    python benchmarks/impact_check.py FILE [FILE ...] --rates 0 0.2 --rows 2500 --test 1500
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from labelaudit.audit.detect import audit_dataset
from labelaudit.config import Settings
from labelaudit.data.dataset import load_dataset
from labelaudit.data.schema import SchemaChoices
from labelaudit.evidence.execute import LocalExecutor
from labelaudit.measure.impact import Choices, measure_impact
from labelaudit.measure.impact_fits import Treatment, run_ways, set_up
from labelaudit.measure.impact_rows import lay_out, with_roles
from labelaudit.measure.impact_stats import difference
from labelaudit.measure.noise import plant

if TYPE_CHECKING:
    from labelaudit.types import Audit, Dataset

LEAKS = {"true_label", "split", "label_majority", "lf_votes", "n_votes", "n_annotations"}


def read(path: Path, rows: int, test: int) -> tuple[Dataset, Dataset]:
    """Give training and test rows."""
    frame = pd.read_parquet(path)
    frame = frame.drop(columns=[name for name in frame if name in LEAKS])
    order = np.random.default_rng(1).permutation(len(frame))
    frame = frame.iloc[order].reset_index(drop=True)
    choices = SchemaChoices(label="label")
    return (
        load_dataset(frame.iloc[test : test + rows].reset_index(drop=True), choices),
        load_dataset(frame.iloc[:test].reset_index(drop=True), choices),
    )


def gain_of_truth(
    audit: Audit, data: Dataset, test: Dataset, truth: np.ndarray, choices: Choices
) -> float:
    """Give the accuracy gained by the true labels, measured as the strategies are."""
    data, test = with_roles(data, audit), with_roles(test, audit)
    rows = lay_out(data, test=test)
    bench = set_up(
        data,
        rows,
        test=test,
        model=choices.model,
        folds=choices.folds,
        repeats=choices.repeats,
        seed=choices.seed,
    )
    wrong = np.flatnonzero((rows.y[: data.n_rows] >= 0) & (data.y != truth))
    right = Treatment(changed=wrong, codes=truth[wrong])
    n_fits = len(bench.fits)
    ran = run_ways(
        bench,
        {"nothing": [Treatment()] * n_fits, "truth": [right] * n_fits},
        executor=LocalExecutor(),
    )
    return difference(ran.judged["truth"], ran.judged["nothing"], bench.design, "accuracy").estimate


def check(path: Path, rate: float, arguments: argparse.Namespace) -> dict[str, object]:
    """Measure one file at one rate."""
    clean, test = read(path, arguments.rows, arguments.test)
    noisy = plant(clean.y, arguments.kind, rate, n_classes=len(clean.classes), seed=arguments.seed)
    data = replace(clean, y=noisy.y)
    audit = audit_dataset(data, Settings(label="label", effort="fast"))
    choices = Choices(
        model=arguments.model,
        repeats=arguments.repeats,
        fix={"max_class_loss": arguments.max_class_loss},
    )
    started = perf_counter()
    found = measure_impact(audit, data, run_id="check", test=test, choices=choices)
    seconds = perf_counter() - started
    gains = {
        one.way: round(100 * one.changes["accuracy"].estimate, 2)
        for one in found.effects
        if one.way != "nothing"
    }
    return {
        "set": path.stem,
        "rate": rate,
        "model": found.model,
        "verdict": found.verdict,
        "strategy": found.strategy,
        "gains": gains,
        "flagged": audit.summary.flagged,
        "estimated_rate": round(audit.summary.noise_rate.estimate, 4),
        "bottleneck": found.curve.verdict,
        "foretold": [
            round(100 * value, 2)
            for value in (found.curve.gain.estimate, found.curve.gain.low, found.curve.gain.high)
        ],
        "curve": [[point.rate, round(point.scores.accuracy, 5)] for point in found.curve.points],
        "truth": round(100 * gain_of_truth(audit, data, test, clean.y, choices), 2),
        "answer": found.answer,
        "noise": found.bottleneck,
        "left_out": found.left_out,
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Measure every file at every rate and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rates", nargs="+", type=float, default=[0.0, 0.2])
    parser.add_argument("--kind", default="symmetric", help="symmetric or pair")
    parser.add_argument("--rows", type=int, default=2500, help="training rows at most")
    parser.add_argument("--test", type=int, default=1500, help="test rows")
    parser.add_argument("--model", help="that of `labelaudit impact` if left out")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-class-loss", type=float, default=0.5)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("| set | planted | model | answer | gains in points | true labels | foretold | s |")
    print("|---|---|---|---|---|---|---|---|")
    found = []
    with threadpool_limits(limits=1):
        for path in arguments.files:
            for rate in arguments.rates:
                one = check(path, rate, arguments)
                found.append(one)
                if arguments.json:
                    arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
                gains = ", ".join(f"{way} {gain:+.1f}" for way, gain in one["gains"].items())
                foretold = "{:.1f} ({:.1f} to {:.1f})".format(*one["foretold"])
                print(
                    f"| {one['set']} | {100 * rate:g} % | {one['model']} "
                    f"| {one['verdict']} {one['strategy']} | {gains} | {one['truth']:+.1f} "
                    f"| {foretold}, {one['bottleneck']} | {one['seconds']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
