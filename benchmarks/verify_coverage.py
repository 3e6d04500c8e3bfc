"""How often the intervals of `labelaudit verify` cover what is true, by simulation.

Whole sets of rows with known wrong labels are made up, samples drawn from them as `sample`
draws them, and each interval held against the truth. An interval of 95 % has to cover it at
least 95 times in 100, but for the luck of the draw.

Usage: python benchmarks/verify_coverage.py [DRAWS]
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from labelaudit.measure.intervals import CONFIDENCE, Tally, missed, noise_rate, precision
from labelaudit.measure.verify_ppi import Predicted, sharpen

THRESHOLD = 0.25
DRAWS = 1000


@dataclass(frozen=True)
class World:
    """A set of rows, wrong labels known, with a model that sees them more or less."""

    name: str
    rows: int
    rate: float
    sight: float
    """Distance of the wrong from the right rows, in standard deviations."""
    sureness: float = 1.0
    """What the model's log odds are multiplied by; 1 is calibrated."""


WORLDS = (
    World("clear", 10_000, 0.08, 3.0),
    World("usual", 10_000, 0.08, 2.0),
    World("hard", 10_000, 0.08, 1.0),
    World("overconfident", 10_000, 0.08, 2.0, 3.0),
    World("rare", 50_000, 0.01, 2.5),
    World("noisy", 5_000, 0.3, 2.0),
    World("small", 800, 0.1, 2.0),
    World("nearly all judged", 400, 0.15, 2.0),
    World("sightless", 10_000, 0.1, 0.0),
)
SIZES = (100, 300, 1000)


def make(world: World, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give which labels are wrong, and the model's error probability of each."""
    random = np.random.default_rng(seed)
    wrong = random.random(world.rows) < world.rate
    seen = random.normal(size=world.rows) + world.sight * wrong
    odds = math.log(world.rate / (1 - world.rate))
    odds = odds + world.sight * seen - world.sight**2 / 2
    doubt = 0.0 if world.sight else random.normal(size=world.rows)
    return wrong, 1 / (1 + np.exp(-world.sureness * odds - doubt))


def sample(
    groups: list[np.ndarray], sizes: list[int], random: np.random.Generator
) -> list[np.ndarray]:
    """Draw without replacement within each group."""
    return [
        random.choice(group, size, replace=False) for group, size in zip(groups, sizes, strict=True)
    ]


def run(world: World, n: int, draws: int) -> list[str]:
    """Simulate one world at one sample size; give the cells of its line."""
    wrong, error = make(world, seed=n)
    flagged = error >= THRESHOLD
    inside, outside = np.flatnonzero(flagged), np.flatnonzero(~flagged)
    outside = outside[np.argsort(-error[outside], kind="stable")]
    near = round(0.1 * len(outside))
    n_flagged = min(len(inside), n // 2)
    left = min(len(outside), n - n_flagged)
    close = round(left * near / len(outside))
    groups = [inside, outside[:near], outside[near:]]
    sizes = [n_flagged, close, left - close]
    truth = {
        "precision": wrong[inside].mean() if len(inside) else math.nan,
        "missed": wrong[outside].sum() / wrong.sum(),
        "plain": wrong.mean(),
        "shown": wrong.mean(),
    }
    random = np.random.default_rng([n, world.rows])
    hits: dict[str, list[bool]] = {name: [] for name in truth}
    widths: dict[str, list[float]] = {name: [] for name in truth}
    used = 0
    for _ in range(draws):
        drawn = sample(groups, sizes, random)
        parts = [drawn[0], np.concatenate(drawn[1:])]
        tallies = [
            Tally(population, len(part), int(wrong[part].sum()))
            for population, part in zip((len(inside), len(outside)), parts, strict=True)
        ]
        predicted = [
            Predicted(name, len(group), float(error[group].mean()), wrong[part], error[part])
            for name, group, part in zip(
                ("flagged", "not flagged"), (inside, outside), parts, strict=True
            )
            if len(group)
        ]
        plain = noise_rate(tallies)
        rates = {
            "precision": precision(tallies[0]),
            "missed": missed(tallies[0], tallies[1:]),
            "plain": plain,
            "shown": sharpen(plain, predicted),
        }
        used += rates["shown"].low != plain.low or rates["shown"].high != plain.high
        for name, rate in rates.items():
            if not math.isnan(truth[name]):
                hits[name].append(rate.low - 1e-9 <= truth[name] <= rate.high + 1e-9)
                widths[name].append(rate.high - rate.low)
    cells = [
        f"{np.mean(hits[name]):.3f} ({np.mean(widths[name]):.3f})" if hits[name] else "-"
        for name in truth
    ]
    return [world.name, str(n), *cells, f"{used / draws:.2f}"]


def main(draws: int) -> None:
    """Print a table: the share of draws covered, and the mean width, of each interval."""
    header = ["set", "n", "precision", "missed", "noise rate, plain", "noise rate, shown"]
    print("| " + " | ".join([*header, "by PPI"]) + " |")
    print("|" + "---|" * (len(header) + 1))
    for world in WORLDS:
        for n in SIZES:
            if n <= world.rows:
                print("| " + " | ".join(run(world, n, draws)) + " |", flush=True)
    noise = 1.96 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / draws)
    print("\nEach cell: share of the draws whose interval holds the truth (its mean width).")
    print("Shown: by prediction-powered inference where the rule allows it and it is narrower.")
    print(f"{draws} draws each: a coverage of 0.95 shows as 0.95 +- {noise:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS)
