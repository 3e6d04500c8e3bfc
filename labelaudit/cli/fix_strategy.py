"""Which strategy `labelaudit fix` was asked for, and whether the run allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelaudit.errors import RefusedError, SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.cli.console import Terminal
    from labelaudit.config import Resolved
    from labelaudit.types import Audit

RELABEL, CORRECT, DOWNWEIGHT = "relabel", "correct", "downweight"

_BELONGS_TO = {
    "weight_by": DOWNWEIGHT,
    "min_confidence": CORRECT,
    "min_agreement": CORRECT,
}
"""Settings that have a say in one strategy only."""


@dataclass(frozen=True)
class Chosen:
    """What is to be done.

    Attributes
    ----------
    strategy : str or mapping of str to str
        One for all flagged rows, or one for each verdict.
    text : str
        As the plan and the ledger call it.
    names : frozenset of str
        The strategies in it.
    safe_only : bool
    """

    strategy: str | Mapping[str, str]
    text: str
    names: frozenset[str]
    safe_only: bool

    @property
    def queues(self) -> bool:
        """Whether rows are queued for people."""
        return RELABEL in self.names

    @property
    def changes_data(self) -> bool:
        """Whether the data file is to be changed."""
        return bool(self.names - {RELABEL})


def choose_strategy(
    resolved: Resolved,
    strategy: str | None,
    *,
    soft: bool,
    budget: int | None,
    safe_cells: bool = False,
) -> Chosen:
    """Settle what ``--strategy``, ``--plan`` and the setting `plan` say.

    Parameters
    ----------
    resolved : Resolved
    strategy : str or None
        What ``--strategy`` gave. It beats a plan from a file or the environment.
    soft : bool
    budget : int or None
    safe_cells : bool

    Returns
    -------
    Chosen

    Raises
    ------
    SettingError
        For both or neither, an unknown name, or an option that has no say.
    """
    from labelaudit.remedy.by_verdict import canonical, check_strategy, parse_by_verdict

    by_verdict = resolved.settings.plan
    where = resolved.origin["plan"]
    if strategy is not None and where == "--plan":
        raise SettingError(
            "there is one strategy for all rows, and one for each verdict",
            where="--strategy and --plan",
            hint="give one of them",
        )
    safe_only = resolved.settings.safe_only
    if strategy is not None:
        check_strategy(strategy, where="--strategy")
        chosen = Chosen(strategy, strategy, frozenset({strategy}), safe_only)
    elif by_verdict is not None:
        plan = parse_by_verdict(by_verdict, where=where)
        chosen = Chosen(plan, canonical(plan), frozenset(plan.values()), safe_only)
    else:
        raise SettingError(
            "no strategy is given",
            hint="try --strategy downweight, or --plan mislabelled=correct,ambiguous=downweight",
        )
    _refuse_idle(chosen, resolved, soft=soft, budget=budget, safe_cells=safe_cells)
    return chosen


def refuse_blind(terminal: Terminal, audit: Audit, chosen: Chosen, *, allowed: bool) -> None:
    """Refuse to change data on the word of a run that cannot see errors.

    Parameters
    ----------
    terminal : Terminal
    audit : Audit
    chosen : Chosen
        A queue changes nothing: for that one it is only said.
    allowed : bool
        Whether the user insists.

    Raises
    ------
    RefusedError
    """
    if not audit.summary.blind:
        return
    if chosen.changes_data and not allowed:
        raise RefusedError(
            "the run is blind: what it flags is no better than a guess",
            where=audit.summary.blind,
            hint="give better features or --pred-probs; --allow-inconclusive insists",
        )
    terminal.say(f"the run is blind: {audit.summary.blind}", style="yellow")


def plan_options(resolved: Resolved, chosen: Chosen, *, soft: bool) -> dict[str, Any]:
    """Give the options that decide a plan of the data, as the ledger tells them.

    Parameters
    ----------
    resolved : Resolved
    chosen : Chosen
    soft : bool

    Returns
    -------
    dict
        JSON values; those of strategies that are not used are left out.
    """
    settings = resolved.settings
    told: dict[str, Any] = {
        "min_class_size": settings.min_class_size,
        "max_class_loss": settings.max_class_loss,
    }
    if resolved.origin["min_severity"] != "default":
        told["min_severity"] = settings.min_severity
    if DOWNWEIGHT in chosen.names:
        told |= {
            "weight": settings.weight,
            "weight_by": settings.weight_by,
            "weight_column": settings.weight_column,
        }
    if CORRECT in chosen.names:
        told |= {
            "min_confidence": settings.min_confidence,
            "min_agreement": settings.min_agreement,
            "soft": soft,
        }
    if settings.safe_only:
        told["safe_only"] = True
    return told


def _refuse_idle(
    chosen: Chosen, resolved: Resolved, *, soft: bool, budget: int | None, safe_cells: bool
) -> None:
    """Refuse options of this call that have no say in what is to be done."""
    given = [
        ("--" + name.replace("_", "-"), owner)
        for name, owner in _BELONGS_TO.items()
        if resolved.origin[name].startswith("--")
    ]
    if soft:
        given.append(("--soft", CORRECT))
    if budget is not None:
        given.append(("--budget", RELABEL))
    if safe_cells:
        # Cells of the data come out as they came in; only a queue is ours to write.
        given.append(("--safe-cells", RELABEL))
    for option, owner in given:
        if owner not in chosen.names:
            raise SettingError(
                f"{option} has a say in {owner} only, and the strategy is {chosen.text}",
                where=option,
                hint=f"leave it out, or use {owner}",
            )
