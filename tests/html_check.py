"""What can be held against a page without a browser."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "source", "col", "wbr"}
INLINE = {"a", "abbr", "b", "bdi", "code", "i", "mark", "span", "wbr"}


class Page(HTMLParser):
    """A parsed page: `tags` with their attributes, `text`, and `faults` of its nesting."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.tags, self.faults, self.text = [], [], []
        self._open = []
        self.feed(content.decode() if isinstance(content, bytes) else content)
        self.close()
        self.faults += [f"{tag} is not closed" for tag in self._open]

    def handle_starttag(self, tag, attrs):
        doubled = [name for name, times in Counter(name for name, _ in attrs).items() if times > 1]
        self.faults += [f"{tag} has {name} twice" for name in doubled]
        self.tags.append((tag, dict(attrs)))
        self.text.append(" " * (tag not in INLINE))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> within {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data):
        if not self._open or self._open[-1] not in {"style", "script"}:
            self.text.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self):
        return " ".join("".join(self.text).split())


def faults(content):
    """List what is wrong with a page; nothing is the aim."""
    page = Page(content)
    found = list(page.faults)
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    found += [f"id {one} stands {times} times" for one, times in ids.items() if times > 1]
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            if name == "style" or name.startswith("on"):
                found.append(f"{tag} has {name}")
            if name in {"aria-labelledby", "aria-describedby", "for"}:
                found += [f"{name} to {one}" for one in value.split() if one not in ids]
            if name == "href" and value[:1] == "#" and value[1:] not in ids:
                found.append(f"link to {value}")
            if name in {"href", "src", "action", "xlink:href"} and value[:1] != "#":
                found.append(f"{tag} leads to {value}")
            if re.search(r"url\((?!#)", value or ""):
                found.append(f"{tag} loads {value}")
    found += [f"a th without scope: {one}" for one in page.of("th") if "scope" not in one]
    return found + _outline_faults(page)


def _outline_faults(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    found = [] if levels[:1] == [1] and levels.count(1) == 1 else ["not one h1, at the start"]
    previous = 1
    for level in levels[1:]:
        if level > previous + 1:
            found.append(f"h{level} below h{previous}")
        previous = level
    if len(page.of("main")) != 1:
        found.append("not one main")
    tables, captions = len(page.of("table")), len(page.of("caption"))
    return found + ([] if tables == captions else ["a table without a caption"])
