"""Whether two runs asked the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gate_example import audit_of, keep, write_rows

from labelaudit.audit.gate_settings import MadeOtherwise, made_otherwise


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Keep runs that differ in their settings, each on a day of its own."""
    monkeypatch.chdir(tmp_path)
    audit = audit_of(write_rows(tmp_path / "rows.csv"))
    days = iter(range(1, 20))

    def keeps(**settings):
        return keep(replace(audit, settings={**audit.settings, **settings}), next(days))

    return keeps


def test_the_same_settings_leave_no_doubt(kept):
    assert made_otherwise(kept(), kept()) == MadeOtherwise()


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        ({"threshold": 0.9}, {"threshold": 0.25}, "threshold 0.9, now 0.25"),
        (
            {"detectors": ["rules"]},
            {"detectors": ["rules", "duplicates"]},
            "detectors rules, now rules, duplicates",
        ),
    ],
)
def test_what_decides_on_flags_is_a_doubt(kept, then, now, told):
    earlier = kept(**then)
    otherwise = made_otherwise(earlier, kept(**now))
    assert otherwise.doubt == f"run {earlier.id} flagged by other settings: {told}"
    assert otherwise.note == ""


def test_what_else_differs_is_a_note_and_five_are_named(kept):
    then = {f"setting{number}": 1 for number in range(7)}
    earlier = kept(threshold=0.9, **then)
    otherwise = made_otherwise(earlier, kept(threshold=0.25, **dict.fromkeys(then, 2)))
    assert otherwise.doubt.endswith("threshold 0.9, now 0.25")
    assert otherwise.note.startswith(f"run {earlier.id} was made otherwise: setting0 1, now 2, ")
    assert otherwise.note.endswith("setting4 1, now 2, and 2 more")
