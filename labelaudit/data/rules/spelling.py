"""Which label is meant by one that is written otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.data.rules.rule import Rules

_HYPHENS = "\\-\u2010-\u2015\u2212"
_AROUND = re.compile(r"^[\s_]+|[\s_]+$")
_BETWEEN_WORDS = re.compile(rf"(?<=[^\W_])[\s_{_HYPHENS}]+(?=[^\W_])")


def fold(label: str) -> str:
    """Take off all that is only a way of writing.

    Case, width and composition of characters, invisible characters, white space and
    underscores around a label, and what stands between its words. A sign before or after
    it stays: ``-1`` is not ``1``, and the grade ``A-`` is not ``A``.

    Parameters
    ----------
    label : str

    Returns
    -------
    str
        The same for labels that differ in nothing else.

    References
    ----------
    NFKC and case folding as in The Unicode Standard, section 3.13, toNFKC_Casefold.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return _BETWEEN_WORDS.sub(" ", _AROUND.sub("", text) or text)


def meant_labels(rules: Rules, names: Sequence[str], counts: Sequence[int]) -> dict[str, str]:
    """Tell for each label that is written otherwise which one is meant.

    The table of spellings has the first say. With one-spelling, labels that differ only
    in writing mean the one that the rules name, else the most frequent, and of equally
    frequent ones the first in the alphabet.

    Parameters
    ----------
    rules : Rules
    names : sequence of str
        The labels of the data.
    counts : sequence of int
        How many rows carry each.

    Returns
    -------
    dict of str to str
        Labels that mean themselves are not in it.
    """
    table = rules.spelled
    found = {name: table[name] for name in names if name in table}
    if not rules.one_spelling:
        return found
    named = {fold(label): label for rule in rules.rules for label in rule.labels}
    alike: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, count in zip(names, counts, strict=True):
        if name not in found:
            alike[fold(name)].append((-count, name))
    for folded, group in alike.items():
        chosen = named.get(folded) or min(group)[1]
        found.update({name: chosen for _, name in group if name != chosen})
    return found


def alike_allowed(rules: Rules, names: Sequence[str]) -> dict[str, str]:
    """Tell for labels that are not allowed which allowed one they differ from in writing only.

    Parameters
    ----------
    rules : Rules
    names : sequence of str

    Returns
    -------
    dict of str to str
        Without those that could be more than one.
    """
    by_fold: dict[str, list[str]] = defaultdict(list)
    for label in rules.allowed:
        by_fold[fold(label)].append(label)
    allowed = set(rules.allowed)
    return {
        name: by_fold[fold(name)][0]
        for name in names
        if name not in allowed and len(by_fold.get(fold(name), ())) == 1
    }
