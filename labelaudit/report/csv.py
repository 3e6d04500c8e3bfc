"""The ranked issues as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.audit.tables import count_formula_cells, issues_csv, issues_table

if TYPE_CHECKING:
    from labelaudit.report import Options
    from labelaudit.types import Audit


def render(audit: Audit, options: Options) -> bytes:
    """Write all issues as CSV.

    Parameters
    ----------
    audit : Audit
    options : Options
        `safe_cells` is heeded.

    Returns
    -------
    bytes
        Columns as in `labelaudit.audit.tables.issues_table`.
    """
    return issues_csv(audit, safe_cells=options.safe_cells)


def formula_cells(audit: Audit) -> int:
    """Count the cells of the issues that a spreadsheet would run as a formula.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    int
    """
    return count_formula_cells(issues_table(audit))
