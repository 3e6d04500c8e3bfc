from __future__ import annotations

import json
import subprocess
import sys

import pytest
from audit_example import example_audit
from measured_example import ALL_CASES

from labelaudit.audit.pack import pack_audit, pack_manifest, unpack_audit
from labelaudit.errors import OutputError, SettingError
from labelaudit.report import FORMATS, find_format, parse_report, render, write_report


def test_formats_are_named_by_their_keys():
    assert list(FORMATS) == [
        "full",
        "concise",
        "json",
        "jsonl",
        "csv",
        "parquet",
        "markdown",
        "html",
        "github",
        "sarif",
        "junit",
        "gitlab",
    ]
    assert all(form.name == name for name, form in FORMATS.items())
    assert [name for name, form in FORMATS.items() if form.binary] == ["parquet"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", ALL_CASES)
def test_every_format_renders_every_case_the_same_twice(name, case):
    assert render(ALL_CASES[case](), name) == render(ALL_CASES[case](), name) != b""


@pytest.mark.parametrize("case", ALL_CASES)
def test_a_kept_run_gives_the_same_reports(case, tmp_path):
    audit = ALL_CASES[case]()
    pack_audit(audit, tmp_path)
    kept = unpack_audit(tmp_path, json.loads(json.dumps(pack_manifest(audit))))
    assert [name for name in FORMATS if render(kept, name) != render(audit, name)] == []


def test_unknown_format_is_refused_with_a_suggestion():
    with pytest.raises(SettingError) as caught:
        find_format("markdwn")
    assert caught.value.what == "there is no output format 'markdwn'"
    assert caught.value.hint == "did you mean 'markdown'?"


def test_unknown_format_unlike_any_lists_them():
    with pytest.raises(SettingError, match="there are: full, concise, json"):
        render(example_audit(), "zzz")


@pytest.mark.parametrize("spec", ["csv", "csv=", "=issues.csv", ""])
def test_spec_without_format_or_path_is_refused(spec):
    with pytest.raises(SettingError, match="does not name a report"):
        parse_report(spec)


def test_spec_to_standard_output_is_refused():
    with pytest.raises(SettingError, match="--output-format json"):
        parse_report("json=-")


def test_spec_path_may_hold_an_equals_sign():
    form, path = parse_report("csv=a=b.csv")
    assert (form.name, str(path)) == ("csv", "a=b.csv")


def test_write_report_writes_what_render_gives(tmp_path):
    path = tmp_path / "issues.csv"
    assert write_report(example_audit(), f"csv={path}") == path
    assert path.read_bytes() == render(example_audit(), "csv")
    assert list(tmp_path.iterdir()) == [path]


def test_write_report_into_a_missing_directory_is_an_output_error(tmp_path):
    with pytest.raises(OutputError):
        write_report(example_audit(), f"json={tmp_path / 'missing' / 'report.json'}")
    assert list(tmp_path.iterdir()) == []


def test_listing_formats_imports_nothing_heavy():
    code = (
        "import sys, labelaudit.report\n"
        "heavy = {'rich', 'numpy', 'pandas', 'pyarrow', 'sklearn', 'typer'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
