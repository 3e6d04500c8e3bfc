from __future__ import annotations

import csv
import json

import pytest
from cli_data import messages

BASELINE = "labelaudit-baseline.csv"


def entries(tmp_path):
    with (tmp_path / BASELINE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def issues(cli):
    return json.loads(cli("report", "-f", "json").out)["issues"]


def test_help_has_examples(cli):
    for command in ([], ["list"], ["add"], ["prune"]):
        answer = cli("baseline", *command, "--help")
        assert answer.code == 0
        assert "Examples:" in answer.out
        assert "labelaudit baseline" in answer.out
    assert cli("baseline").code == 2


def test_known_issues_are_listed_and_still_shown(audited, texts, tmp_path):
    found = issues(audited)
    answer = audited(
        "baseline", "add", "--why", "before the\nguidelines", "--expires", "2999-01-01"
    )
    assert answer.code == 0
    assert answer.out == ""
    assert f"wrote {BASELINE}: {len(found)} issues of run" in answer.err
    held = entries(tmp_path)
    assert {one["row_id"] for one in held} == {one["row_id"] for one in found}
    assert {(one["decision"], one["why"], one["expires"]) for one in held} == {
        ("known", "before the guidelines", "2999-01-01")
    }
    assert [one["fingerprint"] for one in held] == sorted(one["fingerprint"] for one in held)
    assert audited("detect", texts, "-q", "-f", "csv").code == 0
    assert len(issues(audited)) == len(found)
    listed = audited("baseline", "list")
    assert listed.code == 0
    assert listed.out.count("known") == listed.out.count("valid") == len(found)
    assert "0 of them stale" in listed.err


def test_some_issues_only(audited, tmp_path):
    found = issues(audited)
    row = found[1]["row_id"]
    dry = audited("baseline", "add", "--why", "x", "--row", row, "--dry-run")
    assert "1 issue of run" in dry.err
    assert not (tmp_path / BASELINE).exists()
    assert audited("baseline", "add", "--why", "x", "--row", row).code == 0
    assert [one["row_id"] for one in entries(tmp_path)] == [row]
    none = audited("baseline", "add", "--why", "x", "--row", row, "--verdict", "duplicate")
    assert "nothing was written" in none.err
    audited("baseline", "add", "--why", "y", "--verdict", found[0]["verdict"])
    held = {one["row_id"]: one["why"] for one in entries(tmp_path)}
    kind = {one["row_id"] for one in found if one["verdict"] == found[0]["verdict"]}
    assert held == dict.fromkeys(kind, "y") | {row: "x"}


def test_what_is_on_record_is_not_replaced_in_passing(audited, tmp_path):
    found = [one["row_id"] for one in issues(audited)]
    first = audited("baseline", "add", "--why", "ticket 12", "--expires", "30d", "--row", found[0])
    assert first.err.splitlines()[-1] == (
        "  this is not in the ledger: git takes it back, labelaudit undo leaves it"
    )
    assert audited("fix", "-s", "relabel", "-o", "queue.csv", "-q").code == 0
    with (tmp_path / "queue.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [{**row, "decision": ""} for row in csv.DictReader(file)]
    kept = next(row for row in rows if row["row_id"] == found[1])
    kept["decision"] = "keep"
    with (tmp_path / "filled.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert audited("apply", "filled.csv").code == 0
    before = {one["row_id"]: one for one in entries(tmp_path)}
    dry = audited("baseline", "add", "--why", "later", "--dry-run")
    assert dry.code == 0
    assert f"without --dry-run {len(found) - 2} issues of run" in dry.err
    answer = audited("baseline", "add", "--why", "later")
    assert answer.code == 0
    assert answer.out == ""
    assert f"wrote {BASELINE}: {len(found) - 2} issues of run" in answer.err
    assert "  on record before, and left as it was: 1 known, 1 right\n" in answer.err
    assert "  on record before, and left as it was: 1 known, 1 right\n" in dry.err
    held = {one["row_id"]: one for one in entries(tmp_path)}
    assert {row: held[row] for row in found[:2]} == before
    assert (before[found[0]]["why"], before[found[1]]["decision"]) == ("ticket 12", "right")
    assert {held[row]["why"] for row in found[2:]} == {"later"}
    written = (tmp_path / BASELINE).read_bytes()
    again = audited("baseline", "add", "--why", "much later", "--expires", "10d")
    assert again.code == 0
    assert f"is new to {BASELINE}: nothing was written" in again.err
    assert (tmp_path / BASELINE).read_bytes() == written


def test_what_had_expired_holds_again(audited, tmp_path):
    row = issues(audited)[0]["row_id"]
    assert audited("baseline", "add", "--why", "x", "--expires", "30d", "--row", row).code == 0
    path = tmp_path / BASELINE
    (entry,) = entries(tmp_path)
    old = (
        path.read_text()
        .replace(entry["expires"], "2020-02-02")
        .replace(entry["when"], "2020-01-01")
    )
    path.write_text(old)
    answer = audited("baseline", "add", "--why", "y", "--row", row)
    assert answer.code == 0
    assert "  1 of them had expired, and hold again\n" in answer.err
    assert [(one["why"], one["expires"]) for one in entries(tmp_path)] == [("y", "")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--why"),
        (["--why", " "], "there is no reason"),
        (["--why", "x", "--row", "m07"], "is no issue of the run"),
        (["--why", "x", "--verdict", "mislabeled"], "did you mean 'mislabelled'?"),
        (["--why", "x", "--expires", "2020-01-01"], "has passed"),
        (["--why", "x", "--baseline", "none"], "no baseline to work on"),
        (["nope", "--why", "x"], "there is no run 'nope'"),
    ],
)
def test_bad_calls(audited, tmp_path, options, words):
    answer = audited("baseline", "add", *options)
    assert answer.code == 2
    assert words in answer.err
    assert not (tmp_path / BASELINE).exists()


def test_listing_needs_neither_a_run_nor_a_file(cli, tmp_path):
    answer = cli("baseline", "list")
    assert (answer.code, answer.out) == (0, "")
    assert "there is no entry" in answer.err
    assert cli("baseline", "list", "--json").out == "[]\n"
    (tmp_path / BASELINE).write_text(
        "fingerprint,row_id,label,decision,who,when,why,expires\n"
        "00000000000000a1,m1,ham,right,anna,2026-01-02,\x1b[31msure,\n"
    )
    answer = cli("baseline", "list")
    assert answer.code == 0
    assert "m1" in answer.out
    assert "\x1b" not in answer.out
    assert "no run is kept yet" in answer.err
    assert json.loads(cli("baseline", "list", "--json").out)[0]["state"] is None
    assert cli("baseline", "list", "--baseline", "other.csv").code == 2


def test_stale_entries_are_told_and_pruned(audited, texts, tmp_path):
    found = issues(audited)
    assert audited("baseline", "add", "--why", "x").code == 0
    frame = messages().set_index("id")
    gone, moved, relabelled, *kept = (one["row_id"] for one in found)
    frame = frame.drop(gone)
    frame.loc[moved, "text"] = "something else entirely"
    other = {"ham": "spam", "spam": "ham"}
    frame.loc[relabelled, "label"] = other[frame.loc[relabelled, "label"]]
    frame.reset_index().sample(frac=1, random_state=0).to_csv(texts, index=False)
    lines = (tmp_path / BASELINE).read_text().splitlines()
    expired = next(place for place, line in enumerate(lines) if kept[0] in line)
    lines[expired] += "2020-01-01"
    (tmp_path / BASELINE).write_text("\n".join(lines) + "\n")
    detected = audited("detect", texts, "-f", "json")
    notices = {one["code"]: one for one in json.loads(detected.out)["notices"]}
    assert notices["stale-baseline"]["message"].startswith(f"4 entries of {BASELINE} no longer")
    assert notices["stale-baseline"]["hint"] == ("take them out with `labelaudit baseline prune`")
    states = {
        one["row_id"]: one["state"] for one in json.loads(audited("baseline", "list", "--json").out)
    }
    assert (states[gone], states[moved]) == ("row gone", "content changed")
    assert (states[relabelled], states[kept[0]]) == ("label changed", "expired")
    assert {states[one] for one in kept[1:]} == {"valid"}
    before = (tmp_path / BASELINE).read_bytes()
    dry = audited("baseline", "prune", "--dry-run")
    assert dry.code == 0
    assert f"{gone} labelled" in dry.err
    assert "4 entries would leave" in dry.err
    assert (tmp_path / BASELINE).read_bytes() == before
    assert f"wrote {BASELINE}: 4 entries taken out" in audited("baseline", "prune").err
    assert {one["row_id"] for one in entries(tmp_path)} == set(kept[1:])
    again = audited("baseline", "prune")
    assert again.code == 0
    assert "no entry" in again.err


def test_the_baseline_of_other_data_is_not_pruned(audited, tmp_path):
    assert audited("baseline", "add", "--why", "x").code == 0
    held = (tmp_path / BASELINE).read_bytes()
    frame = messages(200)
    frame["id"] = [f"other-{number}" for number in range(200)]
    frame.to_csv(tmp_path / "other.csv", index=False)
    assert audited("detect", "other.csv", "-q", "-f", "csv").code == 0
    answer = audited("baseline", "prune")
    assert answer.code == 2
    assert "that of other data" in answer.err
    assert (tmp_path / BASELINE).read_bytes() == held
