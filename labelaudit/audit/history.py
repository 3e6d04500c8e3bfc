"""How the runs of one file follow each other, and what besides the labels changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.audit.pack import SUMMARY, VERIFIED
from labelaudit.audit.plain import schema_from, summary_from
from labelaudit.audit.run_source import same_source
from labelaudit.audit.summarise import wilson
from labelaudit.audit.tables import label_text
from labelaudit.errors import RunError, SettingError, did_you_mean
from labelaudit.types import FEATURE_ROLES, Role, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelaudit.audit.runs import Run, RunStore
    from labelaudit.types import ClassSummary, Rate, Schema, Summary

SETTING, COLUMN, VERSION = "setting", "column", "version"
"""What a `Change` may be about."""

_NAMED = 5
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class Change:
    """Something other than rows and labels that differs from the run before.

    Attributes
    ----------
    kind : str
        ``"setting"``, ``"column"`` or ``"version"``.
    name : str
        The setting (``"seed"``), what the columns are for (``"label"``, ``"features"``), or
        the library.
    before, after : str
        For people; of feature columns only those that the other run has not. ``"none"``
        where there is nothing.
    """

    kind: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Point:
    """One run of a trend.

    Attributes
    ----------
    run : str
    created : str
        ISO 8601, in UTC.
    rows, judged, flagged, high : int
        Rows of the file; those with a label and an opinion; of these the flagged ones, and
        those flagged with high severity.
    flagged_rate : Rate
        Share of the judged rows flagged, with its 95 % Wilson interval.
    noise_rate : Rate
        What people found where they judged a sample, else the range over estimators, which
        is NaN for a blind run.
    by_people : bool
        Whether `noise_rate` is what people found.
    blind : str
        Why the run could not see errors; empty when it could.
    data_changed : bool
        Whether the file differs from that of the run before.
    changes : tuple of Change
        What else differs from the run before.
    classes : tuple of ClassSummary
    """

    run: str
    created: str
    rows: int
    judged: int
    flagged: int
    high: int
    flagged_rate: Rate
    noise_rate: Rate
    by_people: bool
    blind: str
    data_changed: bool
    changes: tuple[Change, ...]
    classes: tuple[ClassSummary, ...]

    def of_class(self, name: str) -> ClassSummary | None:
        """Give what was found in a class by its text, or None where the run has none such."""
        return next((one for one in self.classes if label_text(one.label) == name), None)

    def rate(self, class_name: str | None = None) -> Rate:
        """Give the share flagged of all judged rows, or of those of a class.

        Parameters
        ----------
        class_name : str, optional
            As text.

        Returns
        -------
        Rate
            With its 95 % Wilson interval; NaN for a blind run and where the run has no
            judged row of the class.
        """
        if self.blind:
            return wilson(0, 0)
        if class_name is None:
            return self.flagged_rate
        found = self.of_class(class_name)
        return wilson(0, 0) if found is None else wilson(found.flagged, found.judged)


@dataclass(frozen=True)
class Skipped:
    """A kept run that could not be read, and why."""

    run: str
    why: str


@dataclass(frozen=True)
class Trend:
    """The runs of one file, up to one of them.

    Attributes
    ----------
    source : str
        The file, as the newest of these runs was given it.
    points : tuple of Point
        Oldest first; at least one.
    earlier : int
        Runs older than the first point, which were not asked for.
    skipped : tuple of Skipped
        Oldest first. What file a damaged run was made from is not known, so that those of
        other files may be among them.
    of_other_labels : int
        Runs left out because they judged another label column.
    """

    source: str
    points: tuple[Point, ...]
    earlier: int = 0
    skipped: tuple[Skipped, ...] = ()
    of_other_labels: int = 0

    @property
    def class_names(self) -> tuple[str, ...]:
        """Every class of any run as text, sorted."""
        return tuple(sorted({label_text(one.label) for p in self.points for one in p.classes}))


def trend_of(
    store: RunStore, run: Run, *, limit: int | None = None, same_label: bool = False
) -> Trend:
    """Follow the runs of one file up to a run.

    Parameters
    ----------
    store : RunStore
        Where `run` is kept.
    run : Run
        Its file is followed; runs after it have no say. A run made from stdin stands alone.
    limit : int, optional
        At least 1; only the newest so many.
    same_label : bool
        Leave out runs that judged another label column than the newest one.

    Returns
    -------
    Trend

    Raises
    ------
    RunError
        When neither `run` nor any before it can be read.
    """
    ids = store.ids()
    runs, skipped = [], []
    for run_id in ids[: ids.index(run.id) + 1]:
        try:
            found = store.open(run_id)
            if same_source(found, run):
                runs.append(found)
        except (RunError, *_BROKEN) as error:
            skipped.append(_skip(run_id, error))
    read: list[tuple[Run, Summary, Schema]] = []
    of_other_labels = 0
    wanted = len(runs) if limit is None else limit + 1
    while runs and len(read) < wanted:
        found = runs.pop()
        try:
            summary, schema = _read(found)
        except _BROKEN as error:
            skipped.append(_skip(found.id, error))
            continue
        if same_label and read and schema.one(Role.LABEL) != read[0][2].one(Role.LABEL):
            of_other_labels += 1
            continue
        read.append((found, summary, schema))
    if not read:
        raise RunError(
            "no run of the file can be read",
            where="; ".join(f"{one.run}: {one.why}" for one in skipped),
            hint="run `labelaudit detect` again",
        )
    read.reverse()
    points = [
        _point(*one, before=read[place - 1] if place else None) for place, one in enumerate(read)
    ]
    shown = points if limit is None else points[-limit:]
    return Trend(
        source=str(run.manifest["source"]["path"]),
        points=tuple(shown),
        earlier=len(runs) + len(points) - len(shown),
        skipped=tuple(sorted(skipped, key=lambda one: ids.index(one.run))),
        of_other_labels=of_other_labels,
    )


def changes_between(before: Run, after: Run) -> tuple[Change, ...]:
    """Find what besides rows and labels differs between two runs.

    Parameters
    ----------
    before, after : Run

    Returns
    -------
    tuple of Change
        Settings that have a say in the result, then what columns are used for, then
        versions of what the result depends on; each by name.

    Raises
    ------
    RunError
        When a run is damaged.
    """
    schemas = []
    for run in (before, after):
        try:
            schemas.append(_read(run)[1])
        except _BROKEN as error:
            raise RunError(f"the run is damaged: {error}", where=str(run.path)) from error
    return _changes(before, after, *schemas)


def check_class(trend: Trend, name: str) -> None:
    """Refuse a class that no run of the trend knows.

    Parameters
    ----------
    trend : Trend
    name : str
        The class as text.

    Raises
    ------
    SettingError
    """
    names = trend.class_names
    if name in names:
        return
    few = f"there are: {', '.join(names[:_NAMED])}" + (", …" if len(names) > _NAMED else "")
    raise SettingError(
        f"no run of {trend.source} has a class {name!r}",
        where="--class",
        hint=did_you_mean(name, names) or few,
    )


def _skip(run_id: str, error: Exception) -> Skipped:
    why = error.what if isinstance(error, RunError) else f"the run is damaged: {error}"
    return Skipped(run_id, why)


def _read(run: Run) -> tuple[Summary, Schema]:
    """Read the two small parts of a run that a trend needs."""
    held = json.loads((run.path / SUMMARY).read_text(encoding="utf-8"))
    verified = run.path / VERIFIED
    if verified.is_file():
        held["summary"]["verified"] = json.loads(verified.read_text(encoding="utf-8"))
    return summary_from(held["summary"]), schema_from(held["schema"])


def _point(
    run: Run, summary: Summary, schema: Schema, *, before: tuple[Run, Summary, Schema] | None
) -> Point:
    people = summary.verified
    return Point(
        run=run.id,
        created=str(run.manifest["created"]),
        rows=summary.rows,
        judged=summary.judged,
        flagged=summary.flagged,
        high=summary.by_severity.get(Severity.HIGH.value, 0),
        flagged_rate=summary.flagged_rate,
        noise_rate=summary.noise_rate if people is None else people.noise_rate,
        by_people=people is not None,
        blind=summary.blind,
        data_changed=before is not None and _digest(before[0]) != _digest(run),
        changes=() if before is None else _changes(before[0], run, before[2], schema),
        classes=summary.classes,
    )


def _digest(run: Run) -> str:
    return str(run.manifest["source"]["sha256"])


def _changes(before: Run, after: Run, old: Schema, new: Schema) -> tuple[Change, ...]:
    settings = (_texts(run.manifest["settings"]) for run in (before, after))
    versions = (_texts(run.manifest["versions"]) for run in (before, after))
    return (
        *_differences(SETTING, *settings),
        *_column_changes(old, new),
        *_differences(VERSION, *versions),
    )


def _differences(
    kind: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterable[Change]:
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name, "none"), after.get(name, "none")
        if one != other:
            yield Change(kind, name, one, other)


def _column_changes(old: Schema, new: Schema) -> Iterable[Change]:
    roles = (Role.LABEL, Role.ID, Role.GROUP, Role.SPLIT)
    sides = ({role.value: _few(schema.names(role)) for role in roles} for schema in (old, new))
    yield from _differences(COLUMN, *sides)
    used = [
        {(column.name, column.role) for column in schema.columns if column.role in FEATURE_ROLES}
        for schema in (old, new)
    ]
    if used[0] != used[1]:
        gone, came = (
            _few([f"{name} ({role.value})" for name, role in sorted(one - other)])
            for one, other in (used, used[::-1])
        )
        yield Change(COLUMN, "features", gone, came)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    if value is None or value in ([], {}, ()):
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - _NAMED
    more = [f"{rest:,} more"] if rest > 0 else []
    return ", ".join([*listed[:_NAMED], *more]) or "none"
