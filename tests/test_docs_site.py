"""The site of the documentation: its plan fits its pages, and the reference the commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
PLAN = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
WRITE = "import sys; sys.path[:0] = ['scripts']; from write_commands import reference;"


def reference(**environment):
    return subprocess.run(
        [sys.executable, "-c", f"{WRITE} sys.stdout.buffer.write(reference().encode())"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    ).stdout


def test_the_command_reference_is_that_of_the_commands():
    written = (DOCS / "commands.md").read_bytes()
    assert reference() == written, "`make reference` renews docs/commands.md"


def test_the_reference_does_not_depend_on_the_window_or_the_reader():
    narrow = reference(COLUMNS="30", TERM="xterm-256color", FORCE_COLOR="1", LABELAUDIT_FOLDS="9")
    assert narrow == reference(COLUMNS="200", NO_COLOR="1")
    assert b"\x1b" not in narrow
    assert str(ROOT).encode() not in narrow


def test_the_reference_has_every_command_with_usage_and_examples():
    from labelaudit.cli.main import app

    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    names = [command.name for command in app.registered_commands]
    names += [f"{g} {one.name}" for g, group in groups.items() for one in group.registered_commands]
    for name in names:
        section = page.partition(f"### labelaudit {name}\n")[2].partition("\n##")[0]
        assert f"```text\nlabelaudit {name}" in section, name
        assert "`--" in section or name == "verify-ledger", name
        assert section.count("```text") == 2, name


def leaves(plan):
    for entry in plan:
        for item in entry.values() if isinstance(entry, dict) else [entry]:
            yield from leaves(item) if isinstance(item, list) else [item]


def test_every_page_stands_once_in_the_plan():
    assert sorted(leaves(PLAN["nav"])) == PAGES


def test_nothing_is_fetched_when_a_page_is_read():
    assert PLAN["theme"]["font"] is False
    assert not {"extra_css", "extra_javascript"} & set(PLAN)


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path = (DOCS / page).parent / target.partition("#")[0]
        assert path.resolve().is_relative_to(DOCS), target
        assert path.exists(), target


def test_versions_of_the_site_have_names_and_no_addresses():
    lines = (ROOT / "constraints-docs.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert any(line.startswith("mkdocs-material==") for line in pins)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pins)
