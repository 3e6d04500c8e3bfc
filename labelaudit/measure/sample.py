"""A random sample of a run's rows for people to judge, and how it was drawn."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.data.write import write_bytes
from labelaudit.errors import InputError, OutputError, RunError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import Audit, BoolArray

FEWEST = 10
"""Fewer rows would tell next to nothing."""

FLAGGED, NEAR, REST, UNFLAGGED = (
    "flagged",
    "not flagged, the most suspicious tenth",
    "not flagged, the others",
    "not flagged",
)
"""The names of strata."""

_FORMAT = 1
_NEAR = 0.1
_LEAST_TO_SPLIT = 50
_ID_LENGTH = 10


@dataclass(frozen=True)
class SampledRow:
    """One row of a sample.

    Attributes
    ----------
    number : int
        Its place in the sample, from 1; random.
    row_id : str
    given : str
        Its given label as text.
    suggested : str or None
        What the run suggests; people do not see it.
    error_probability : float
        Of the run, in [0, 1]; people do not see it either.
    """

    number: int
    row_id: str
    given: str
    suggested: str | None
    error_probability: float


@dataclass(frozen=True)
class Stratum:
    """A part of the run's rows, and the rows drawn from it.

    Attributes
    ----------
    name : str
    flagged : bool
        Whether the run flags its rows.
    population : int
        Rows of the run in it.
    mean_error_probability : float
        Of all of those.
    rows : tuple of SampledRow
        Drawn at random without replacement, in the order of their numbers.
    """

    name: str
    flagged: bool
    population: int
    mean_error_probability: float
    rows: tuple[SampledRow, ...]


@dataclass(frozen=True)
class Sample:
    """A stratified random sample of the rows that a run judged.

    Attributes
    ----------
    id : str
        Made from all the rest: another draw has another one.
    run : str
    seed : int
    source : str
        The file of the run.
    classes : tuple of str
        As text.
    out_of_reach : int
        Judged rows that could not be drawn, since they are not in the file any more or have
        changed: the sample does not speak for them.
    strata : tuple of Stratum
        Each with at least one row.
    """

    id: str
    run: str
    seed: int
    source: str
    classes: tuple[str, ...]
    out_of_reach: int
    strata: tuple[Stratum, ...]

    @property
    def rows(self) -> tuple[SampledRow, ...]:
        """All rows, in the order of their numbers."""
        return tuple(
            sorted((row for part in self.strata for row in part.rows), key=lambda row: row.number)
        )


def judged(audit: Audit) -> BoolArray:
    """Tell which rows the run judged: those with a label and an error probability.

    Parameters
    ----------
    audit : Audit
        n rows.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    import numpy as np

    rows: BoolArray = (audit.given >= 0) & np.isfinite(audit.error_probability)
    return rows


def draw_sample(
    audit: Audit,
    *,
    run_id: str,
    n: int,
    seed: int = 0,
    flagged_share: float = 0.5,
    reachable: BoolArray | None = None,
) -> Sample:
    """Draw rows for people to judge.

    Parameters
    ----------
    audit : Audit
    run_id : str
    n : int
        Rows, at least `FEWEST`; all there are where there are fewer.
    seed : int
        The same seed draws the same rows, in whatever order the file holds them.
    flagged_share : float
        In [0, 1]: share of the sample to take from the flagged rows, as far as there are
        so many. Both kinds of rows get one at least.
    reachable : ndarray of bool, shape (n rows,), optional
        Rows that can be shown; all when left out.

    Returns
    -------
    Sample
        Simple random without replacement among the flagged rows. Those not flagged are
        drawn in proportion from the tenth with the highest error probability and from the
        others, where there are enough, so that the first are neither missing nor too many
        by chance. Together these count as one stratum: the bounds of a share hold for a
        draw in proportion, too (Hoeffding: On the Distribution of the Number of Successes
        in Independent Trials, 1956), and bounds of two strata, combined, would be wider.

    Raises
    ------
    InputError
        When no row can be drawn.
    """
    import numpy as np

    every = judged(audit)
    known = every if reachable is None else every & reachable
    rows = np.flatnonzero(known)
    if not rows.size:
        raise InputError(
            "there is no row to draw: the run judged none that is still in the file",
            where=audit.source.path,
            hint="run `labelaudit detect` again",
        )
    # The order of the file has no say in what is drawn.
    rows = rows[np.argsort(audit.row_id[rows].astype(str), kind="stable")]
    generator = np.random.default_rng([seed, _FORMAT])
    drawn = [
        (name, flagged, members, generator.choice(members, size, replace=False))
        for name, flagged, members, size in _strata(audit, rows, n, flagged_share)
    ]
    chosen = np.concatenate([part for _, _, _, part in drawn])
    order = generator.permutation(len(chosen))
    number = {int(chosen[place]): at for at, place in enumerate(order, start=1)}
    unnamed = Sample(
        id="",
        run=run_id,
        seed=seed,
        source=audit.source.path,
        classes=tuple(label_text(label) for label in audit.classes),
        out_of_reach=int(every.sum() - known.sum()),
        strata=tuple(
            Stratum(
                name=name,
                flagged=flagged,
                population=len(members),
                mean_error_probability=_mean(audit.error_probability[members]),
                rows=_rows(audit, part, number),
            )
            for name, flagged, members, part in drawn
        ),
    )
    return replace(unnamed, id=_id_of(unnamed))


def keep_sample(sample: Sample, folder: Path) -> None:
    """Put on record how a sample was drawn.

    Parameters
    ----------
    sample : Sample
    folder : Path
        Made when it is absent.

    Raises
    ------
    OutputError
    """
    make_folder(folder)
    write_bytes(folder / f"{sample.id}.json", _as_json(sample))


def make_folder(folder: Path) -> None:
    """Make the directory of the samples.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OutputError
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the directory of the samples cannot be made: {error.strerror or error}",
            where=str(folder),
            hint="choose another directory with --store, or change its permissions",
        ) from error


def load_sample(sample_id: str, folder: Path) -> Sample:
    """Find out how a sample was drawn.

    Parameters
    ----------
    sample_id : str
    folder : Path

    Returns
    -------
    Sample

    Raises
    ------
    RunError
        When there is no such sample, or its record is damaged.
    """
    known = sorted(path.stem for path in folder.glob("s*.json") if "." not in path.stem)
    if sample_id not in known:
        raise RunError(
            f"there is no sample {sample_id!r}",
            where=str(folder),
            hint=did_you_mean(sample_id, known)
            or "name the directory that `labelaudit sample` kept it in with --store",
        )
    path = folder / f"{sample_id}.json"
    try:
        sample = _from_plain(json.loads(path.read_bytes()))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    if _id_of(sample) != sample_id:
        raise _damaged(path, "it was changed since it was drawn")
    return sample


def _damaged(path: Path, why: str) -> RunError:
    return RunError(
        f"the record of the sample is damaged: {why}",
        where=str(path),
        hint="run `labelaudit sample` again with the same seed: the same rows are drawn",
    )


def _strata(
    audit: Audit, rows: NDArray[np.int64], n: int, flagged_share: float
) -> list[tuple[str, bool, NDArray[np.int64], int]]:
    """Give name, flag, members and size of each stratum."""
    import numpy as np

    flag = audit.flagged[rows]
    flagged, others = rows[flag], rows[~flag]
    size = min(n, len(rows))
    wanted = round(size * flagged_share)
    # Neither kind goes without a row, and what one has too few of the other makes up for.
    wanted = max(wanted, size - len(others), min(1, len(flagged)))
    wanted = min(wanted, len(flagged), size - min(1, len(others)))
    parts = [(FLAGGED, True, flagged, wanted)]
    left = size - wanted
    errors = audit.error_probability[others]
    near = round(_NEAR * len(others))
    if left < _LEAST_TO_SPLIT or not near or errors.min() == errors.max():
        parts.append((UNFLAGGED, False, others, left))
    else:
        by_error = others[np.argsort(-errors, kind="stable")]
        close = round(left * near / len(others))
        parts.append((NEAR, False, by_error[:near], close))
        parts.append((REST, False, by_error[near:], left - close))
    return [part for part in parts if len(part[2])]


def _mean(values: NDArray[np.float32]) -> float:
    return math.fsum(values.tolist()) / len(values)


def _rows(
    audit: Audit, rows: NDArray[np.int64], number: Mapping[int, int]
) -> tuple[SampledRow, ...]:
    classes = [label_text(label) for label in audit.classes]
    return tuple(
        SampledRow(
            number=number[row],
            row_id=str(audit.row_id[row]),
            given=classes[audit.given[row]],
            suggested=classes[audit.suggested[row]] if audit.suggested[row] >= 0 else None,
            error_probability=float(audit.error_probability[row]),
        )
        for row in sorted(map(int, rows), key=number.__getitem__)
    )


def _id_of(sample: Sample) -> str:
    digest = hashlib.sha256(_as_json(replace(sample, id=""))).hexdigest()
    # A letter first: a spreadsheet must not take it for a number.
    return f"s{digest[:_ID_LENGTH]}"


def _as_json(sample: Sample) -> bytes:
    document = {"format": _FORMAT, **asdict(sample)}
    # ASCII escapes: a file name that is no UTF-8 must not stop a sample from being kept.
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode("ascii")


def _from_plain(plain: Mapping[str, Any]) -> Sample:
    if plain["format"] != _FORMAT:
        raise ValueError(f"format {plain['format']!r}")
    fields = {name: value for name, value in plain.items() if name != "format"}
    strata = tuple(
        Stratum(**{**part, "rows": tuple(SampledRow(**row) for row in part["rows"])})
        for part in fields["strata"]
    )
    return Sample(**{**fields, "classes": tuple(fields["classes"]), "strata": strata})
