"""Write the expected reports anew; look at the difference before you keep it.

Run it as ``python tests/golden/regenerate.py``. It deletes what it no longer expects.
"""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from measured_example import ALL_CASES  # noqa: E402

WIDTHS = (60, 80, 120, 200)
NEXT_STEPS = ("labelaudit fix reviews.csv --strategy relabel", "labelaudit check reviews.csv")


def expected() -> dict[str, bytes]:
    """Give each report by its path below ``tests/golden/report``.

    Parquet is not among them: its bytes tell the version of the library that wrote them.
    """
    from rich.console import Console

    from labelaudit.report import render
    from labelaudit.report.terminal import print_full

    reports = {}
    for name, build in ALL_CASES.items():
        audit = build()
        for width in WIDTHS:
            reports[f"{name}/full-{width}.txt"] = render(audit, "full", width=width)
        reports[f"{name}/concise.txt"] = render(audit, "concise")
        reports[f"{name}/report.json"] = render(audit, "json")
        reports[f"{name}/report.jsonl"] = render(audit, "jsonl")
        reports[f"{name}/issues.csv"] = render(audit, "csv")
        reports[f"{name}/report.md"] = render(audit, "markdown")
        reports[f"{name}/report.html"] = told_in(render(audit, "html"))
    reports |= for_ci()
    reports["hostile/issues-safe.csv"] = render(ALL_CASES["hostile"](), "csv", safe_cells=True)
    paper = StringIO()
    console = Console(
        file=paper, width=80, force_terminal=True, color_system="standard", _environ={}
    )
    print_full(ALL_CASES["plain"](), console, limit=2, run_id="20240101-abc", next_steps=NEXT_STEPS)
    reports["plain/full-colour.txt"] = paper.getvalue().encode()
    return reports


def told_in(page: bytes) -> bytes:
    """Leave out of a page what is the same in each, and drawings but for their words.

    Drawings tell the version of the library that made them.
    """
    text = page.decode()
    for pattern, left in (
        (r"<(style|script)>.*?</\1>", r"<\1/>"),
        (r"sha256-[\w+/=]*", "sha256-"),
        (r'(<svg class="picture")[^>]*(>.*?</desc>).*?</svg>', r"\1\2</svg>"),
    ):
        text = re.sub(pattern, left, text, flags=re.DOTALL)
    return text.encode()


CI_FORMATS = {
    "github": "github.txt",
    "sarif": "report.sarif",
    "junit": "junit.xml",
    "gitlab": "gitlab.json",
}


def for_ci() -> dict[str, bytes]:
    """Give the reports for CI, with the text of rows where it is hostile."""
    from labelaudit.audit.gate import judge
    from labelaudit.report import render

    reports = {}
    for name in ("plain", "blind", "measured", "hostile"):
        audit = ALL_CASES[name]()
        gate = judge(audit, max_flagged=0.05, max_high=0.5, max_class_flagged=0.1)
        reports[f"{name}/gate-junit.xml"] = render(audit, "junit", gate=gate)
    for form, file in CI_FORMATS.items():
        for name, build in ALL_CASES.items():
            reports[f"{name}/{file}"] = render(build(), form)
        hostile = render(ALL_CASES["hostile"](), form, include_text=True)
        reports[f"hostile/with-text-{file}"] = hostile
    return reports


def main() -> None:
    """Make ``tests/golden/report`` what the code now says."""
    folder = HERE / "report"
    reports = expected()
    for path in sorted(folder.rglob("*.*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in reports:
            path.unlink()
    for name, content in reports.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
