"""Settings that are wrong: said before any data is read, and blamed on where they stand."""

from __future__ import annotations

import pytest
from prepared_run import prepare


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("id,text,label\n" + "".join(f"{n},word {n},{'ab'[n % 2]}\n" for n in range(30)))
    return path


@pytest.fixture
def unreadable(monkeypatch):
    """Make reading any table a fault of the test."""

    def read(*_args, **_kwargs):
        raise AssertionError("the data was read")

    monkeypatch.setattr("labelaudit.data.read.read_table", read)


def told(answer):
    assert (answer.code, answer.out) == (2, "")
    return [line for line in answer.err.splitlines() if line.startswith(("error:", "  "))]


@pytest.mark.parametrize("command", ["detect", "check", "config", "log"])
def test_a_mistyped_variable_does_not_loosen_a_gate(cli, tmp_path, monkeypatch, command):
    prepare(tmp_path)
    monkeypatch.setenv("LABELAUDIT_MAX_FLAGED", "1%")
    assert told(cli(*([command, "data.csv"] if command == "detect" else [command]))) == [
        "error: there is no setting 'LABELAUDIT_MAX_FLAGED'",
        "  where: the environment",
        "  hint: did you mean 'LABELAUDIT_MAX_FLAGGED'?",
    ]


def test_a_column_that_is_not_there_is_blamed_on_who_named_it(cli, data, tmp_path, monkeypatch):
    error = "error: no column is named 'nosuch'"
    assert told(cli("detect", data, "--label", "nosuch"))[:2] == [error, "  where: --label"]
    (tmp_path / "labelaudit.toml").write_text('label = "nosuch"\nweight-column = "w"\n')
    file = f"  where: {tmp_path / 'labelaudit.toml'}, label"
    assert told(cli("detect", data))[:2] == [error, file]
    monkeypatch.setenv("LABELAUDIT_LABEL", "nosuch")
    assert told(cli("detect", data))[:2] == [error, "  where: LABELAUDIT_LABEL"]
    assert told(cli("detect", data, "--label=nosuch"))[:2] == [error, "  where: --label"]
    assert told(cli("detect", data, "--id", "nosuch", "--label", "label"))[:2] == [
        error,
        "  where: --id",
    ]


@pytest.mark.parametrize(
    ("option", "name", "error", "hint"),
    [
        ("model", "logrg", "there is no model 'logrg'", "did you mean 'logreg'?"),
        (
            "detectors",
            "labelposterior",
            "there is no detector 'labelposterior'",
            "did you mean 'label-posterior'?",
        ),
    ],
)
@pytest.mark.usefixtures("unreadable")
def test_names_are_looked_up_before_data_is_read(
    cli, data, tmp_path, monkeypatch, option, name, error, hint
):
    lines = told(cli("detect", data, f"--{option}", name))
    assert lines[:2] == [f"error: {error}", f"  where: --{option}"]
    assert hint in lines[2]
    monkeypatch.setenv(f"LABELAUDIT_{option.upper()}", name)
    lines = told(cli("detect", data))
    assert lines[:2] == [f"error: {error}", f"  where: LABELAUDIT_{option.upper()}"]
    # What takes no models and no detectors works with it.
    assert cli("runs").code == 0
    monkeypatch.delenv(f"LABELAUDIT_{option.upper()}")
    (tmp_path / "labelaudit.toml").write_text(f'[detect]\n{option} = ["{name}"]\n')
    assert told(cli("detect", data))[1] == (f"  where: {tmp_path / 'labelaudit.toml'}, {option}")


@pytest.mark.parametrize("second", ["json=x.csv", "csv=./x.csv", "json=link.csv"])
@pytest.mark.parametrize("command", ["detect", "report"])
def test_two_reports_to_one_file_are_refused(cli, tmp_path, command, second):
    prepare(tmp_path)
    (tmp_path / "link.csv").symlink_to("x.csv")
    before = sorted(tmp_path.rglob("*"))
    data = ["data.csv"] if command == "detect" else []
    assert told(cli(command, *data, "--report", "csv=x.csv", "--report", second)) == [
        "error: two reports go to one file, and the second would replace the first",
        f"  where: --report csv=x.csv and --report {second}",
        "  hint: give each a path of its own",
    ]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_summary_page_takes_several_reports(cli, tmp_path, monkeypatch):
    prepare(tmp_path)
    page = tmp_path / "page.md"
    page.touch()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    to_page = ["--report", f"markdown={page}"]
    once = cli("report", "-q", *to_page)
    assert once.code == 0
    size = page.stat().st_size
    assert cli("report", "-q", *to_page, *to_page, "--report", "csv=x.csv").code == 0
    assert page.stat().st_size >= 3 * size
    assert (tmp_path / "x.csv").exists()
