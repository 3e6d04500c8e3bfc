"""A recorder with a still clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remedy_example import TOOL, ledger_in

from labelaudit.remedy.record import Recorder
from labelaudit.remedy.versions import VersionStore

if TYPE_CHECKING:
    from pathlib import Path


def recorder_in(folder: Path) -> Recorder:
    return Recorder(ledger_in(folder), VersionStore(folder / ".labelaudit" / "versions"), TOOL)
