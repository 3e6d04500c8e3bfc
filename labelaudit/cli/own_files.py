"""Which files labelaudit wrote itself: nobody means them when all CSV files are to be checked."""

from __future__ import annotations

import csv
from pathlib import Path

BASELINE, QUEUE, KEPT = "a baseline", "a review queue", "part of a kept run"


def what_of_ours(path: str, store: str) -> str | None:
    """Say what a file is to labelaudit, if it wrote it.

    Parameters
    ----------
    path : str
        CSV or Parquet. A file that cannot be read is none of ours.
    store : str
        The directory that runs are kept in.

    Returns
    -------
    str or None
        `BASELINE`, `QUEUE` or `KEPT`; told by the columns, whatever the name.
    """
    from labelaudit.audit.baseline import COLUMNS
    from labelaudit.review.queue import DECISION_COLUMNS
    from labelaudit.review.read_filled import RUN_COLUMN

    place = Path(path)
    if place.absolute().is_relative_to(Path(store).absolute()):
        return KEPT
    names = _columns(place)
    if names == set(COLUMNS):
        return BASELINE
    queued = {RUN_COLUMN, "row_id", "given_label", "suggested_label", *DECISION_COLUMNS}
    return QUEUE if queued <= names else None


def _columns(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    try:
        if path.suffix.casefold() in {".parquet", ".pq"}:
            import pyarrow.parquet as pq

            return set(pq.read_schema(path).names)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return set(next(csv.reader(file), ()))
    except (OSError, ValueError, csv.Error):
        # What cannot be read is told by whoever reads all of it.
        return set()
