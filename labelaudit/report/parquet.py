"""The ranked issues as Parquet."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from labelaudit.audit.tables import issues_table

if TYPE_CHECKING:
    from labelaudit.report import Options
    from labelaudit.types import Audit


def render(audit: Audit, options: Options) -> bytes:  # noqa: ARG001
    """Write all issues as a Parquet file.

    Parameters
    ----------
    audit : Audit
    options : Options
        Nothing of it concerns this format.

    Returns
    -------
    bytes
        Columns as in `labelaudit.audit.tables.issues_table`: given and suggested have
        the type of the classes, detectors are lists, what is unknown is null.
    """
    from pyarrow import parquet

    sink = BytesIO()
    parquet.write_table(issues_table(audit), sink)
    return sink.getvalue()
