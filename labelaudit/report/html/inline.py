"""Make pictures fit to stand inside a page: several of them, under a strict policy.

An SVG document brings style sheets that would leak into the page, ids that others have,
too, and style attributes that the page forbids. What is left here are shapes, text and
presentation attributes.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from labelaudit.report.wording import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_HREF = "{http://www.w3.org/1999/xlink}href"
_DROPPED = {"style", "metadata"}
_ROUNDED = {"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform", "points"}
_ROOT = ("viewBox",)
_NUMBER = re.compile(r"-?\d+\.\d+")
_URL = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"(?:^|\s)([\d.]+)px")
_TURNED_BY_NOTHING = re.compile(r"rotate\(-?0(?:\.0+)? ")


class Names:
    """Text of the data on its way into a picture.

    A drawing library measures text by a font of its own, which lacks most scripts, and
    reads some of it as mathematics. So it gets a stand-in of the same width, which is
    replaced in the finished picture.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def stand_in(self, text: str) -> str:
        """Give what to draw in the place of a text."""
        shown = clean(text)
        # A little wider, since nobody knows the font that it will be shown in.
        token = f"q{len(self._texts)}q".ljust(round(1.15 * cells(shown)), "n")
        self._texts[token] = shown
        return token

    def true(self, drawn: str) -> str:
        """Give back what was meant by a drawn text."""
        return self._texts.get(drawn, drawn)


def cells(text: str) -> int:
    """Count the width of a text, where a letter takes 1 and an ideograph 2."""
    return sum(
        0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )


def inline(svg: str, prefix: str, names: Names) -> str:
    """Rewrite a drawing as a part of a page.

    Parameters
    ----------
    svg : str
        From `labelaudit.pictures.draw`.
    prefix : str
        Before each id, so that no two pictures share one.
    names : Names

    Returns
    -------
    str
        An ``svg`` element with its title and description, without namespaces, style
        sheets, style attributes and ids that nothing refers to.
    """
    root = ET.fromstring(svg)  # noqa: S314 - drawn a moment ago, with all text escaped
    used = set(_references(root))
    parts: list[str] = []
    _write(root, prefix, names, used, parts)
    return "".join(parts)


def _references(root: ET.Element) -> Iterator[str]:
    for node in root.iter():
        if _HREF in node.attrib:
            yield node.attrib[_HREF].removeprefix("#")
        for value in node.attrib.values():
            yield from _URL.findall(value)


def _write(node: ET.Element, prefix: str, names: Names, used: set[str], parts: list[str]) -> None:
    tag = _local(node.tag)
    if tag in _DROPPED:
        return
    inside: list[str] = []
    if node.text and node.text.strip():
        drawn = names.true(node.text) if tag == "text" else node.text
        inside.append(escape(drawn, quote=False))
    for child in node:
        _write(child, prefix, names, used, inside)
    if tag == "svg":
        head = _root_head(node, prefix)
    else:
        head = "".join(
            f' {name}="{escape(value)}"' for name, value in _attributes(node, prefix, used).items()
        )
        if tag in {"title", "desc"}:
            head = f' id="{prefix}-{tag}"'
    if tag in {"g", "defs"} and not inside:
        return
    if tag == "g" and not head:
        parts.extend(inside)
        return
    parts.append(f"<{tag}{head}>{''.join(inside)}</{tag}>")


def _root_head(node: ET.Element, prefix: str) -> str:
    kept = "".join(f' {name}="{escape(node.attrib[name])}"' for name in _ROOT)
    size = "".join(
        f' {name}="{float(node.attrib[name].removesuffix("pt")) * 4 / 3:.0f}"'
        for name in ("width", "height")
    )
    return f' class="picture" role="img" aria-labelledby="{prefix}-title {prefix}-desc"{kept}{size}'


def _attributes(node: ET.Element, prefix: str, used: set[str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, value in node.attrib.items():
        if name == "style":
            attributes |= _presentation(value, prefix)
        elif name == _HREF:
            attributes["href"] = f"#{prefix}-{value.removeprefix('#')}"
        elif name == "id":
            if value in used:
                attributes["id"] = f"{prefix}-{value}"
        elif not (name == "transform" and _TURNED_BY_NOTHING.match(value)):
            told = _rounded(value) if name in _ROUNDED else value
            attributes[name] = _URL.sub(rf"url(#{prefix}-\1)", told)
    return attributes


def _presentation(style: str, prefix: str) -> dict[str, str]:
    attributes = {}
    for rule in style.split(";"):
        name, _, value = (one.strip() for one in rule.partition(":"))
        if name == "font":
            size = _FONT.search(value)
            if size:
                attributes["font-size"] = size[1]
        elif name and name != "font-family":
            attributes[name] = _URL.sub(rf"url(#{prefix}-\1)", value)
    return attributes


def _rounded(value: str) -> str:
    short = _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".replace(".0", ""), value)
    return " ".join(short.split())


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
