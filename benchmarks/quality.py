"""Measure how well labelaudit and its peers find errors, on the same files.

DIR has the folders real_noise/, embeddings/ and clean/ (see quality_sets.py); without it the
environment variable LABELAUDIT_BENCH names it, or else the repository's sample_data/ is
taken. Each pipeline runs each set in a process of its own, on one thread. Results are kept
one by one in OUTPUT/cache, so that an interrupted run goes on where it stopped; they are
measured anew when the data, the libraries or the code of that pipeline change.

    python benchmarks/quality.py DIR --quick
    python benchmarks/quality.py DIR --full --rows 4000 --picture curve.svg
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peers import OURS, PIPELINES, child_environment, read_found
from quality_metrics import measure
from quality_sets import (
    SAMPLE_DATA,
    BenchSet,
    Prepared,
    Roles,
    Setting,
    Source,
    choose_settings,
    find_sets,
    read_roles,
)
from quality_summary import summarise
from quality_tables import write_report, write_summary
from threadpoolctl import threadpool_limits

import labelaudit
from labelaudit.config import specs
from labelaudit.errors import LabelauditError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quality_compare import Record

HERE = Path(__file__).parent
PACKAGE = Path(labelaudit.__file__).parent
QUICK_ROWS = 1000
MAX_JOBS = 4
LIBRARIES = ("cleanlab", "numpy", "pandas", "scikit-learn", "scipy")
SHARED_CODE = ("peers.py", "quality_sets.py", "quality_metrics.py")
LAST_WORDS = 300


@dataclass(frozen=True)
class Plan:
    """Everything that is to be measured, and how."""

    settings: dict[str, list[Setting]]
    roles: Roles
    pipelines: tuple[str, ...]
    rows: int | None
    seed: int
    timeout: float
    output: Path


def digest(*parts: object) -> str:
    """Hash anything that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def code_hash(pipeline: str) -> str:
    """Hash the code that has a say in a pipeline's figures."""
    paths = [HERE / name for name in SHARED_CODE] + [PACKAGE / "measure" / "noise.py"]
    versions = [version(name) for name in LIBRARIES]
    settings: list[str] = []
    if pipeline in OURS:
        paths += sorted(PACKAGE.rglob("*.py"))
        versions += [version(name) for name in ("labelaudit", "skrub", "pyarrow")]
        settings = sorted(f"{name}={spec.default!r}" for name, spec in specs().items())
    sources = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    return digest(pipeline, platform.python_version(), versions, settings, sources)


def changed_meanwhile(pipelines: tuple[str, ...]) -> bool:
    """Tell whether the code is no longer what it was when it was first hashed."""
    before = [code_hash(name) for name in pipelines]
    code_hash.cache_clear()
    return [code_hash(name) for name in pipelines] != before


class Bench:
    """Measures the settings of one set after another."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cache = plan.output / "cache"
        self._cache.mkdir(parents=True, exist_ok=True)
        # Hundreds of small files that nobody wants in a commit.
        (self._cache / ".gitignore").write_text("*\n", encoding="utf-8")

    def run_set(self, one: BenchSet) -> list[Record]:
        """Measure one set in all its settings."""
        source: Source | None = None
        records = []
        for setting in self._plan.settings[one.name]:
            kept = {name: self._kept(one, setting, name) for name in self._plan.pipelines}
            if not all(kept.values()):
                source = source or Source(one, self._plan.rows, self._plan.seed)
                for record in self._run_setting(one, source, setting, kept):
                    kept[record["pipeline"]] = record
            role = self._plan.roles.of(one.name)
            records += [{**record, "role": role} for record in kept.values() if record]
        return records

    def _path(self, one: BenchSet, setting: Setting, pipeline: str) -> Path:
        plan = self._plan
        key = digest(
            one.sha256, one.folder, setting.kind, setting.rate, plan.rows, plan.seed,
            code_hash(pipeline),
        )  # fmt: skip
        name = f"{one.name}-{setting}-{pipeline}-{key[:16]}".replace(" ", "-")
        return self._cache / f"{name}.json"

    def _kept(self, one: BenchSet, setting: Setting, pipeline: str) -> Record | None:
        path = self._path(one, setting, pipeline)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _run_setting(
        self, one: BenchSet, source: Source, setting: Setting, kept: dict[str, Record | None]
    ) -> Iterator[Record]:
        missing = [name for name, record in kept.items() if record is None]
        about = {
            "set": one.name,
            "folder": one.folder,
            "group": source.group,
            "kind": setting.kind,
            "rate": setting.rate,
            "setting": str(setting),
            "rows": len(source.frame),
            "classes": int(source.frame["label"].nunique()),
            "error_rate": None,
        }
        try:
            prepared = source.prepare(setting)
        except (ValueError, LabelauditError) as error:
            # One set that takes no such noise must not end a run of hours.
            for pipeline in missing:
                yield {**about, "pipeline": pipeline, "error": f"errors not planted: {error}"}
            return
        about["error_rate"] = float(prepared.wrong.mean())
        with tempfile.TemporaryDirectory() as temporary:
            file = Path(temporary) / "rows.parquet"
            prepared.frame.to_parquet(file, index=False)
            for pipeline in missing:
                outcome = self._run_pipeline(pipeline, file, prepared)
                record = without_nan({**about, "pipeline": pipeline, **outcome})
                if "error" not in record:
                    write_aside(self._path(one, setting, pipeline), json.dumps(record) + "\n")
                tell(record)
                yield record

    def _run_pipeline(self, pipeline: str, file: Path, prepared: Prepared) -> dict[str, Any]:
        result = file.with_name(f"{pipeline}.npz")
        ran = run_child(pipeline, file, result, self._plan.timeout)
        if "error" in ran:
            return ran
        found, run = read_found(result)
        if found is None:
            return {"skipped": run["skipped"]}
        given = prepared.frame["label"].to_numpy(dtype=str)
        took = {"seconds": run["seconds"], "peak_mb": run["peak_mb"], **ran}
        figures = {**measure(found, given, prepared.truth), **took}
        return {"figures": figures, "facts": found.facts}


def run_child(pipeline: str, file: Path, result: Path, timeout: float) -> dict[str, Any]:
    """Run a pipeline in a process of its own.

    Parameters
    ----------
    pipeline : str
    file, result : Path
        What it reads, and where it leaves what it found.
    timeout : float
        Seconds after which it is ended.

    Returns
    -------
    dict
        ``process_seconds``, or ``error``: the last line that it wrote.
    """
    command = [sys.executable, str(HERE / "peers.py"), pipeline, str(file), str(result)]
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=file.parent,
            env=child_environment(),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {timeout:g} s"}
    if done.returncode or not result.exists():
        words = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        return {"error": words[-1].replace(str(file.parent), "…")[:LAST_WORDS]}
    return {"process_seconds": time.perf_counter() - start}


def without_nan(value: Any) -> Any:  # noqa: ANN401
    """Replace NaN and infinities by None, which JSON can hold."""
    if isinstance(value, dict):
        return {name: without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_aside(path: Path, content: str) -> None:
    """Write a file that is complete or absent."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    aside.write_text(content, encoding="utf-8")
    aside.replace(path)


def tell(record: Record) -> None:
    """Say on stderr what was measured."""
    figures = record.get("figures")
    if figures is None:
        outcome = f"skipped: {record['skipped']}" if "skipped" in record else record["error"]
    else:
        area = figures["auprc"]
        outcome = f"{figures['process_seconds']:.1f} s"
        if area is not None:
            outcome = f"AUPRC {area:.3f}, {outcome}"
    name = f"{record['set']} ({record['setting']}, {record['rows']:,} rows)"
    print(f"{name}: {record['pipeline']}: {outcome}", file=sys.stderr, flush=True)


def describe(plan: Plan, *, quick: bool, every: bool, jobs: int) -> dict[str, Any]:
    """Say what the figures were made with."""
    kinds = "every kind at every rate" if every else "kinds rotate over the sets"
    return {
        "run": "quick" if quick else "full",
        "rows": f"at most {plan.rows:,} a set" if plan.rows else "all",
        "errors planted in clean sets": kinds,
        "seed": plan.seed,
        "sets measured at once": jobs,
        "labelaudit": version("labelaudit"),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "Python": platform.python_version(),
    }


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="the default: 1,000 rows, 8 clean sets, 3 rates"
    )
    size.add_argument("--full", action="store_true", help="all sets, whole, at six rates")
    parser.add_argument("--every", action="store_true", help="every kind of noise at every rate")
    parser.add_argument("--rows", type=int, help="look at this many rows of a set at most")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these sets only")
    parser.add_argument(
        "--pipelines", nargs="+", choices=PIPELINES, default=list(PIPELINES), metavar="NAME",
        help=f"these only, of: {', '.join(PIPELINES)}",
    )  # fmt: skip
    parser.add_argument(
        "--sets", type=Path, default=HERE / "quality_sets.toml", help="roles of the sets, as TOML"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the errors and the rows drawn")
    parser.add_argument(
        "--jobs",
        type=int,
        help="sets measured at once, which makes each slower; 1 in a full run, else the cores",
    )
    parser.add_argument("--timeout", type=float, default=7200, help="seconds for one pipeline")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "quality")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw errors found there")
    return parser.parse_args(arguments)


def choose_directory(given: Path | None) -> Path:
    """Take the directory given, the environment's, or sample_data/."""
    if given is not None:
        return given
    named = os.environ.get("LABELAUDIT_BENCH")
    return Path(named) if named else SAMPLE_DATA


def choose_sets(directory: Path, only: list[str] | None) -> list[BenchSet]:
    """Find the sets, and see that those named are among them."""
    sets = find_sets(directory)
    unknown = sorted(set(only or ()) - {one.name for one in sets})
    if unknown:
        known = ", ".join(one.name for one in sets)
        raise SystemExit(f"error: there is no set {unknown[0]!r}\nhint: there are: {known}")
    return sets


def main() -> None:
    """Measure everything and write the report."""
    chosen = parse_arguments()
    quick = not chosen.full
    roles = read_roles(chosen.sets)
    sets = choose_sets(choose_directory(chosen.directory), chosen.only)
    plan = Plan(
        settings=choose_settings(sets, roles, quick=quick, every=chosen.every, only=chosen.only),
        roles=roles,
        pipelines=tuple(name for name in PIPELINES if name in chosen.pipelines),
        rows=chosen.rows or (QUICK_ROWS if quick else None),
        seed=chosen.seed,
        timeout=chosen.timeout,
        output=chosen.output,
    )
    bench = Bench(plan)
    measured = [one for one in sets if one.name in plan.settings]
    jobs = chosen.jobs or (min(os.cpu_count() or 1, MAX_JOBS) if quick else 1)
    with threadpool_limits(limits=1), ThreadPoolExecutor(jobs) as pool:
        records = [record for found in pool.map(bench.run_set, measured) for record in found]
    about = describe(plan, quick=quick, every=chosen.every, jobs=jobs)
    if changed_meanwhile(plan.pipelines):
        about["caution"] = "the code was changed while it was measured: run again"
    report = {"about": about, "summary": without_nan(summarise(records)), "records": records}
    write_aside(plan.output / "quality.json", json.dumps(report, indent=1) + "\n")
    write_aside(plan.output / "quality.md", write_report(report) + "\n")
    print(write_summary(report))
    print(f"\nMeans, comparisons and every set: {plan.output / 'quality.md'}")
    if chosen.picture:
        from quality_picture import draw

        if not draw(records, chosen.picture):
            print("no set with real errors was measured: no picture", file=sys.stderr)


if __name__ == "__main__":
    main()
