"""An Audit as tables: one row per issue, one row per row of the data, and their CSV text."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from labelaudit.types import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import Audit, Label

SUSPICION_PREFIX = "suspicion_"
"""What the column of a detector's suspicion begins with, before the detector's name."""

FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes as the beginning of a formula, or skips to find one."""

_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_NEEDS_QUOTES = frozenset(',"\r\n')


def label_text(label: Label) -> str:
    """Write a class the way the tables and reports write it.

    Parameters
    ----------
    label : Label

    Returns
    -------
    str
        ``"true"`` and ``"false"`` for booleans, else its plain text.
    """
    return str(label).lower() if isinstance(label, bool) else str(label)


def label_type(classes: Sequence[Label]) -> pa.DataType:
    """Find the column type that holds these classes as they are.

    Parameters
    ----------
    classes : sequence of Label

    Returns
    -------
    pyarrow.DataType
        bool, int64, float64, or string: also for mixed classes and huge integers.
    """
    import pyarrow as pa

    kinds = {type(label) for label in classes}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int} and all(-(2**63) <= label < 2**63 for label in classes):  # type: ignore[operator]
        return pa.int64()
    return pa.float64() if kinds == {float} else pa.string()


def issues_table(audit: Audit) -> pa.Table:
    """Lay out the issues, the most suspicious first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    pyarrow.Table
        One row per issue: rank, row_id, row, line, given, suggested, given_confidence,
        suggested_confidence, suspicion, error_probability, severity, verdict, detectors
        (a list), ``suspicion_<detector>`` for each detector, excerpt, explanation. What
        is unknown is null.
    """
    import pyarrow as pa

    issues = audit.issues

    def text(values: Iterable[str]) -> pa.Array:
        return pa.array(list(values), pa.string())

    def numbers(values: Iterable[float]) -> pa.Array:
        return pa.array(list(values), pa.float32(), from_pandas=True)

    columns = {
        "rank": pa.array([issue.rank for issue in issues], pa.int64()),
        "row_id": text(issue.row_id for issue in issues),
        "row": pa.array([issue.row for issue in issues], pa.int64()),
        "line": pa.array([issue.line for issue in issues], pa.int64()),
        "given": _labels((issue.given for issue in issues), audit.classes),
        "suggested": _labels((issue.suggested for issue in issues), audit.classes),
        "given_confidence": numbers(issue.given_confidence for issue in issues),
        "suggested_confidence": numbers(issue.suggested_confidence for issue in issues),
        "suspicion": numbers(issue.suspicion for issue in issues),
        "error_probability": numbers(issue.error_probability for issue in issues),
        "severity": text(issue.severity.value for issue in issues),
        "verdict": text(issue.verdict.value for issue in issues),
        "detectors": pa.array([list(issue.detectors) for issue in issues], pa.list_(pa.string())),
        **{
            SUSPICION_PREFIX + name: numbers(float(values[issue.row]) for issue in issues)
            for name, values in audit.by_detector.items()
        },
        "excerpt": text(issue.excerpt for issue in issues),
        "explanation": text(issue.explanation for issue in issues),
    }
    return pa.table(columns)


def issues_frame(audit: Audit) -> pd.DataFrame:
    """Lay out the issues as a data frame, the most suspicious first.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    pandas.DataFrame
        Columns as in `issues_table`; `row` is what ``frame.iloc`` takes.
    """
    frame: pd.DataFrame = issues_table(audit).to_pandas()
    return frame


def scores_table(audit: Audit) -> pa.Table:
    """Lay out what was found for every row, in file order.

    Parameters
    ----------
    audit : Audit
        n rows.

    Returns
    -------
    pyarrow.Table
        n rows: row_id, row (0-based position among the data rows), given, suggested,
        self_confidence, suspicion, error_probability, flagged, severity, verdict, and
        ``suspicion_<detector>`` for each detector. Null: no label, no opinion, not
        flagged.
    """
    import numpy as np
    import pyarrow as pa

    classes = pa.array(_typed(audit.classes, audit.classes), label_type(audit.classes))
    severities = pa.array([severity.value for severity in SEVERITIES], pa.string())
    verdicts = pa.array([verdict.value for verdict in VERDICTS], pa.string())
    columns = {
        "row_id": pa.array(audit.row_id, pa.string()),
        "row": pa.array(np.arange(len(audit.row_id), dtype=np.int64)),
        "given": _decoded(audit.given, classes),
        "suggested": _decoded(audit.suggested, classes),
        "self_confidence": _floats(audit.self_confidence),
        "suspicion": _floats(audit.suspicion),
        "error_probability": _floats(audit.error_probability),
        "flagged": pa.array(audit.flagged, pa.bool_()),
        "severity": _decoded(audit.severity, severities),
        "verdict": _decoded(audit.verdict, verdicts),
        **{SUSPICION_PREFIX + name: _floats(values) for name, values in audit.by_detector.items()},
    }
    return pa.table(columns)


def issues_csv(audit: Audit, *, safe_cells: bool = False) -> bytes:
    """Write the issues as CSV text.

    Parameters
    ----------
    audit : Audit
    safe_cells : bool
        As for `csv_bytes`.

    Returns
    -------
    bytes
        Columns as in `issues_table`.
    """
    return csv_bytes(issues_table(audit), safe_cells=safe_cells)


def csv_bytes(table: pa.Table, *, safe_cells: bool = False) -> bytes:
    r"""Write a table as CSV text: UTF-8, comma, RFC 4180 quotes, ``\n``.

    Parameters
    ----------
    table : pyarrow.Table
        32-bit floats (scores) get 6 significant digits, 64-bit floats (labels) all;
        lists are joined by ``;``, null is empty.
    safe_cells : bool
        Put an apostrophe before text that a spreadsheet would run as a formula.

    Returns
    -------
    bytes
    """
    lines = [",".join(_quoted(_cell(name, "", safe=safe_cells)) for name in table.column_names)]
    columns = [_cells(column, safe=safe_cells) for column in table.columns]
    lines.extend(",".join(row) for row in zip(*columns, strict=True))
    return ("\n".join(lines) + "\n").encode("utf-8")


def count_formula_cells(table: pa.Table) -> int:
    """Count the text cells that a spreadsheet would run as a formula.

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    int
    """
    cells = sum(
        isinstance(value, str) and is_formula(value)
        for column in table.columns
        for value in column.to_pylist()
    )
    return cells + sum(is_formula(name) for name in table.column_names)


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would run a cell; a plain number such as ``-1`` it would not.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
    """
    return text.startswith(FORMULA_STARTS) and _PLAIN_NUMBER.fullmatch(text) is None


def _labels(values: Iterable[Label | None], classes: Sequence[Label]) -> pa.Array:
    import pyarrow as pa

    return pa.array(_typed(values, classes), label_type(classes))


def _typed(values: Iterable[Label | None], classes: Sequence[Label]) -> list[Label | None]:
    import pyarrow as pa

    if label_type(classes) != pa.string():
        return list(values)
    return [None if value is None else label_text(value) for value in values]


def _decoded(codes: NDArray[np.integer[Any]], values: pa.Array) -> pa.Array:
    import pyarrow as pa

    return values.take(pa.array(codes, pa.int32(), mask=codes < 0))


def _floats(values: NDArray[np.float32]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.float32(), from_pandas=True)


def _cells(column: pa.ChunkedArray, *, safe: bool) -> list[str]:
    import pyarrow as pa

    digits = ".6g" if pa.types.is_float32(column.type) else ""
    return [_quoted(_cell(value, digits, safe=safe)) for value in column.to_pylist()]


def _cell(value: object, digits: str, *, safe: bool) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return label_text(value)
    if isinstance(value, float):
        return format(value, digits)
    if isinstance(value, list):
        return ";".join(value)
    dangerous = safe and isinstance(value, str) and is_formula(value)
    return f"'{value}" if dangerous else str(value)


def _quoted(text: str) -> str:
    # The csv module leaves a lone \r unquoted before Python 3.13, which splits the record.
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.intersection(text) else text
