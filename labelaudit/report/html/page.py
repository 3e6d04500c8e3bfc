"""Put the page together: one file with all it needs, within a bounded size."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from labelaudit.report.gate_told import gate_lines
from labelaudit.report.glossary import BARS, P_WRONG, ROW, SEVERITY, kinds
from labelaudit.report.grid import cut_middle
from labelaudit.report.html import sections
from labelaudit.report.html.cards import Views
from labelaudit.report.html.figures import figures
from labelaudit.report.html.isolate import Isolator
from labelaudit.report.html.next_steps import in_store, next_steps
from labelaudit.report.html.over_time import over_time
from labelaudit.report.wording import arrow, clean, legend, short_names, show_label
from labelaudit.types import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from labelaudit.audit.gate import Gate
    from labelaudit.report import Options
    from labelaudit.types import Audit, Label

MAX_ISSUES = 2000
"""Issues in the page unless another number is asked for."""

CARD_BYTES = 1_100_000
"""Bytes of issues after which they come without their cards."""

ISSUE_BYTES = 2_400_000
"""Bytes of issues after which the rest is left out, whatever number is asked for."""

_HERE = "labelaudit.report.html"
_MOST_PAIRS = 200
_LABEL = 60
_JOINTS = re.compile(r"(?<=[_/|])(?=\w)|(?<=[.:])(?=[^\W\d])")


def render(audit: Audit, options: Options) -> bytes:
    """Write the page.

    Parameters
    ----------
    audit : Audit
    options : Options
        `limit` is heeded, as far as `ISSUE_BYTES` allow; None puts up to `MAX_ISSUES`
        issues into the page. `trend` is shown where it holds runs to compare, `gate` comes
        first where one was asked.

    Returns
    -------
    bytes
        UTF-8, less than 3 MB, the same for the same audit and trend. It loads nothing, and
        its policy forbids that; all text of the data is escaped.
    """
    environment = _environment()
    shorts = short_names(_detectors(audit))
    isolator = Isolator(audit.classes)
    issues, with_card = _issues(audit, options, environment, shorts, isolator)
    ranks = {one.row_id: one.rank for one in audit.issues[: len(issues)]}
    lead, below = sections.verdict(audit)
    finds, hidden_finds = sections.findings(audit)
    said, seen = sections.sight(audit)
    patterns, hidden_patterns = sections.patterns(audit, ranks)
    style, script = _asset("report.css"), _asset("report.js")
    page = environment.get_template("page.html").render(
        policy=policy(style, script),
        style=style,
        script=script,
        source=clean(audit.source.path),
        blind=bool(audit.summary.blind),
        facts=sections.facts(audit),
        run="" if options.kept is None else clean(options.kept.run),
        made=sections.made(options.kept),
        say=partial(_said, isolator.pieces),
        pair=partial(_said, isolator.pair),
        gate=_gate(options.gate),
        lead=lead,
        below=below,
        steps=next_steps(audit, options.kept),
        findings=finds,
        hidden_findings=hidden_finds,
        warnings=sections.warnings(audit),
        said=said,
        seen=seen,
        patterns=[one for one in patterns if not one.of_labels],
        label_changes=[one for one in patterns if one.of_labels],
        hidden_patterns=hidden_patterns,
        pattern_caption=sections.PATTERN_CAPTION,
        pattern_header=sections.PATTERN_HEADER,
        issues="".join(issues),
        shown=len(issues),
        with_card=with_card,
        total=len(audit.issues),
        choices=_choices(audit, len(issues), shorts),
        meaning=(
            P_WRONG,
            SEVERITY,
            kinds(audit.summary.by_verdict),
            ROW,
            _legend(shorts),
            BARS if len(audit.models) > 1 else "",
        ),
        figures=figures(audit),
        over_time=over_time(options.trend, in_store(options.kept)),
        in_store=in_store(options.kept),
        tables=sections.tables(audit),
        making=sections.making(audit),
    )
    return page.encode("utf-8")


def _gate(gate: Gate | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    first, *others = gate_lines(gate)
    return {"outcome": gate.outcome.value.lower(), "first": first, "others": others}


def policy(style: str, script: str) -> str:
    """Give the content security policy that lets these two run, and nothing be loaded.

    Parameters
    ----------
    style, script : str

    Returns
    -------
    str
    """
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(_HERE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["thousands"] = "{:,}".format
    environment.filters["pieces"] = _pieces
    environment.filters["breakable"] = _breakable
    return environment


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Take a text apart at its backticks; every other piece is a command or the like."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return [(text, False)]
    return [(piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece]


def _said(cut: Callable[[str], list[tuple[str, bool]]], sentence: str) -> Markup:
    """Escape a sentence, with each name in it isolated."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(piece) if isolated else escape(piece)
        for piece, isolated in cut(sentence)
    )


def _breakable(label: str) -> Markup:
    """Escape a name that may go on in the next line after what joins its words."""
    from markupsafe import Markup

    return Markup("<wbr>").join(_JOINTS.split(label))


def _asset(name: str) -> str:
    return (files(_HERE) / "templates" / name).read_text(encoding="utf-8")


def _detectors(audit: Audit) -> list[str]:
    return list(dict.fromkeys(name for issue in audit.issues for name in issue.detectors))


def _short(label: Label | None) -> str:
    return cut_middle(show_label(label), _LABEL)


def _legend(shorts: dict[str, str]) -> str:
    spelled = clean(legend(shorts))
    return f"found by: {spelled}." if spelled else ""


def _issues(
    audit: Audit,
    options: Options,
    environment: Environment,
    shorts: dict[str, str],
    isolator: Isolator,
) -> tuple[list[str], int]:
    """Render issues in rank order, as many as fit, and tell how many have their card."""
    template = environment.get_template("issue.html")
    views = Views(audit, options.kept)
    most = MAX_ISSUES if options.limit is None else options.limit
    places = {name: place for place, name in enumerate(shorts)}
    rendered: list[str] = []
    spent = with_card = 0
    for place in range(min(most, len(audit.issues))):
        view = views.view(place, with_card=spent < CARD_BYTES)
        one = template.render(
            view=view,
            say=partial(_said, isolator.pieces),
            severity=SEVERITIES.index(audit.issues[place].severity),
            verdict=VERDICTS.index(audit.issues[place].verdict),
            shorts={clean(name): clean(short) for name, short in shorts.items()},
            places=places,
        )
        spent += len(one.encode())
        if spent > ISSUE_BYTES:
            break
        rendered.append(one)
        with_card += view.carded
    return rendered, with_card


def _choices(
    audit: Audit, shown: int, shorts: dict[str, str]
) -> dict[str, Sequence[tuple[str, str]]]:
    """Give what the table can be filtered by: value and name, of what stands in it."""
    issues = audit.issues[:shown]
    code: dict[Label | None, int] = {label: at for at, label in enumerate(audit.classes)}
    code[None] = -1
    classes = {label for issue in issues for label in (issue.given, issue.suggested)} - {None}
    pairs: dict[tuple[Label, Label | None], int] = {}
    for issue in issues:
        pair = issue.given, issue.suggested
        pairs[pair] = pairs.get(pair, 0) + 1
    often = sorted(pairs, key=lambda pair: (-pairs[pair], code[pair[0]], code[pair[1]]))
    severities = {issue.severity for issue in issues}
    verdicts = {issue.verdict for issue in issues}
    return {
        "class": [
            (str(code[label]), _short(label))
            for label in sorted(classes, key=lambda label: code[label])
        ],
        "pair": [
            (
                f"{code[given]} {code[suggested]}",
                f"{arrow(_short(given), _short(suggested))} ({pairs[given, suggested]:,})",
            )
            for given, suggested in often[:_MOST_PAIRS]
        ],
        "severity": [
            (str(place), level.value)
            for place, level in reversed(list(enumerate(SEVERITIES)))
            if level in severities
        ],
        "kind": [
            (str(place), kind.value) for place, kind in enumerate(VERDICTS) if kind in verdicts
        ],
        "detector": [(str(place), clean(name)) for place, name in enumerate(shorts)],
    }
