"""How long `labelaudit detect` takes beside the plain script, on the same files.

Whole processes, started in turn, so that a busy machine slows both; the ratio of their
medians is what counts. Prints a Markdown table and writes JSON to benchmarks/results/.

Usage: python benchmarks/speed.py [--runs 3] [--scale 1.0] [--threads N] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
FLIPPED = 0.05
SYLLABLES = [first + second for first in "bkrtmlspdvng" for second in "aeiou"]


@dataclass(frozen=True)
class Run:
    """One whole process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Comparison:
    """Ours and the plain script on one file."""

    data: str
    rows: int
    effort: str
    plain: str
    ours_seconds: float
    plain_seconds: float
    ratio: float
    ours_cpu_seconds: float
    plain_cpu_seconds: float
    ours_peak_mb: float
    plain_peak_mb: float
    file_mb: float


def flip(y: np.ndarray, n_classes: int, random: np.random.Generator) -> np.ndarray:
    """Give 5 % of the labels another class."""
    hit = random.random(len(y)) < FLIPPED
    return np.where(hit, (y + random.integers(1, n_classes, len(y))) % n_classes, y)


def numbers(rows: int) -> pd.DataFrame:
    """Make 30 columns of numbers and 3 classes that overlap a little."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        rows,
        30,
        n_informative=12,
        n_redundant=6,
        n_classes=3,
        n_clusters_per_class=3,
        flip_y=0,
        random_state=0,
    )
    table = pd.DataFrame(X, columns=[f"x{at}" for at in range(30)])
    labels = flip(y, 3, np.random.default_rng(0))
    return table.assign(label=np.array(["low", "middle", "high"])[labels])


def texts(rows: int, n_classes: int = 4, n_words: int = 20_000) -> pd.DataFrame:
    """Make short texts whose words follow Zipf's law, tilted a little by class."""
    random = np.random.default_rng(0)
    syllables = np.array(SYLLABLES)
    words = np.array(
        sorted({"".join(random.choice(syllables, random.integers(1, 5))) for _ in range(60_000)})
    )
    random.shuffle(words)
    words = words[:n_words]
    usual = 1 / (np.arange(1, len(words) + 1) + 2.7)
    y = random.integers(0, n_classes, rows)
    lengths = np.clip(random.poisson(14, rows), 3, 60)
    body = np.empty(rows, dtype=object)
    for label in range(n_classes):
        share = usual * np.exp(random.normal(0, 0.6, len(words)))
        members = np.flatnonzero(y == label)
        drawn = words[random.choice(len(words), lengths[members].sum(), p=share / share.sum())]
        for row, part in zip(members, np.split(drawn, lengths[members].cumsum()[:-1]), strict=True):
            body[row] = " ".join(part)
    labels = flip(y, n_classes, random)
    return pd.DataFrame({"text": body, "label": np.array(["a", "b", "c", "d"])[labels]})


def embeddings(rows: int, size: int = 384, n_classes: int = 5) -> pd.DataFrame:
    """Make unit vectors around a few centres a class, as sentence embeddings lie."""
    random = np.random.default_rng(0)
    y = random.integers(0, n_classes, rows)
    centres = random.normal(size=(n_classes * 4, size))
    points = centres[y * 4 + random.integers(0, 4, rows)] + random.normal(0, 3, (rows, size))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    labels = flip(y, n_classes, random)
    return pd.DataFrame(
        {"embedding": list(points.astype(np.float32)), "label": [f"c{code}" for code in labels]}
    )


DATA = {"text": (texts, 50_000), "numbers": (numbers, 100_000), "embedding": (embeddings, 20_000)}
"""How each is made, and its rows at full scale."""

PLAIN = {
    "text": {"default": "text", "fast": "text", "thorough": "text"},
    "numbers": {"default": "boosting", "fast": "linear", "thorough": "boosting"},
    "embedding": {"default": "embedding", "fast": "embedding", "thorough": "embedding"},
}
"""The plain script's model that each effort is held against."""


def timed(command: list[str], directory: Path, threads: int | None) -> Run:
    """Run a process to its end, its OpenMP threads capped or left to the machine."""
    capped = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
    log = directory / "log.txt"
    start = time.perf_counter()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=directory, stdout=stream, stderr=stream, env=os.environ | capped
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def compare(name: str, effort: str, scale: float, runs: int, threads: int | None) -> Comparison:
    """Time both in turn on a file of this data."""
    make, rows = DATA[name]
    table, plain = make(int(rows * scale)), PLAIN[name][effort]
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        if name == "embedding":
            path = directory / f"{name}.parquet"
            table.to_parquet(path)
        else:
            path = directory / f"{name}.csv"
            table.to_csv(path, index=False)
        ours = [sys.executable, "-m", "labelaudit", "detect", str(path), "--effort", effort]
        script = [sys.executable, str(HERE / "plain_script.py"), str(path), "issues.csv", plain]
        took: dict[str, list[Run]] = {"ours": [], "plain": []}
        for _ in range(runs):
            took["plain"].append(timed(script, directory, threads))
            took["ours"].append(timed(ours, directory, threads))
        size = path.stat().st_size / 2**20

    def middle(who: str, what: str) -> float:
        return round(statistics.median(getattr(run, what) for run in took[who]), 2)

    return Comparison(
        data=name,
        rows=len(table),
        effort=effort,
        plain=plain,
        ours_seconds=middle("ours", "seconds"),
        plain_seconds=middle("plain", "seconds"),
        ratio=round(middle("ours", "seconds") / middle("plain", "seconds"), 2),
        ours_cpu_seconds=middle("ours", "cpu_seconds"),
        plain_cpu_seconds=middle("plain", "cpu_seconds"),
        ours_peak_mb=middle("ours", "peak_mb"),
        plain_peak_mb=middle("plain", "peak_mb"),
        file_mb=round(size, 1),
    )


def main() -> None:
    """Compare on both files and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="processes of each kind")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    parser.add_argument("--threads", type=int, help="OpenMP threads of both; not capped by default")
    parser.add_argument("--only", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument(
        "--efforts", nargs="+", choices=list(PLAIN["text"]), default=list(PLAIN["text"])
    )
    parser.add_argument("--output", type=Path, default=HERE / "results" / "speed.json")
    options = parser.parse_args()
    print(
        "| data | rows | effort | plain script | ours, s | plain, s | ratio "
        "| ours, MB | plain, MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    found = []
    for name in options.only:
        for effort in options.efforts:
            one = compare(name, effort, options.scale, options.runs, options.threads)
            found.append(one)
            print(
                f"| {one.data} | {one.rows:,} | {one.effort} | {one.plain} | {one.ours_seconds} | "
                f"{one.plain_seconds} | {one.ratio} | {one.ours_peak_mb:.0f} | "
                f"{one.plain_peak_mb:.0f} |",
                flush=True,
            )
    options.output.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "runs": options.runs,
        "openmp_threads": options.threads,
        "comparisons": [asdict(one) for one in found],
    }
    options.output.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
