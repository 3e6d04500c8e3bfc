"""Labels that rules name and no row has: probably mistyped, and then a rule without effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.data.rules.rule import Rules


def unknown_labels(rules: Rules, names: Sequence[str]) -> tuple[str, ...]:
    """Point to labels of rules that no row has while some row has nearly the same.

    Where the allowed labels are listed, every label of a rule is one of them, and that no
    row has it means nothing.

    Parameters
    ----------
    rules : Rules
    names : sequence of str
        The labels of the data.

    Returns
    -------
    tuple of str
        One sentence for each, without a full stop.
    """
    if rules.allowed:
        return ()
    there = set(names)
    told = []
    for rule in rules.rules:
        for label in rule.labels:
            meant = None if label in there else did_you_mean(label, there - set(rules.spelled))
            if meant is not None:
                told.append(f"{rule.name} names the label {label!r}, which no row has; {meant}")
    return tuple(told)
