"""Applying: write what a plan says to a new file, and record it.

The order makes a crash harmless: the new file is written aside and made durable, then the
ledger tells of it, then it gets its name. What is interrupted leaves neither a file nor an
entry, or an entry whose file is missing, which the log shows. Where the name cannot be
given, a second entry takes the first one back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.data.digest import file_sha256
from labelaudit.data.write import aside, check_output
from labelaudit.errors import InputError, OutputError, RunError
from labelaudit.remedy.ledger import VOID, Batch, relative_to_base
from labelaudit.remedy.strategies import short_weight
from labelaudit.types import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from labelaudit.data.write import Staged
    from labelaudit.remedy.ledger import Ledger
    from labelaudit.types import Action, Dataset, Label, Plan

WEIGHT_COLUMN = "sample_weight"


@dataclass(frozen=True)
class Applied:
    """What applying a plan left behind.

    Attributes
    ----------
    output : Path
        The file that was written.
    sha256 : str
        Of its bytes.
    n_changed : int
        Rows that differ from the input, those removed included.
    entries : int
        Lines added to the ledger.
    action : str
        Their action in the ledger.
    """

    output: Path
    sha256: str
    n_changed: int
    entries: int
    action: str


def apply_plan(
    plan: Plan,
    data: Dataset,
    *,
    output: Path,
    ledger: Ledger,
    tool: Mapping[str, str],
    overwrite: bool = False,
    weight_column: str = WEIGHT_COLUMN,
) -> Applied:
    """Write the file that a plan describes, next to its record in the ledger.

    Rows and cells that no action names come out byte for byte as they came in.

    Parameters
    ----------
    plan : Plan
        Of drop, downweight, correct and keep actions. A queue is written by
        `labelaudit.review.queue.write_queue`.
    data : Dataset
        What the plan was made for; read from a file.
    output : Path
        Another file than the input.
    ledger : Ledger
    tool : mapping of str to str
        Recorded with the change: versions.
    overwrite : bool
        Whether an existing output may be replaced.
    weight_column : str
        What the column of weights is called, where there are any.

    Returns
    -------
    Applied

    Raises
    ------
    OutputError
        When the output is the input, exists, or cannot be written.
    InputError
        When the data is no file, or has a column of weights already.
    RunError
        When the file changed since it was read, or the ledger is damaged.
    """
    if any(action.kind is Kind.QUEUE for action in plan.actions):
        raise ValueError("a queue is written by labelaudit.review.queue.write_queue")
    source = Path(data.source.path)
    check_output(output, source, overwrite=overwrite)
    if data.source.format not in ("csv", "parquet"):
        raise InputError(
            "only a file can be fixed, and this data was not read from one",
            where=data.source.path,
            hint="save it as CSV or Parquet first",
        )
    append = _weights(plan, data, weight_column)
    replace = _corrections(plan, data)
    drop = sorted(action.row for action in plan.actions if action.kind is Kind.DROP)
    _check_unchanged(source, data.source.sha256)

    def produce(staged: Staged) -> str:
        from labelaudit.data.rewrite import rewrite

        return rewrite(
            data.source, staged, n_rows=data.n_rows, drop=drop, replace=replace, append=append
        )

    return commit(
        produce,
        output=output,
        ledger=ledger,
        kind="apply" if plan.strategy == "apply" else "fix",
        facts=header(plan, data, ledger, tool),
        changes=[_change(action, plan) for action in plan.actions],
        n_changed=sum(action.kind is not Kind.KEEP for action in plan.actions),
        overwrite=overwrite,
    )


def header(plan: Plan, data: Dataset, ledger: Ledger, tool: Mapping[str, str]) -> dict[str, Any]:
    """Give what the ledger says of a plan as a whole.

    Parameters
    ----------
    plan : Plan
    data : Dataset
    ledger : Ledger
    tool : mapping of str to str

    Returns
    -------
    dict
        JSON values; without the output, which is not written yet.
    """
    return {
        "strategy": plan.strategy,
        "run": plan.run_id,
        "input": relative_to_base(Path(data.source.path), ledger.base),
        "input_sha256": data.source.sha256,
        "counts": dict(Counter(str(action.kind) for action in plan.actions)),
        "skipped": dict(plan.skipped),
        "tool": dict(tool),
    }


def commit(
    produce: Callable[[Staged], str],
    *,
    output: Path,
    ledger: Ledger,
    kind: str,
    facts: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
    n_changed: int,
    overwrite: bool,
) -> Applied:
    """Write a file aside, record it, and only then give it its name.

    Parameters
    ----------
    produce : callable
        Writes the file that it is given and returns its SHA-256.
    output : Path
    ledger : Ledger
    kind : str
        Of the header line.
    facts : mapping
        What the header line says beside the output.
    changes : sequence of mapping
    n_changed : int
    overwrite : bool
        Whether an existing output may be replaced. Where it may not, of several who write
        to it at once one succeeds.

    Returns
    -------
    Applied

    Raises
    ------
    OutputError
        When something cannot be written, or is there already. No file is left behind, and
        in the ledger nothing, or an entry and another that takes it back.
    """
    with aside(output) as staged:
        sha256 = produce(staged)
        staged.settle()
        named = {
            **facts,
            "output": relative_to_base(output, ledger.base),
            "output_sha256": sha256,
        }
        with ledger.exclusive() as append:
            staged.check(overwrite=overwrite)
            action = append(Batch(kind, named, changes))
            try:
                staged.commit(overwrite=overwrite)
            except BaseException:
                if not staged.published:
                    # What went wrong first is what the user must hear of; without the second
                    # entry the file of the first still shows as missing.
                    with suppress(OutputError, RunError):
                        append(Batch(VOID, {**named, "voids": action}))
                raise
    return Applied(output, sha256, n_changed, len(changes) + 1, action)


def _spellings(data: Dataset, labels: set[Label]) -> dict[Label, str]:
    """Give classes as the file itself writes them; a new one is written as it is."""
    codes = {code: label for code, label in enumerate(data.classes) if label in labels}
    seen: dict[int, Counter[str]] = defaultdict(Counter)
    cells = data.table.column(data.schema.one(Role.LABEL)).to_pylist() if codes else []
    for code, cell in zip(data.y.tolist(), cells, strict=False):
        if code in codes:
            seen[code][str(cell)] += 1
    found = {label: label_text(label) for label in labels}
    for code, counts in seen.items():
        found[codes[code]] = min(counts, key=lambda text: (-counts[text], text))
    return found


def _corrections(plan: Plan, data: Dataset) -> dict[tuple[int, str], str]:
    corrected = {
        action.row: action.after
        for action in plan.actions
        if action.kind is Kind.CORRECT and action.after is not None
    }
    column = data.schema.one(Role.LABEL)
    if not corrected or column is None:
        return {}
    spelled = _spellings(data, set(corrected.values()))
    return {(row, column): spelled[label] for row, label in sorted(corrected.items())}


def _weights(plan: Plan, data: Dataset, column: str) -> dict[str, list[str] | list[float]]:
    if plan.strategy != "downweight":
        return {}
    if column in data.table.column_names:
        raise InputError(
            f"the data has a column {column!r} already",
            where=data.source.path,
            hint="call the new one otherwise with --weight-column NAME",
        )
    weights = [1.0] * data.n_rows
    for action in plan.actions:
        weights[action.row] = action.weight
    as_text = data.source.format == "csv"
    return {column: [short_weight(weight) for weight in weights] if as_text else weights}


def _change(action: Action, plan: Plan) -> dict[str, Any]:
    return {
        "change": str(action.kind),
        "row_id": action.row_id,
        "row": action.row,
        "before": action.before,
        "after": action.after,
        "weight": action.weight,
        "reason": action.reason,
        "run": plan.run_id,
        "strategy": plan.strategy,
    }


def _check_unchanged(source: Path, sha256: str) -> None:
    try:
        now = file_sha256(source)
    except OSError as error:
        raise InputError(
            f"the data cannot be read: {error.strerror or error}", where=str(source)
        ) from error
    if now != sha256:
        raise RunError(
            "the file changed while it was worked on",
            where=str(source),
            hint="run the command again when nothing else writes to it",
        )
