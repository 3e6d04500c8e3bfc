"""Pictures: SVG that any browser shows, light or dark, and that can be read out."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Drawn in this colour, a thing takes the colour of the text around the picture."""

_PAPER = (
    "<style>svg.labelaudit{color:#1a1a1a;background:#fff}"
    "@media(prefers-color-scheme:dark){svg.labelaudit{color:#eee;background:#1a1a1a}}</style>"
)
_LOOK: Any = {
    # Text stays text: small, searchable, in the reader's own font.
    "svg.fonttype": "none",
    "svg.hashsalt": "labelaudit",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "legend.frameon": False,
}


def draw(
    width: float,
    height: float,
    paint: Callable[..., None],
    *,
    title: str,
    description: str,
    panels: int = 1,
    ratios: tuple[float, ...] = (),
) -> str:
    """Draw a picture.

    Parameters
    ----------
    width, height : float
        In inches of 72 points.
    paint : callable
        Given the axes of each panel, paints on them.
    title, description : str
        What a screen reader reads out.
    panels : int
        Side by side.
    ratios : tuple of float
        Their widths; equal when left out.

    Returns
    -------
    str
        An SVG document with a transparent figure; the same for the same drawing.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_LOOK), warnings.catch_warnings():
        # The reader's browser draws the text, in whatever fonts are there.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        figure = Figure(figsize=(width, height), layout="constrained")
        axes: list[Axes] = list(
            figure.subplots(1, panels, squeeze=False, width_ratios=ratios or None)[0]
        )
        paint(*axes)
        return _as_svg(figure, title, description)


def plain_text(text: str) -> str:
    """Make text of a data file fit for a label: nothing in it is mathematics or control."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return shown.replace("\\", "\\\\").replace("$", r"\$")


def _as_svg(figure: Figure, title: str, description: str) -> str:
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    drawn = buffer.getvalue()
    start = drawn.index("<svg")
    end = drawn.index(">", start) + 1
    head = drawn[start:end].replace("<svg", '<svg role="img" class="labelaudit"', 1)
    told = f"<title>{_said(title)}</title><desc>{_said(description)}</desc>{_PAPER}"
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", drawn[end:], flags=re.DOTALL)
    return f"{head}{told}{body}".replace(INK, "currentColor")


def _said(text: str) -> str:
    return escape("".join(one if one.isprintable() else " " for one in text))
