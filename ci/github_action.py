"""What the GitHub Action of this repository runs: audit, judge, and say what came of it.

Everything comes by environment variables, so that no input is ever part of a script. See
``action.yml`` for what each means.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

USER_CAN_FIX = 2
_PAGE = "GITHUB_STEP_SUMMARY"


def main() -> int:
    """Audit and judge; give the exit code of the gate, or of what went wrong."""
    try:
        data, folder = _input("DATA"), Path(_input("REPORTS"))
        extra, gate_extra = (shlex.split(_input(name)) for name in ("ARGS", "CHECK_ARGS"))
    except ValueError as error:
        return _refuse(f"an input cannot be split into words: {error}")
    if not data or data == "-":
        return _refuse("the input data names no file")
    if not str(folder).isprintable():
        return _refuse("the input reports is no plain path")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        told, page = Path(aside) / "report.json", Path(aside) / "page.md"
        reports = [f"sarif={folder / 'labelaudit.sarif'}", f"json={told}"]
        words = [word for report in reports for word in ("--report", report)]
        words += ["--output-format", _input("FORMAT") or "github"]
        # The report waits until the gate, whose answer comes first on the page, has spoken.
        done = _labelaudit("detect", *words, *extra, "--", data, page=page)
        if done.returncode > 1 or not told.is_file():
            return done.returncode or USER_CAN_FIX
        summary = json.loads(told.read_text(encoding="utf-8"))["summary"]
        outputs = {
            "outcome": "",
            "flagged": str(summary["flagged"]),
            "reports": str(folder),
            "sarif": str(folder / "labelaudit.sarif"),
        }
        code = done.returncode
        if _input("GATE") != "false":
            judged, outcome = _judge(folder, gate_extra)
            code, outputs["outcome"] = judged or code, outcome
        _add_to_page(page)
    _tell(outputs)
    return code


def _judge(folder: Path, extra: list[str]) -> tuple[int, str]:
    conditions = [line.strip() for line in _input("FAIL_ON").splitlines() if line.strip()]
    asked = [word for condition in conditions for word in ("--fail-on", condition)]
    junit = f"junit={folder / 'labelaudit.xml'}"
    judged = _labelaudit(
        "check", "--json", "--report", junit, *asked, *extra, stdout=subprocess.PIPE
    )
    outcome = json.loads(judged.stdout)["outcome"] if judged.returncode <= 1 else ""
    return judged.returncode, outcome


def _add_to_page(waiting: Path) -> None:
    page = os.environ.get(_PAGE)
    if not page or not waiting.is_file():
        return
    try:
        with Path(page).open("ab") as file:
            file.write(b"\n" * bool(file.tell()) + waiting.read_bytes())
    except OSError as error:
        print(f"::warning::labelaudit: no step summary: {error}", file=sys.stderr)


def _input(name: str) -> str:
    return os.environ.get(f"AUDIT_{name}", "")


def _labelaudit(
    *words: str, stdout: int | None = None, page: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = dict(os.environ)
    if page is not None and environment.get(_PAGE):
        environment[_PAGE] = str(page)
    return subprocess.run(
        [sys.executable, "-m", "labelaudit", *words], check=False, stdout=stdout, env=environment
    )


def _refuse(what: str) -> int:
    print(f"::error::labelaudit: {what}".replace("\n", " "), file=sys.stderr)
    return USER_CAN_FIX


def _tell(outputs: dict[str, str]) -> None:
    path = os.environ.get("GITHUB_OUTPUT")
    lines = "".join(f"{name}={value}\n" for name, value in outputs.items())
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(lines)
    else:
        sys.stdout.write(lines)


if __name__ == "__main__":
    sys.exit(main())
