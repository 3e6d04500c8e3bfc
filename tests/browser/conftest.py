"""Pages of the HTML report in a browser that is there already; `make test-browser` runs these.

Whatever a page writes to the console, and every address it asks for, is held against it.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

GOLDEN = str(Path(__file__).resolve().parents[1] / "golden")
if GOLDEN not in sys.path:
    sys.path.insert(0, GOLDEN)

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser():
    named = os.environ.get("CHROMIUM")
    for name in [named] if named else NAMES:
        path = shutil.which(name)
        if path:
            return path
    return pytest.exit(
        f"no browser found ({named or ', '.join(NAMES)}): install chromium with "
        "apt-get install chromium, or name one: make test-browser CHROMIUM=/path/to/chromium",
        returncode=2,
    )


@pytest.fixture(scope="session")
def browser():
    path = find_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Without a sandbox of its own it runs in containers, too; it only opens our pages.
        flags = ["--no-sandbox", "--disable-gpu"]
        started = driver.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()


def build(name):
    from audit_example import Flag, example_audit
    from evidence_example import (
        evidence_audit,
        hostile_evidence_audit,
        large_audit,
        long_words_audit,
        numbers_audit,
        scripts_audit,
    )
    from measured_example import ALL_CASES, measured_audit

    if name == "sixty":
        both = ("neg", "pos")
        flags = [
            Flag(row, both[row % 2], both[1 - row % 2], (90 - row) / 100, f"text {row}")
            for row in range(60)
        ]
        return example_audit(flags, n=400)
    more = {
        "scripts": scripts_audit,
        "hostile-evidence": lambda: hostile_evidence_audit(ALL_CASES["hostile"]()),
        "blind-evidence": lambda: evidence_audit(measured_audit(blind="chance")),
        "large": large_audit,
        "numbers": numbers_audit,
        "long-words": long_words_audit,
    }
    return (ALL_CASES | more)[name]()


TRENDS = {"trend": ("evidence", "THREE"), "long-trend": ("many-classes", "LONG")}
"""Pages that know runs before: of which audit, and which runs."""


def page_bytes(name):
    import trend_example

    from labelaudit.report import render

    case, runs = TRENDS.get(name, (name, ""))
    return render(build(case), "html", trend=getattr(trend_example, runs, None) if runs else None)


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")

    def file(name):
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_bytes(page_bytes(name))
        return path.as_uri()

    return file


@pytest.fixture
def open_page(browser, page_file):
    contexts, asked, said = [], [], []

    def opened(name, *, width=1200, at="", **options):
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(page_file(name) + at)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert len(asked) == len(contexts)
    assert all(url.startswith("file://") for url in asked)
