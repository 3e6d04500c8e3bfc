"""Everything that a change is recorded with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.remedy.ledger import Ledger
    from labelaudit.remedy.versions import VersionStore


@dataclass(frozen=True)
class Recorder:
    """Where a change is recorded, and what of it is kept.

    Attributes
    ----------
    ledger : Ledger
    versions : VersionStore
        Keeps labels before and after, and the bytes of a file that is replaced.
    tool : mapping of str to str
        Recorded with every change: versions.
    """

    ledger: Ledger
    versions: VersionStore
    tool: Mapping[str, str] = field(default_factory=dict)
