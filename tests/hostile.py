"""Text that tries to get out of where it stands, for the formats that others parse."""

from __future__ import annotations

from dataclasses import replace

from audit_example import Flag, example_audit
from hypothesis import strategies as st

from labelaudit.types import SEVERITIES, VERDICTS

HOSTILE = (
    "::error::mine",
    "a%0A::b%25",
    "line one\nline two\r\nline three\rfour",
    "]]><!-- &amp; <x a='1'/> -->",
    "\x00\x01\x07\x08\x0b\x0c\x1b[31m\x1f\x7f\x85\x9b",
    "\ufffe\uffff\U0001ffff",
    "\u202eright to left\u2066 إيجابي",
    "\u2028\u2029\ufeff",
    '","ruleId":"x","\\u0000\\',
    "a,file=x:y",
    "",
    " \r ",
    "正面评价 😀",
)
PATHS = (
    *("odd:name,50%.csv", "two\nlines.csv", "::error::.csv", "name\udcff.csv", "high\ud800.csv"),
    *(
        "a b/ü #?.csv",
        "./here.csv",
        "../there.csv",
        "/abs/data.csv",
        "]]>\x1b.csv",
        "-",
        "<memory>",
    ),
)

text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
paths = st.one_of(st.sampled_from(PATHS), st.text(min_size=1, max_size=20))


@st.composite
def audits(draw, *, n=12):
    """Audits whose labels, ids, texts and paths are hostile, and any of them blind."""
    classes = tuple(sorted(draw(st.lists(text, min_size=2, max_size=4, unique=True))))
    flags = []
    for row in range(draw(st.integers(0, n))):
        suggested = draw(st.sampled_from([*classes, None]))
        flags.append(
            Flag(
                row,
                draw(st.sampled_from(classes)),
                suggested,
                draw(st.floats(0, 1, width=32)),
                draw(text),
                draw(st.sampled_from(SEVERITIES)),
                draw(st.sampled_from(VERDICTS)),
                row_id=draw(text),
                line=draw(st.one_of(st.none(), st.integers(1, 10**9))),
            )
        )
    audit = example_audit(flags, classes=classes, blind=draw(st.sampled_from(["", "chance"])))
    return replace(audit, source=replace(audit.source, path=draw(paths)))
