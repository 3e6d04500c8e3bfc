"""Whether a request to rewrite a file fits that file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def check_request(
    columns: Sequence[str],
    n_rows: int,
    drop: Iterable[int],
    replace: Mapping[tuple[int, str], str],
    append: Mapping[str, Sequence[str] | Sequence[float]],
) -> None:
    """Stop a caller who asks for rows or columns that are not there.

    Parameters
    ----------
    columns : sequence of str
    n_rows : int
    drop, replace, append
        As in `rewrite`.

    Raises
    ------
    ValueError
        It is a fault of the program, not of the user.
    """
    rows = {*drop, *(row for row, _ in replace)}
    if rows and not 0 <= min(rows) <= max(rows) < n_rows:
        raise ValueError(f"rows outside of 0..{n_rows - 1}: {min(rows)}, {max(rows)}")
    absent = {name for _, name in replace}.difference(columns)
    if absent:
        raise ValueError(f"no such columns: {sorted(absent)}")
    present = set(append).intersection(columns)
    if present:
        raise ValueError(f"columns there already: {sorted(present)}")
    uneven = [name for name, cells in append.items() if len(cells) != n_rows]
    if uneven:
        raise ValueError(f"appended columns that have not {n_rows} cells: {uneven}")
