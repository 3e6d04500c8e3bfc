from __future__ import annotations

from pathlib import Path

import pytest
from regenerate import expected

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "report"
KEPT = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.*") if path.is_file())


@pytest.fixture(scope="module")
def reports() -> dict[str, bytes]:
    return expected()


def test_every_report_has_a_golden_file(reports):
    assert sorted(reports) == KEPT


@pytest.mark.parametrize("name", KEPT)
def test_report_is_byte_for_byte_its_golden_file(reports, name):
    assert reports[name].decode() == (FOLDER / name).read_bytes().decode()
