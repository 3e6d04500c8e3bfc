"""What is said of columns in which the same thing was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.doctor.hits import all_rows
from labelaudit.data.doctor.telling import (
    counted,
    finding,
    names,
    option,
    percent,
    quoted,
    some,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.data.doctor.hits import Hit
    from labelaudit.data.doctor.view import View
    from labelaudit.types import Finding

_GRAVE_MOJIBAKE = 0.1
_GRAVE_AGREEMENT = 0.98


def _columns(hits: Sequence[Hit]) -> list[str]:
    return [hit.column for hit in hits]


def _figures(hits: Sequence[Hit]) -> str:
    ordered = sorted(hits, key=lambda hit: (-hit.share, hit.column))
    return some([f"{quoted(hit.column)} ({percent(hit.share)})" for hit in ordered])


def _hold(rows: NDArray[np.intp]) -> str:
    return "holds" if len(rows) == 1 else "hold"


def _is(hits: Sequence[Hit]) -> str:
    return "is" if len(hits) == 1 else "are"


def _with_examples(told: str, hits: Sequence[Hit], more: str = ".") -> tuple[str, str]:
    """Give a message with examples of the cells, and the same without them."""
    quoting = some([f"{quoted(hit.column)} (such as {hit.note})" for hit in hits])
    return f"{told}: {quoting}{more}", f"{told}: {_named(hits)}{more}"


def _named(hits: Sequence[Hit]) -> str:
    return some([quoted(hit.column) for hit in hits])


def _gives_away(view: View, hits: Sequence[Hit]) -> Finding:
    alone = "A single column tells" if len(hits) == 1 else "Single columns tell"
    sampled = len(view.sample) < len(view.labelled)
    where = f", measured on {counted(len(view.sample), 'row')}" if sampled else ""
    return finding(
        "gives-label-away",
        f"{alone} nearly every label of rows it was not learned from: {_figures(hits)}{where}. "
        "Models then repeat it, wrong labels included.",
        f"If it comes from the label, or is known only after it: "
        f"{option('--exclude', _columns(hits))}",
        columns=_columns(hits),
        grave=True,
    )


def _renames(view: View, hits: Sequence[Hit]) -> Finding:
    return finding(
        "renames-label",
        f"Looks like the label in other words, with one value for each of the "
        f"{len(view.data.classes)} classes: {_figures(hits)} of the rows agree.",
        f"If it is another label, leave it out: {option('--exclude', _columns(hits))}",
        columns=_columns(hits),
        grave=max(hit.share for hit in hits) >= _GRAVE_AGREEMENT,
    )


def _coarse(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    one = len(hits) == 1
    return finding(
        "coarse-label",
        f"The label settles the value of {names(_columns(hits))}: {_figures(hits)}. "
        f"{'It looks' if one else 'They look'} like a coarser label, which hides wrong labels "
        "between its values.",
        f"Leave {'it' if one else 'them'} out: {option('--exclude', _columns(hits))}",
        columns=_columns(hits),
    )


def _group_leak(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    first = min(hits, key=lambda hit: (-hit.share, hit.column)).column
    listed = some([f"{quoted(hit.column)} ({hit.note} the same label)" for hit in hits])
    return finding(
        "group-leak",
        f"Rows of one value share their label nearly always: {listed}. Models know a row by the "
        "others of its group, and wrong labels with them.",
        f"Keep equal values in one fold: {option('--group', [first])}",
        columns=_columns(hits),
        grave=True,
    )


def _maybe_group(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    one = len(hits) == 1
    return finding(
        "maybe-group",
        f"{names(_columns(hits), start=True)} {_is(hits)} named like an id, "
        f"repeat{'s' if one else ''} over rows and {_is(hits)} learned from.",
        f"Keep equal values in one fold with {option('--group', _columns(hits)[:1])}, or leave "
        f"it out with {option('--exclude', _columns(hits))}",
        columns=_columns(hits),
    )


def _id_learned_from(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    return finding(
        "id-column-learned-from",
        f"{names(_columns(hits), start=True)} {_is(hits)} learned from, though nearly every row "
        "has its own value, as an id has: nothing to learn, and rows to know by heart.",
        f"Leave it out: {option('--exclude', _columns(hits))}. If it names rows, --id says so; if "
        "it is text, --text.",
        columns=_columns(hits),
    )


def _constant(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    return finding(
        "constant-column",
        f"{names(_columns(hits), start=True)} {'holds' if len(hits) == 1 else 'hold'} one value "
        "or none: nothing can be learned from that.",
        "Check how the file was exported; leave such columns out of it.",
        columns=_columns(hits),
    )


def _one_differs(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    listed = some([f"{quoted(hit.column)} ({hit.note})" for hit in hits])
    told = "All rows but one hold the same value"
    return finding(
        "one-row-differs",
        f"{told}: {listed}.",
        f"Look at that row; the column tells nothing: {option('--exclude', _columns(hits))}",
        rows=all_rows(hits),
        columns=_columns(hits),
        bare=f"{told}: {_named(hits)}.",
    )


def _mixed_types(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} text in a column of numbers or dates",
        hits,
        ". Such cells are read as missing.",
    )
    return finding(
        "mixed-types",
        message,
        "Write them as numbers (a point for decimals) or leave them empty.",
        rows=rows,
        columns=_columns(hits),
        bare=bare,
    )


def _missing_marks(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} a sign for missing in a column of "
        "numbers or dates",
        hits,
        ". It is read as missing.",
    )
    return finding(
        "missing-marks",
        message,
        "Nothing to do if that is meant; empty cells say it to every program.",
        rows=rows,
        columns=_columns(hits),
        bare=bare,
    )


def _as_categories(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} text among numbers, so that the "
        "numbers are learned from as names",
        hits,
    )
    return finding(
        "numbers-as-categories",
        message,
        "Write these cells as numbers or leave them empty.",
        rows=rows,
        columns=_columns(hits),
        bare=bare,
    )


def _mojibake(view: View, hits: Sequence[Hit]) -> Finding:
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} characters that were read in a wrong encoding",
        hits,
    )
    return finding(
        "mojibake",
        message,
        "Read the source as UTF-8 and write it again; in Python, "
        "text.encode('cp1252').decode('utf-8') takes it back.",
        rows=rows,
        columns=_columns(hits),
        grave=len(rows) >= _GRAVE_MOJIBAKE * view.data.n_rows,
        bare=bare,
    )


def _lost_characters(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} U+FFFD, which stands for "
        "characters that were lost",
        hits,
    )
    return finding(
        "replacement-characters",
        message,
        "Export the data again with its true encoding; what is lost is not in this file.",
        rows=rows,
        columns=_columns(hits),
        bare=bare,
    )


def _controls(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} control characters",
        hits,
    )
    return finding(
        "control-characters",
        message,
        "Take them out. Those from U+0080 to U+009F are quotes and dashes of Windows-1252 that was "
        "read as Latin-1: text.encode('latin-1').decode('cp1252') takes it back in Python.",
        rows=rows,
        columns=_columns(hits),
        bare=bare,
    )


def _placeholders(view: View, hits: Sequence[Hit]) -> Finding:  # noqa: ARG001
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} a date that stands for none, "
        "far from all others",
        hits,
    )
    return finding(
        "placeholder-dates",
        message,
        "Leave these cells empty.",
        rows=rows,
        columns=sorted(set(_columns(hits))),
        bare=bare,
    )


def _future(view: View, hits: Sequence[Hit]) -> Finding:
    rows = all_rows(hits)
    message, bare = _with_examples(
        f"{counted(len(rows), 'row')} {_hold(rows)} a date in the future, after {view.today}",
        hits,
    )
    return finding(
        "future-dates",
        message,
        "Check how these dates are written (day and month, the century).",
        rows=rows,
        columns=_columns(hits),
        bare=bare,
    )


TELL: dict[str, Callable[[View, Sequence[Hit]], Finding]] = {
    "gives-label-away": _gives_away,
    "renames-label": _renames,
    "coarse-label": _coarse,
    "group-leak": _group_leak,
    "maybe-group": _maybe_group,
    "id-column-learned-from": _id_learned_from,
    "constant-column": _constant,
    "one-row-differs": _one_differs,
    "mixed-types": _mixed_types,
    "missing-marks": _missing_marks,
    "numbers-as-categories": _as_categories,
    "mojibake": _mojibake,
    "replacement-characters": _lost_characters,
    "control-characters": _controls,
    "placeholder-dates": _placeholders,
    "future-dates": _future,
}
"""What is said of the hits of each code."""
