"""What became of the actions in a ledger: undone, taken back, or standing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.digest import file_sha256
from labelaudit.remedy.ledger_chain import CHANGE, UNDO, VOID, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def voided(entries: Iterable[Entry]) -> frozenset[str]:
    """Give the actions that were taken back, because their file never got its name.

    Parameters
    ----------
    entries : iterable of Entry

    Returns
    -------
    frozenset of str
    """
    return frozenset(str(entry.facts["voids"]) for entry in entries if entry.kind == VOID)


def undone(entries: Iterable[Entry]) -> dict[str, str]:
    """Give the actions that are undone, and by which; an undo that is undone does not count.

    Parameters
    ----------
    entries : iterable of Entry
        The whole ledger, oldest first.

    Returns
    -------
    dict of str to str
    """
    headers = [entry for entry in entries if entry.kind != CHANGE]
    taken_back = voided(headers)
    by: dict[str, str] = {}
    for header in reversed(headers):
        undoes = header.facts.get("undoes")
        in_force = header.action not in taken_back and header.action not in by
        if header.kind == UNDO and undoes and in_force:
            by.setdefault(str(undoes), header.action)
    return by


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """Give the headers of the actions that were carried out and not undone, oldest first.

    Parameters
    ----------
    entries : iterable of Entry
        The whole ledger, oldest first.

    Returns
    -------
    list of Entry
    """
    headers = [entry for entry in entries if entry.kind != CHANGE]
    gone = voided(headers) | undone(headers).keys()
    return [one for one in headers if one.kind != VOID and one.action not in gone]


def last_writer(entries: Iterable[Entry], output: str, sha256: str) -> str:
    """Give the newest standing action that wrote a file with this content.

    Parameters
    ----------
    entries : iterable of Entry
    output : str
        The file as the ledger names it.
    sha256 : str

    Returns
    -------
    str
        Empty where there is none.
    """
    wrote = (
        one.action
        for one in reversed(standing(entries))
        if (one.facts.get("output"), one.facts.get("output_sha256")) == (output, sha256)
    )
    return next(wrote, "")


def states(entries: Iterable[Entry], base: Path) -> dict[str, str]:
    """Tell what became of what each action wrote.

    Parameters
    ----------
    entries : iterable of Entry
        The whole ledger, oldest first.
    base : Path
        `Ledger.base`.

    Returns
    -------
    dict of str to str
        By action. ``"present"``; ``"void"``: the file could not be given its name, or the
        header says so of another; ``"undone by 5"``; ``"replaced by 5"``: a later action
        wrote there; ``"as before"``: the file is what it was before; ``"changed"``: by
        something else; ``"missing"``: moved away since; ``"removed"``: by this undo.
    """
    headers = [entry for entry in entries if entry.kind != CHANGE]
    taken_back, by = voided(headers), undone(headers)
    found: dict[str, str] = {}
    hashes: dict[str, str] = {}
    later: dict[str, str] = {}
    for header in reversed(headers):
        if header.kind == VOID or header.action in taken_back:
            found[header.action] = VOID
            continue
        output = str(header.facts["output"])
        if header.action in by:
            state = f"undone by {by[header.action]}"
        else:
            if output not in hashes:
                path = base / output
                hashes[output] = file_sha256(path) if path.is_file() else ""
            state = _state(header, hashes[output], later.get(output))
        found[header.action] = state
        later.setdefault(output, header.action)
    return found


def _state(header: Entry, now: str, later: str | None) -> str:
    wanted = header.facts["output_sha256"]
    if now == wanted:
        return "present" if now else "removed"
    if later is not None:
        return f"replaced by {later}"
    if not now:
        return "missing"
    return "as before" if now == header.facts.get("replaces") else "changed"
