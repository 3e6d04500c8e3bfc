"""What is kept of a run: a directory that is complete or absent."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.audit.pack import pack_audit, pack_manifest, unpack_audit
from labelaudit.data.leftovers import aside_name, leftovers, sweep
from labelaudit.errors import OutputError, RunError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from labelaudit.types import Audit

MANIFEST = "manifest.json"
_LATEST = "latest"
_VERSION = 3
_STAMP = len("20260314-120000")


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Run:
    """A kept run.

    Attributes
    ----------
    id : str
    path : Path
        Its directory.
    manifest : mapping
        How and when it was made: versions, command, settings, source, timings, and the
        counts that `labelaudit runs` lists.
    """

    id: str
    path: Path
    manifest: Mapping[str, Any]

    def beside_store(self, way: str | None) -> Path | None:
        """Follow a way that begins beside the store; None where there is none."""
        store = Path(os.path.abspath(self.path)).parents[1]  # noqa: PTH100 links stay links
        return None if way is None else Path(os.path.normpath(store.parent / way))

    def audit(self) -> Audit:
        """Give back the Audit as it was.

        Raises
        ------
        RunError
            When a file of the run is missing or damaged.
        """
        return unpack_audit(self.path, self.manifest)


class RunStore:
    """The runs kept in one directory, usually ``.labelaudit``.

    Parameters
    ----------
    root : Path
        Made when the first run is saved.
    clock : callable, optional
        Gives the time; for tests.
    """

    def __init__(self, root: Path, *, clock: Callable[[], datetime] = now) -> None:
        self.root = root
        self._clock = clock

    @property
    def runs_path(self) -> Path:
        """The directory the runs lie in."""
        return self.root / "runs"

    @property
    def ledger_path(self) -> Path:
        """The file that holds every change ever made."""
        return self.root / "ledger.jsonl"

    @property
    def versions_path(self) -> Path:
        """The directory that holds what undoing a change needs."""
        return self.root / "versions"

    @property
    def samples_path(self) -> Path:
        """The directory that tells how samples for people were drawn."""
        return self.root / "samples"

    def save(
        self,
        audit: Audit,
        *,
        command: Sequence[str],
        directory: Path,
        seconds: Mapping[str, float],
    ) -> Run:
        """Keep a run and make it the latest.

        Parameters
        ----------
        audit : Audit
        command : sequence of str
            As it was called.
        directory : Path
            Where it was called, which the path of its source may be relative to.
        seconds : mapping of str to float
            How long each part took.

        Returns
        -------
        Run

        Raises
        ------
        OutputError
            When the directory cannot be written; nothing is left behind.
        """
        started = self._clock()
        manifest = {
            "format": _VERSION,
            "created": started.isoformat(timespec="seconds"),
            "command": list(command),
            "directory": str(directory),
            "from_store": self._from_store(directory / audit.source.path),
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
            **pack_manifest(audit),
        }
        aside = self.runs_path / aside_name()
        try:
            self.runs_path.mkdir(parents=True, exist_ok=True)
            # A process that was killed could not clear away what it had begun.
            sweep(path for folder in (self.runs_path, self.root) for path in leftovers(folder))
            aside.mkdir()
            _write_run(aside, audit, manifest)
            run_id, path = self._claim(aside, started, audit.source.path)
            self._point_latest(run_id)
        except OSError as error:
            raise OutputError(
                f"cannot keep the run: {error.strerror or error}",
                where=str(error.filename or self.runs_path),
                hint="free space or permissions there, or choose another directory with --store",
            ) from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return Run(run_id, path, manifest)

    def _from_store(self, source: Path) -> str | None:
        """Give the way from beside the store to the data: it holds in a copy of both."""
        try:
            return Path(os.path.relpath(source, self.root.absolute().parent)).as_posix()
        except ValueError:
            return None  # Another drive.

    def _claim(self, aside: Path, started: datetime, source: str) -> tuple[str, Path]:
        stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(source).stem).strip("-").lower()[:40] or "data"
        base = f"{started:%Y%m%d-%H%M%S}-{stem}"
        for number in range(1, 10_000):
            run_id = base if number == 1 else f"{base}-{number}"
            path = self.runs_path / run_id
            try:
                # Renaming onto a directory that holds files fails, so two runs of one
                # second never share a name.
                aside.rename(path)
            except OSError:
                if not path.exists():
                    raise
            else:
                return run_id, path
        raise OutputError("too many runs in one second", where=str(self.runs_path))

    def _point_latest(self, run_id: str) -> None:
        aside = self.root / aside_name()
        try:
            aside.write_text(run_id + "\n", encoding="utf-8")
            aside.replace(self.root / _LATEST)
        finally:
            aside.unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Give the ids of the runs kept, oldest first."""
        if not self.runs_path.is_dir():
            return []
        found = [path.parent.name for path in self.runs_path.glob(f"[!.]*/{MANIFEST}")]
        # Runs of one second differ in the number at their end, which has no leading zeros.
        return sorted(found, key=lambda run_id: (run_id[:_STAMP], len(run_id), run_id))

    def load(self, run_id: str | None = None) -> Run:
        """Find a run.

        Parameters
        ----------
        run_id : str, optional
            An id or the unambiguous beginning of one; the latest run when left out.

        Returns
        -------
        Run

        Raises
        ------
        RunError
            When there is no such run, or it is damaged.
        """
        ids = self.ids()
        if not ids:
            raise RunError(
                "there is no run to go by",
                where=str(self.root),
                hint="run `labelaudit detect DATA` first, or name its directory with --store",
            )
        return self.open(self._latest(ids) if run_id is None else self._match(run_id, ids))

    def open(self, run_id: str) -> Run:
        """Read a run by its whole id, without a look at the others.

        Parameters
        ----------
        run_id : str
            One of `ids`.

        Returns
        -------
        Run

        Raises
        ------
        RunError
            When it is damaged or gone.
        """
        path = self.runs_path / run_id
        try:
            manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(
                f"the run is damaged: {error}",
                where=str(path),
                hint="run `labelaudit detect` again",
            ) from None
        kept_as = manifest.get("format") if isinstance(manifest, dict) else None
        if kept_as != _VERSION:
            raise RunError(
                f"the run was kept in format {kept_as!r}, not {_VERSION}",
                where=str(path),
                hint="run `labelaudit detect` again with this version",
            )
        return Run(run_id, path, manifest)

    def _latest(self, ids: list[str]) -> str:
        try:
            latest = (self.root / _LATEST).read_text(encoding="utf-8").strip()
        except OSError:
            return ids[-1]
        if latest not in ids:
            raise RunError(
                f"the latest run {latest!r} is gone",
                where=str(self.runs_path),
                hint="name another: `labelaudit runs` lists them",
            )
        return latest

    def _match(self, run_id: str, ids: list[str]) -> str:
        if run_id in ids:
            return run_id
        found = [one for one in ids if one.startswith(run_id)]
        if len(found) == 1:
            return found[0]
        if found:
            raise RunError(f"{run_id!r} could be any of {len(found)} runs", where=", ".join(found))
        raise RunError(
            f"there is no run {run_id!r}",
            where=str(self.runs_path),
            hint=did_you_mean(run_id, ids) or "`labelaudit runs` lists them",
        )


def _write_run(path: Path, audit: Audit, manifest: Mapping[str, Any]) -> None:
    pack_audit(audit, path)
    # ASCII escapes: a file name that is no UTF-8 must not stop a run from being kept.
    text = json.dumps(manifest, indent=2)
    (path / MANIFEST).write_text(text + "\n", encoding="utf-8")
