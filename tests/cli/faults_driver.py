"""Run a command with a fault at each point where one could strike, and tell what is left.

A process of its own, without threads, so that it can fork: each try is a real process that
can be killed, and costs no new start of the interpreter. It prints a line of JSON a try.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = ("replace", "link", "unlink", "fsync", "mkdir", "chmod")
"""What a process may be killed before: between two of these nobody sees a difference."""
WRITES = ("replace", "link", "fsync", "mkdir")
"""What a full disk refuses, but for the writing itself, which LIMITS refuse."""
LIMITS = (0, 100, 300, 1000, 1500, 2500, 3500, 100_000)
"""The largest file a process may write, in bytes."""
MOST_POINTS = 100
KILLED = 9
"""Every so manyth point is also tried by a real kill."""
TO_SAY = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
ASIDE = re.compile(r"\.labelaudit-[-0-9a-f]+\.tmp")
HEAVY = (
    "filelock",
    "labelaudit.cli.main",
    "labelaudit.data.dataset",
    "labelaudit.data.rewrite_csv",
    "labelaudit.data.rewrite_parquet",
    "labelaudit.remedy.undo",
    "labelaudit.review.decisions",
    "pandas",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.parquet",
)
"""Imported before the processes part, which each would do again."""


def main(folder: Path, fault: str, preparing: list[list[str]], command: list[str]) -> None:
    """Try a command in a folder that is put back each time: paths in it are absolute."""
    for name in HEAVY:
        import_module(name)
    for each in preparing:
        assert tried(folder, each) == 0, said(folder)
    kept = shutil.copytree(folder, folder.parent / "kept")
    before = seen(folder)
    assert tried(folder, command) == 0, said(folder)
    tell({"before": before, "whole": seen(folder)})
    {"kill": kill, "full": fill, "limit": limit}[fault](folder, kept, command)


def kill(folder: Path, kept: Path, command: list[str]) -> None:
    """Stop the process dead at each point.

    What a killed process leaves is what is on the disk then: it is copied at every point of
    one run, and at some points the process is killed indeed, which must leave the same.
    """
    put_back(folder, kept)
    snapshots = folder.parent / "snapshots"
    snapshots.mkdir()

    def snapshot(point: int) -> None:
        shutil.copytree(folder, snapshots / f"{point:03d}")

    assert tried(folder, command, at_points(POINTS, snapshot)) == 0, said(folder)
    known: set[str] = set()
    for point, state in enumerate(sorted(snapshots.iterdir()), start=1):
        if point % KILLED == 0:

            def shot(now: int, at: int = point) -> None:
                if now == at:
                    os.kill(os.getpid(), signal.SIGKILL)

            put_back(folder, kept)
            assert tried(folder, command, at_points(POINTS, shot)) == -signal.SIGKILL
            killed = seen(folder)
            put_back(folder, state)
            assert seen(folder) == killed, point
        elif signature(state) in known:
            continue
        known.add(signature(state))
        put_back(folder, state)
        tell_rest(folder, command, point, -signal.SIGKILL)


def fill(folder: Path, kept: Path, command: list[str]) -> None:
    """Let the disk be full at each point."""
    hit = folder.parent / "hit"
    known: set[str] = set()
    for point in range(1, MOST_POINTS):

        def refuse(now: int, at: int = point) -> None:
            if now == at:
                os.close(os.open(hit, TO_SAY))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        hit.unlink(missing_ok=True)
        put_back(folder, kept)
        code = tried(folder, command, at_points(WRITES, refuse))
        if not hit.exists():
            return
        again = signature(folder) not in known
        known.add(signature(folder))
        tell_rest(folder, command, point, code, rerun=again)
    raise AssertionError("the command does not come to an end")


def limit(folder: Path, kept: Path, command: list[str]) -> None:
    """Let no file grow beyond a size."""
    import resource

    for size in LIMITS:
        put_back(folder, kept)

        def lower(size: int = size) -> None:
            # What is said goes where there is room, as to a terminal.
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        code = tried(folder, command, lower)
        tell_rest(folder, command, size, code)


def tell_rest(
    folder: Path, command: list[str], point: int, code: int, *, rerun: bool = True
) -> None:
    """Tell what is left, and what becomes of it when the command is run again."""
    told: dict[str, object] = {"point": point, "code": code, "after": seen(folder)}
    if rerun:
        told |= {"again": tried(folder, command), "finally": seen(folder)}
    tell(told)


def at_points(names: tuple[str, ...], strike: Callable[[int], None]) -> Callable[[], None]:
    """Call back before every call of these functions, with its number."""
    count, inside = 0, False

    def hooked(name: str) -> None:
        real = getattr(os, name)

        def call(*args: object, **kinds: object) -> object:
            nonlocal count, inside
            if not inside:
                inside = True
                count += 1
                try:
                    strike(count)
                finally:
                    inside = False
            return real(*args, **kinds)

        setattr(os, name, call)

    def install() -> None:
        for name in names:
            hooked(name)

    return install


def tried(folder: Path, command: list[str], install: Callable[[], None] = lambda: None) -> int:
    """Run a command in a process of its own; give its exit code, or minus the signal."""
    child = os.fork()
    if not child:
        os.chdir(folder)
        for stream in (1, 2):
            os.dup2(os.open(folder.parent / "said.txt", TO_SAY, 0o644), stream)
        install()
        from labelaudit.cli.main import run

        os._exit(run(command))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def seen(folder: Path) -> dict[str, object]:
    """Tell what is in a folder, and what the ledger says."""
    from labelaudit.errors import LabelauditError
    from labelaudit.remedy.ledger import JsonlLedger
    from labelaudit.remedy.ledger_states import standing

    ledger = JsonlLedger(folder / ".labelaudit" / "ledger.jsonl", "nobody")
    try:
        entries = list(ledger.entries())
    except LabelauditError as error:
        return {"broken": str(error)}
    return {
        "broken": "",
        "files": {
            one.name: digest(one)
            for one in sorted(folder.iterdir())
            if one.is_file() and not ASIDE.fullmatch(one.name)
        },
        "standing": [[one.kind, one.facts["strategy"]] for one in standing(entries)],
        "leftovers": len(list(folder.rglob(".labelaudit-*.tmp"))),
    }


def signature(folder: Path) -> str:
    """Tell states of one run apart."""
    return json.dumps(
        sorted(
            (ASIDE.sub("aside", str(one.relative_to(folder))), digest(one))
            for one in folder.rglob("*")
            if one.is_file()
        )
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put_back(folder: Path, state: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(state, folder)


def said(folder: Path) -> str:
    return (folder.parent / "said.txt").read_text()


def tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4]))
