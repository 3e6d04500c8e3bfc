"""Applying: write what a plan says, and record it.

The order makes a crash harmless: the file is written aside and made durable, what it
replaces is kept, then the ledger tells of it, then it gets its name. What was interrupted
before the ledger told of it has not happened; what was interrupted later is finished by the
next change: see `labelaudit.remedy.recover`. Where the name cannot be given, a second entry
takes the first one back.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.audit.tables import label_text
from labelaudit.data.digest import file_sha256
from labelaudit.data.leftovers import owner_of
from labelaudit.data.schema import WEIGHT_COLUMN
from labelaudit.data.write import aside, check_output
from labelaudit.errors import InputError, OutputError, RunError
from labelaudit.remedy.candidates import Target
from labelaudit.remedy.columns import columns_of
from labelaudit.remedy.edits import edits_of
from labelaudit.remedy.ledger import CHANGE, VOID, Batch, relative_to_base
from labelaudit.remedy.ledger_states import last_writer
from labelaudit.remedy.recover import recover, sha256_if_there
from labelaudit.remedy.rows import TRAIN_VALUES, training_rows
from labelaudit.remedy.taken import facts_of_losses, taken_before
from labelaudit.remedy.vectors import keep_vectors
from labelaudit.types import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from labelaudit.data.write import Staged
    from labelaudit.remedy.ledger import Ledger
    from labelaudit.remedy.record import Recorder
    from labelaudit.types import Action, Dataset, Plan


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
    already : bool
        Whether the output held exactly this before. Then nothing was written, and `action`
        is the one that wrote it; empty where it came from elsewhere.
    """

    output: Path
    sha256: str
    n_changed: int
    entries: int
    action: str
    already: bool = False


def apply_plan(
    plan: Plan,
    data: Dataset,
    *,
    output: Path,
    recorder: Recorder,
    overwrite: bool = False,
    in_place: bool = False,
    weight_column: str = WEIGHT_COLUMN,
    train_values: Iterable[str] = TRAIN_VALUES,
    facts: Mapping[str, Any] | None = None,
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
        Another file than the input, unless `in_place`.
    recorder : Recorder
    overwrite : bool
        Whether an existing output may be replaced.
    in_place : bool
        Whether the output is the input. Its bytes are kept, so that it can be undone.
    weight_column : str
        What the column of weights is called, where there are any.
    train_values : iterable of str
        What the split column calls training rows, which alone get weights of their class.
    facts : mapping, optional
        What else the ledger is to say of the action: JSON values.

    Returns
    -------
    Applied

    Raises
    ------
    OutputError
        When the output is the input and may not be, exists with another content, is named
        as another format than the data has, or cannot be written.
    InputError
        When the data is no file, or has a column already that would be added.
    RunError
        When the file changed since it was read, or the ledger is damaged.
    """
    if any(action.kind is Kind.QUEUE for action in plan.actions):
        raise ValueError("a queue is written by labelaudit.review.queue.write_queue")
    source = Path(data.source.path)
    check_output(output, source, overwrite=True, in_place=in_place, form=data.source.format)
    if data.source.format not in ("csv", "parquet"):
        raise InputError(
            "only a file can be fixed, and this data was not read from one",
            where=data.source.path,
            hint="save it as CSV or Parquet first",
        )
    edits = edits_of(plan, data, weight_column=weight_column, train_values=train_values)
    changes = [_change(action, plan, data) for action in plan.actions]
    n_changed = sum(action.kind is not Kind.KEEP for action in plan.actions)
    # Elsewhere `commit` does it; here what is finished now may be this very plan.
    if in_place and recover(recorder, output):
        finished = _finished(plan, data, changes, recorder)
        if finished is not None:
            return Applied(output, finished[1], n_changed, 0, finished[0], already=True)
    _check_unchanged(source, data.source.sha256)

    def produce(staged: Staged) -> str:
        from labelaudit.data.rewrite import copy, rewrite

        if edits.is_empty:
            return copy(data.source, staged)
        sha256 = rewrite(
            data.source,
            staged,
            n_rows=data.n_rows,
            drop=edits.drop,
            replace=edits.replace,
            append=edits.append,
        )
        # What was read for it is what the ledger will say was read.
        _check_unchanged(source, data.source.sha256)
        return sha256

    told = header(plan, data, recorder, weight_column=weight_column, train_values=train_values)
    return commit(
        produce,
        output=output,
        recorder=recorder,
        kind="apply" if plan.strategy == "apply" else "fix",
        facts={
            **told,
            **_losses(plan, data, recorder, train_values),
            "added": list(edits.append),
            **(facts or {}),
        },
        changes=changes,
        n_changed=n_changed,
        overwrite=overwrite,
        in_place=in_place,
    )


def header(
    plan: Plan,
    data: Dataset,
    recorder: Recorder,
    *,
    weight_column: str = WEIGHT_COLUMN,
    train_values: Iterable[str] = TRAIN_VALUES,
) -> dict[str, Any]:
    """Give what the ledger says of a plan as a whole, and keep its labels.

    Parameters
    ----------
    plan : Plan
    data : Dataset
    recorder : Recorder
        Keeps the labels and weights before and after.
    weight_column : str
    train_values : iterable of str

    Returns
    -------
    dict
        JSON values; without the output, which is not written yet.
    """
    before, after = keep_vectors(
        plan, data, recorder.versions, weight_column=weight_column, train_values=train_values
    )
    weighted = {label_text(label): value for label, value in plan.class_weights.items()}
    return {
        "strategy": plan.strategy,
        "run": plan.run_id,
        "input": relative_to_base(Path(data.source.path), recorder.ledger.base),
        "input_sha256": data.source.sha256,
        "counts": dict(Counter(str(action.kind) for action in plan.actions)),
        "skipped": dict(plan.skipped),
        "tool": dict(recorder.tool),
        "version_before": before,
        "version_after": after,
        "columns": columns_of(data),
        "class_weights": weighted,
    }


def commit(
    produce: Callable[[Staged], str],
    *,
    output: Path,
    recorder: Recorder,
    kind: str,
    facts: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
    n_changed: int,
    overwrite: bool,
    in_place: bool = False,
) -> Applied:
    """Write a file aside, record it, and only then give it its name.

    Parameters
    ----------
    produce : callable
        Writes the file that it is given and returns its SHA-256.
    output : Path
    recorder : Recorder
    kind : str
        Of the header line.
    facts : mapping
        What the header line says beside the output.
    changes : sequence of mapping
    n_changed : int
    overwrite : bool
        Whether an existing output may be replaced. Where it may not, of several who write
        to it at once one succeeds.
    in_place : bool
        Whether the output is the input, which must then still be what `facts` call
        ``input_sha256``.

    Returns
    -------
    Applied
        With `already` set where the output held exactly this.

    Raises
    ------
    OutputError
        When something cannot be written, or is there already. No file is left behind, and
        in the ledger nothing, or an entry and another that takes it back.
    RunError
        When the ledger is damaged or locked, or the input changed meanwhile.
    """
    ledger = recorder.ledger
    _refuse_store(output, recorder)
    recover(recorder, output)
    with aside(output, owner=owner_of(ledger.path)) as staged:
        sha256 = produce(staged)
        staged.settle()
        named = {
            **facts,
            "output": relative_to_base(output, ledger.base),
            "output_sha256": sha256,
            "staged": relative_to_base(staged.aside, ledger.base),
            "in_place": in_place,
        }
        with ledger.exclusive() as append:
            replaces = sha256_if_there(staged.target)
            if replaces == sha256:
                writer = last_writer(ledger.headers(), named["output"], sha256)
                return Applied(output, sha256, n_changed, 0, writer, already=True)
            if in_place:
                _refuse_changed(str(output), replaces == facts["input_sha256"])
            staged.check(overwrite=overwrite or in_place)
            if replaces and recorder.versions.keep_file(staged.target) != replaces:
                _refuse_changed(str(output), same=False)
            named["replaces"] = replaces
            try:
                action = append(Batch(kind, named, changes))
                staged.commit(overwrite=overwrite or in_place)
            except BaseException:
                # Interrupted right after, it may have its name without knowing.
                if not staged.published and sha256_if_there(staged.target) != sha256:
                    # What went wrong first is what the user must hear of; without the second
                    # entry the file of the first still shows as missing.
                    with suppress(OutputError, RunError):
                        take_back(append, ledger, named)
                raise
    return Applied(output, sha256, n_changed, len(changes) + 1, action)


def _refuse_store(output: Path, recorder: Recorder) -> None:
    """Refuse to write where runs, the ledger and what undoing needs are kept."""
    store = recorder.versions.root.resolve().parent
    if output.resolve().is_relative_to(store):
        raise OutputError(
            "the output lies in the store, which holds the runs and the ledger",
            where=str(output),
            hint="name a file elsewhere with --output",
        )


def take_back(append: Callable[[Batch], str], ledger: Ledger, named: Mapping[str, Any]) -> None:
    """Void what the ledger tells of a file, if it does: it may have been interrupted before.

    Parameters
    ----------
    append : callable
        From `Ledger.exclusive`.
    ledger : Ledger
    named : mapping
        What the header said, ``staged`` among it.
    """
    told = [one for one in ledger.headers() if one.facts.get("staged") == named["staged"]]
    if told:
        append(Batch(VOID, {**named, "voids": told[0].action}))


def _change(action: Action, plan: Plan, data: Dataset) -> dict[str, Any]:
    change = {
        "change": str(action.kind),
        "row_id": action.row_id,
        "row": action.row,
        "fingerprint": f"{int(data.fingerprint[action.row]):016x}",
        "before": action.before,
        "after": action.after,
        "weight": action.weight,
        "reason": action.reason,
        "run": plan.run_id,
        "strategy": plan.strategy,
    }
    if action.probabilities is not None:
        change["probabilities"] = list(action.probabilities)
    elif action.kind is Kind.CORRECT:
        # The class alone does not tell how the file spelled it.
        cell = data.table.column(data.schema.one(Role.LABEL))[action.row].as_py()
        change["cell"] = "" if cell is None else str(cell)
    return change


def _losses(
    plan: Plan, data: Dataset, recorder: Recorder, train_values: Iterable[str]
) -> dict[str, Any]:
    """Give what classes lost by now, for the next fix of what is written here."""
    before = taken_before(recorder.ledger, data)
    if not (before.losses or plan.class_losses):
        return {}
    target = Target(data, training_rows(data, train_values), data.classes)
    return facts_of_losses(plan, target, before)


def _finished(
    plan: Plan, data: Dataset, changes: Sequence[Mapping[str, Any]], recorder: Recorder
) -> tuple[str, str] | None:
    """Give the action that was just this plan for just this input, and what it left."""
    source = Path(data.source.path)
    now = sha256_if_there(source)
    path = relative_to_base(source, recorder.ledger.base)
    action = last_writer(recorder.ledger.headers(), path, now)
    if not action:
        return None
    told, *lines = recorder.ledger.entries(action=action)
    same = (
        told.facts.get("input_sha256") == data.source.sha256
        and told.facts.get("run") == plan.run_id
        and [dict(line.facts) for line in lines if line.kind == CHANGE]
        == json.loads(json.dumps(list(changes)))
    )
    return (action, now) if same else None


def _check_unchanged(source: Path, sha256: str) -> None:
    try:
        now = file_sha256(source)
    except OSError as error:
        raise InputError(
            f"the data cannot be read: {error.strerror or error}", where=str(source)
        ) from error
    _refuse_changed(str(source), now == sha256)


def _refuse_changed(where: str, same: bool) -> None:  # noqa: FBT001
    if not same:
        raise RunError(
            "the file changed while it was worked on",
            where=where,
            hint="run the command again when nothing else writes to it",
        )
