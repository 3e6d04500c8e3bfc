"""Write the quality benchmark as Markdown: bars, comparisons, means, then every set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peers import BASELINE, PIPELINES
from quality_compare import MAIN, PARTS, Record, by_set, by_setting, with_errors
from quality_sets import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS_OF_MEANS = {
    "AUPRC": "auprc",
    "AUPRC self-confidence": "auprc_self_confidence",
    "AUROC": "auroc",
    "P@50": "precision_at_50",
    "P@errors": "precision_at_errors",
    "missed": "missed",
    "F1 flags": "f1",
    "best F1": "best_f1",
    "noise rate off by": "noise_rate_error",
    "in range": "in_range",
    "ECE": "ece",
    "flagged": "flagged",
    "suggestion right, flagged": "suggestion_flagged",
    "suggestion right, all": "suggestion_all",
    "s": "seconds",
    "process s": "process_seconds",
    "MB": "peak_mb",
}
LEGEND = """\
AUPRC: average precision of each pipeline's own ranking; *self-confidence* ranks the same
probabilities the other way cleanlab offers. P@50, P@errors: precision among the first 50
rows, and among as many as there are errors; *missed* is one minus the latter, the share of
the errors not found then. *F1 flags* is that of the rows flagged, *best F1* the best that
any threshold of the ranking would give. *Noise rate off by*: estimate minus truth, absolute.
*In range*: whether labelaudit's range holds the true rate. ECE: expected calibration error
of its error probability. *Suggestion right*: among errors that are flagged, and among all.
*s* is the time from rows in memory to results, *process s* that of the whole process, MB
its peak. One thread each. A dash: no meaning here, or not offered."""

COMPARED = """\
Ratio of the means over sets, its 95 % bootstrap interval over sets, the mean of the ratios,
the worst set, and Wilcoxon's signed-rank test over sets, by itself and corrected (Holm) for
the pipelines compared with."""
DASH = "-"


def number(value: object, digits: int = 3) -> str:
    """Write a figure; a dash for none."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def figure(name: str, value: object) -> str:
    """Write a figure with the digits its metric needs."""
    return number(value, {"seconds": 1, "process_seconds": 1, "peak_mb": 0}.get(name, 3))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table; a bar inside a cell is escaped."""
    lines = [list(head), *(list(row) for row in rows)]
    width = len(lines[0])
    if any(len(line) != width for line in lines):
        raise ValueError("a row has not as many cells as the head")
    cells = ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines]
    return "\n".join([cells[0], "|" + "---|" * width, *cells[1:]])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def write_report(report: dict[str, Any]) -> str:
    """Write everything.

    Parameters
    ----------
    report : dict
        ``about``, ``summary`` and ``records``, as `quality.py` keeps them.

    Returns
    -------
    str
        Markdown.
    """
    summary = report["summary"]
    parts = [write_summary(report), "## Compared", COMPARED]
    for part in PARTS:
        for group, found in summary["comparisons"][part].items():
            if found:
                parts += [f"### {group}, {_sets_of(part)}", _comparisons(found)]
    parts += ["## Means", LEGEND]
    for part in PARTS:
        for group, means in summary["means"][part].items():
            if means:
                parts += [f"### {group}, {_sets_of(part)}", _means(means)]
    for title, split in (("rate", summary["by_rate"]), ("kind", summary["by_kind"])):
        if split:
            parts += [f"## Planted, by {title}", _split(title, split)]
    return "\n\n".join([*parts, "## Every set", *_sets(report["records"])])


def write_summary(report: dict[str, Any]) -> str:
    """Write what matters first: the bars, a line for each set, and what did not run."""
    records = report["records"]
    return "\n\n".join(
        [
            "# Quality",
            _about(report["about"]),
            "## Bars",
            _bars(report["summary"]["bars"]),
            "## Set by set",
            _ratios(records),
            *_failures(records),
        ]
    )


def _sets_of(part: str) -> str:
    return "all sets" if part == "all" else f"sets {part}"


def _about(about: dict[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in about.items())


def _bars(bars: list[dict[str, Any]]) -> str:
    head = ["bar", "wanted", *(f"{_sets_of(part)}" for part in PARTS), "passed on all"]
    rows = []
    for bar in bars:
        sign = "≥" if bar["at_least"] else "≤"
        values = [bar["values"][part] for part in PARTS]
        passed = _passed(bar, values[0])
        cells = [_marked(bar, value) for value in values]
        rows.append([bar["name"], f"{sign} {bar['limit']:g}", *cells, passed])
    return table(head, rows)


def _passed(bar: dict[str, Any], value: float | None) -> str:
    if value is None:
        return "not measured"
    good = value >= bar["limit"] if bar["at_least"] else value <= bar["limit"]
    return "pass" if good else "**fail**"


def _marked(bar: dict[str, Any], value: float | None) -> str:
    failed = " ✗" if _passed(bar, value) == "**fail**" else ""
    return number(value) + failed


def _ratios(records: list[Record]) -> str:
    """Write a line for each set: AUPRC of every pipeline, losses too."""
    telling = with_errors(records)
    columns = {name: by_set(by_setting(telling, name, "auprc")) for name in PIPELINES}
    columns = {name: values for name, values in columns.items() if values}
    about = {one["set"]: one for one in records}
    mine, base = columns.get(MAIN, {}), columns.get(BASELINE, {})

    def ratio(name: str) -> str:
        if not mine.get(name) or not base.get(name):
            return DASH
        share = mine[name] / base[name]
        return f"{share:.2f}" + (" (loss)" if share < 1 else "")

    rows = [
        [
            name,
            one["group"],
            one["role"],
            str(one["rows"]),
            *(number(values.get(name)) for values in columns.values()),
            ratio(name),
        ]
        for name, one in sorted(about.items(), key=lambda item: _place(item[1]))
    ]
    head = ["set", "group", "role", "rows", *columns, f"{MAIN} / {BASELINE}"]
    return "Mean AUPRC over the settings of each set.\n\n" + table(head, rows)


def _place(one: Record) -> tuple[int, str]:
    return GROUPS.index(one["group"]), one["set"]


def _failures(records: list[Record]) -> list[str]:
    rows = [
        [one["pipeline"], one["set"], one["setting"], _why_not(one)]
        for one in records
        if "figures" not in one
    ]
    if not rows:
        return []
    merged: dict[tuple[str, str], list[str]] = {}
    for pipeline, name, setting, why in rows:
        merged.setdefault((pipeline, why), []).append(f"{name} ({setting})")
    lines = [[pipeline, why, ", ".join(where)] for (pipeline, why), where in merged.items()]
    return ["## Not run, or failed", table(["pipeline", "why", "where"], lines)]


def _why_not(one: Record) -> str:
    return f"skipped: {one['skipped']}" if "skipped" in one else f"failed: {one['error']}"


def _comparisons(found: list[dict[str, Any]]) -> str:
    head = ["figure", "ours", "other", "sets", "ours, mean", "other, mean", "ratio"]
    head += ["95 % interval", "mean of ratios", "worst set", "its ratio", "p", "p, Holm"]
    names = {"auprc": "AUPRC", "f1": "F1 flags"}
    return table(
        head,
        [
            [
                names[one["metric"]],
                one["ours"],
                one["other"],
                str(one["sets"]),
                number(one["mean_ours"]),
                number(one["mean_other"]),
                number(one["ratio"], 2),
                DASH if one["low"] is None else f"{one['low']:.2f} to {one['high']:.2f}",
                number(one["mean_ratio"], 2),
                one["worst_set"] or DASH,
                number(one["worst_ratio"], 2),
                f"{one['p']:.2g}",
                f"{one['p_holm']:.2g}",
            ]
            for one in found
        ],
    )


def _means(means: dict[str, dict[str, Any]]) -> str:
    return table(
        ["pipeline", "sets", *COLUMNS_OF_MEANS],
        [[name, *_mean_cells(values)] for name, values in means.items()],
    )


def _mean_cells(values: dict[str, Any]) -> list[str]:
    cells = [figure(metric, values[metric]) for metric in COLUMNS_OF_MEANS.values()]
    return [str(values["sets"]), *cells]


def _split(title: str, split: dict[str, Any]) -> str:
    return table(
        [title, "pipeline", "sets", *COLUMNS_OF_MEANS],
        [
            [value, name, *_mean_cells(values)]
            for value, means in split.items()
            for name, values in means.items()
        ],
    )


def _sets(records: list[Record]) -> list[str]:
    parts = []
    names = sorted({one["set"]: one for one in records}.values(), key=_place)
    for first in names:
        own = [one for one in records if one["set"] == first["set"]]
        size = f"{first['rows']:,} rows, {first['classes']} classes"
        parts.append(f"### {first['set']}: {first['group']}, {first['role']}, {size}")
        parts.append(set_table(own))
    return parts


def set_table(records: list[Record]) -> str:
    """Write what every pipeline did on one set.

    Parameters
    ----------
    records : list of dict
        Of one set.
    """
    head = ["errors", "share", "pipeline", *COLUMNS_OF_MEANS, "notes"]
    rows = []
    for one in records:
        figures = one.get("figures", {})
        cells = [figure(metric, figures.get(metric)) for metric in COLUMNS_OF_MEANS.values()]
        share = number(one["error_rate"])
        rows.append([one["setting"], share, one["pipeline"], *cells, _notes(one)])
    return table(head, rows)


def _notes(one: Record) -> str:
    if "figures" not in one:
        return _why_not(one)
    facts = one.get("facts", {})
    notes = [facts["note"]] if "note" in facts else []
    if facts.get("noise_rate_low") is not None:
        notes.append(f"range {facts['noise_rate_low']:.3f} to {facts['noise_rate_high']:.3f}")
    if facts.get("blind"):
        notes.append(f"blind: {facts['blind']}")
    return "; ".join(notes)
