"""The sets of the quality benchmark: find them, read them, plant errors where there are none.

A directory of sets has the folders `real_noise/` and `embeddings/` (Parquet with `label` and
`true_label`) and `clean/` (`label` alone, taken as true). The repository's own sample_data/
will do too: its reviews have errors that people made, its tables get planted ones.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
from peers import encode_columns, is_text, texts_of
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import StandardScaler

from labelaudit.measure.noise import (
    KINDS,
    NEEDS_OPINION,
    NEEDS_X,
    RATES,
    Opinion,
    features_for_noise,
    plant,
    teacher_opinion,
)

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
SAMPLES = {
    "breast_cancer.csv": "clean",
    "digits.parquet": "clean",
    "reviews.csv": "real_noise",
}
FOLDERS = ("real_noise", "embeddings", "clean")
NO_FEATURES = frozenset(
    {"true_label", "split", "label_majority", "lf_votes", "n_votes", "n_annotations"}
)
"""Columns that tell the truth, or who voted for it: no pipeline sees them."""

MIN_CLASS = 10
ROWS_PER_CLASS = 20
QUICK_RATES = (0.0, 0.05, 0.2)
QUICK_CLEAN = 8
EVERY_KIND_AT = 0.1
TEXT, COLUMNS, PLANTED = "real text", "real tables and embeddings", "planted"
GROUPS = (TEXT, COLUMNS, PLANTED)
CHOSEN, HELD_OUT = "chosen on", "held out"


@dataclass(frozen=True)
class Roles:
    """Which sets the defaults were chosen on, and which are in a quick run."""

    chosen_on: frozenset[str] = frozenset()
    quick: tuple[str, ...] = ()

    def of(self, name: str) -> str:
        """Give the role of a set."""
        return CHOSEN if name in self.chosen_on else HELD_OUT


def read_roles(path: Path) -> Roles:
    """Read the TOML file of roles: two lists of names, `chosen_on` and `quick`."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = sorted(set(table) - {"chosen_on", "quick"})
    if unknown:
        raise SystemExit(f"error: {path} knows no {unknown[0]!r}, only chosen_on and quick")
    return Roles(frozenset(table.get("chosen_on", ())), tuple(table.get("quick", ())))


@dataclass(frozen=True)
class BenchSet:
    """One file of the benchmark; `folder` is one of `FOLDERS`."""

    name: str
    folder: str
    path: Path

    @cached_property
    def sha256(self) -> str:
        """Hash of the file, and of its truth where that lies beside it."""
        digest = hashlib.sha256(self.path.read_bytes())
        if self.truth_path.exists():
            digest.update(self.truth_path.read_bytes())
        return digest.hexdigest()

    @property
    def truth_path(self) -> Path:
        """Where sample_data/ keeps the truth."""
        return self.path.with_name(f"{self.name}.truth.csv")


def find_sets(directory: Path) -> list[BenchSet]:
    """Find the sets of a directory, those with errors of people first.

    Raises
    ------
    SystemExit
        When there is none.
    """
    found = [
        BenchSet(path.stem, folder, path)
        for folder in FOLDERS
        for path in sorted((directory / folder).glob("*.parquet"))
    ]
    if not found:
        found = [
            BenchSet(Path(file).stem, folder, directory / file)
            for file, folder in sorted(SAMPLES.items(), key=lambda item: FOLDERS.index(item[1]))
            if (directory / file).exists()
        ]
    if not found:
        raise SystemExit(
            f"error: no set in {directory}\nhint: it needs Parquet files in one of "
            f"the folders {', '.join(FOLDERS)}"
        )
    return found


@dataclass(frozen=True)
class Setting:
    """What is planted in a set: `"as it is"` for sets whose errors are real."""

    kind: str
    rate: float

    @property
    def planted(self) -> bool:
        """Whether errors are planted (a rate of 0 counts)."""
        return self.kind != AS_IT_IS

    def __str__(self) -> str:
        """Give it in short."""
        return f"{self.kind} {self.rate:g}" if self.planted and self.rate else self.kind


AS_IT_IS = "as it is"
NO_NOISE = "none"


def choose_settings(
    sets: list[BenchSet],
    roles: Roles,
    *,
    quick: bool,
    every: bool,
    only: list[str] | None = None,
) -> dict[str, list[Setting]]:
    """Choose what is measured on each set.

    In a full run, kinds rotate over the sets, so that each kind meets each rate about
    equally often, and every kind is planted at one rate.

    Parameters
    ----------
    sets : list of BenchSet
    roles : Roles
    quick : bool
        Fewer clean sets and rates.
    every : bool
        Every kind at every rate.
    only : list of str, optional
        These sets, in a quick run too. What is planted in a set does not depend on it.

    Returns
    -------
    dict of str to list of Setting
        By the name of the set; without the sets left out.
    """
    clean = sorted(one.name for one in sets if one.folder == "clean")
    if quick:
        clean.sort(key=lambda name: (name not in roles.quick, name))
    rates = QUICK_RATES if quick else RATES
    chosen: dict[str, list[Setting]] = {}
    for one in sets:
        turn = clean.index(one.name) if one.name in clean else 0
        left_out = one.name not in only if only else quick and turn >= QUICK_CLEAN
        if left_out:
            continue
        if one.folder != "clean":
            chosen[one.name] = [Setting(AS_IT_IS, 0.0)]
        else:
            planted = {
                Setting(kind, rate)
                for at, rate in enumerate(rates)
                for kind in (KINDS if every else (KINDS[(turn + at) % len(KINDS)],))
                if rate
            }
            if not quick:
                planted |= {Setting(kind, EVERY_KIND_AT) for kind in KINDS}
            in_order = sorted(planted, key=lambda item: (item.rate, KINDS.index(item.kind)))
            chosen[one.name] = [Setting(NO_NOISE, 0.0), *in_order]
    return chosen


@dataclass(frozen=True)
class Prepared:
    """A set with its errors.

    Attributes
    ----------
    frame : DataFrame
        What a pipeline gets: `id`, `label` as text, features; n rows.
    truth : ndarray of str, shape (n,)
        The true labels.
    """

    frame: pd.DataFrame
    truth: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """Which labels are wrong: bool, shape (n,)."""
        return self.frame["label"].to_numpy(dtype=str) != self.truth


class Source:
    """A set as read once, to be given its errors in several ways.

    Parameters
    ----------
    bench_set : BenchSet
    rows : int or None
        At most this many, drawn at random.
    seed : int
        Of the draw and of the errors.
    """

    def __init__(self, bench_set: BenchSet, rows: int | None, seed: int = 0) -> None:
        # Each set its own: with one seed for all, the same rows would be wrong in all.
        self._seed = crc32(f"{bench_set.name} {seed}".encode()) // 2
        frame = read_set(bench_set)
        random = np.random.default_rng([self._seed, 0])
        if bench_set.folder == "clean":
            frame = _usable_classes(frame, rows, random)
        # In random order for everyone: unshuffled folds would make of a sorted file a
        # question of how the file is sorted.
        frame = frame.iloc[random.permutation(len(frame))[:rows]]
        if bench_set.folder == "clean":
            frame = _without_rare(frame)
        frame = frame.reset_index(drop=True)
        truth = frame.get("true_label", frame["label"])
        self._truth = truth.to_numpy(dtype=str)
        self.frame = _features(frame)
        self.group = PLANTED
        if bench_set.folder != "clean":
            self.group = TEXT if is_text(self.frame) else COLUMNS

    def prepare(self, setting: Setting) -> Prepared:
        """Give the rows with errors planted, or as they are."""
        if not setting.planted or setting.rate == 0:
            return Prepared(self.frame, self._truth)
        classes, y = np.unique(self._truth, return_inverse=True)
        planted = plant(
            y.astype(np.int32),
            setting.kind,
            setting.rate,
            n_classes=len(classes),
            seed=self._seed,
            X=self._linear if setting.kind in NEEDS_X else None,
            opinion=self._opinion if setting.kind in NEEDS_OPINION else None,
        )
        return Prepared(self.frame.assign(label=classes[planted.y]), self._truth)

    @cached_property
    def _linear(self) -> np.ndarray:
        if is_text(self.frame):
            return features_for_noise(TfidfVectorizer().fit_transform(texts_of(self.frame)))
        # Scaled before its directions are sought: else the largest unit decides them.
        return features_for_noise(StandardScaler().fit_transform(encode_columns(self.frame)))

    @cached_property
    def _opinion(self) -> Opinion:
        classes, y = np.unique(self._truth, return_inverse=True)
        return teacher_opinion(
            self._linear, y.astype(np.int32), n_classes=len(classes), seed=self._seed
        )


def read_set(bench_set: BenchSet) -> pd.DataFrame:
    """Read a set; labels become text, rows without a label or truth are left out."""
    path = bench_set.path
    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    if bench_set.truth_path.exists():
        truth = pd.read_csv(bench_set.truth_path).set_index("id")["true_label"]
        frame["true_label"] = frame["id"].map(truth)
        if bench_set.folder == "clean":
            frame["label"] = frame.pop("true_label")
    names = [name for name in ("label", "true_label") if name in frame]
    frame = frame[frame[names].notna().all(axis=1)].copy()
    if "id" not in frame:
        frame.insert(0, "id", [f"row-{at}" for at in range(len(frame))])
    frame["id"] = frame["id"].astype(str)
    for name in names:
        frame[name] = frame[name].astype(str)
    return frame


def _features(frame: pd.DataFrame) -> pd.DataFrame:
    if is_text(frame):
        return frame[["id", "text", "label"]].copy()
    return frame.drop(columns=[name for name in frame if name in NO_FEATURES])


def _usable_classes(
    frame: pd.DataFrame, rows: int | None, random: np.random.Generator
) -> pd.DataFrame:
    """Leave classes out where there would be too few rows for all of them."""
    frame = _without_rare(frame)
    classes = np.sort(frame["label"].unique())
    room = len(classes) if rows is None else max(2, rows // ROWS_PER_CLASS)
    if len(classes) <= room:
        return frame
    return frame[frame["label"].isin(random.permutation(classes)[:room])]


def _without_rare(frame: pd.DataFrame) -> pd.DataFrame:
    sizes = frame["label"].value_counts()
    return frame[frame["label"].isin(sizes[sizes >= MIN_CLASS].index)]
