from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def bars(load):
    return load("quality_bars")


@pytest.fixture(scope="module")
def summary(load):
    return load("quality_summary")


@pytest.fixture(scope="module")
def tables(load):
    return load("quality_tables")


@pytest.fixture
def records(record):
    """Make two real sets and two planted ones, chosen on and held out."""
    made = []
    for name, group, role, ours, other in (
        ("mails", "real text", "chosen on", 0.6, 0.4),
        ("posts", "real text", "held out", 0.3, 0.4),
        ("genes", "real tables and embeddings", "held out", 0.6, 0.5),
        ("beans", "planted", "held out", 0.9, 0.6),
    ):
        figures = {"ece": 0.04, "f1_gap": 0.02, "best_f1": 0.5}
        ranges = {"in_range": True, "range_ratio": 1.5}
        made += [
            record(name, "labelaudit", group, role=role, auprc=ours, f1=ours, **figures, **ranges),
            record(name, "tutorial-lr", group, role=role, auprc=other, f1=other, **figures),
        ]
    none = record("beans", "labelaudit", rate=0.0, facts={"accuracy": 0.98}, in_range=False)
    none["figures"]["flagged"] = 0.01
    return [*made, none]


def by_name(found, start):
    (bar,) = [bar for bar in found if bar.name.startswith(start)]
    return bar


def test_ratios_are_those_of_the_means_on_each_part(bars, records):
    bar = by_name(bars.bars(records), "mean AUPRC, ratio to tutorial-lr, real text")
    assert bar.values["all"] == pytest.approx(0.9 / 0.8)
    assert bar.values["chosen on"] == pytest.approx(1.5)
    assert bar.values["held out"] == pytest.approx(0.75)
    assert [bar.passes(part) for part in bar.values] == [False, True, False]


def test_the_worst_set_is_looked_for_in_all_groups(bars, records):
    bar = by_name(bars.bars(records), "worst set's AUPRC")
    assert bar.values["all"] == pytest.approx(0.75)
    assert bar.passes("all") is False


def test_what_could_not_be_measured_is_neither_passed_nor_failed(bars, records):
    planted = [one for one in records if one["group"] == "planted"]
    bar = by_name(bars.bars(planted), "mean AUPRC, ratio to tutorial-lr, real text")
    assert bar.values["all"] is None
    assert bar.passes("all") is None


def test_blind_runs_are_left_out_of_the_calibration_of_real_sets_alone(bars, record):
    made = [
        record("seen", "labelaudit", "real text", ece=0.05),
        record("dark", "labelaudit", "real text", ece=0.95, facts={"blind": "chance"}),
        record("beans", "labelaudit", ece=0.3, facts={"blind": "chance"}),
    ]
    found = bars.bars(made)
    assert by_name(found, "mean ECE, real errors").values["all"] == pytest.approx(0.05)
    assert by_name(found, "mean ECE of the error").values["all"] == pytest.approx(0.3)


def test_ranges_count_by_run_and_only_where_errors_were_planted(bars, record):
    made = [
        record("one", "labelaudit", rate=0.1, in_range=True, range_ratio=1.9),
        record("one", "labelaudit", rate=0.2, in_range=True, range_ratio=2.1),
        record("one", "labelaudit", rate=0.4, in_range=False, range_ratio=None),
        record("one", "labelaudit", rate=0.0, in_range=False, range_ratio=None),
        record("two", "labelaudit", "real text", in_range=False, range_ratio=None),
    ]
    found = bars.bars(made)
    assert by_name(found, "planted runs whose range").values["all"] == pytest.approx(2 / 3)
    assert by_name(found, "planted runs with high").values["all"] == pytest.approx(1 / 3)


def test_flags_of_clean_data_count_where_the_models_are_good(bars, record):
    made = [
        record("easy", "labelaudit", rate=0.0, facts={"accuracy": 0.99}),
        record("hard", "labelaudit", rate=0.0, facts={"accuracy": 0.7}),
        record("odd", "labelaudit", rate=0.0, facts={"accuracy": None}),
    ]
    for one, flagged in zip(made, (0.03, 0.5, 0.6), strict=True):
        one["figures"]["flagged"] = flagged
    bar = by_name(bars.bars(made), "largest share flagged")
    assert bar.values["all"] == 0.03
    assert bar.passes("all") is False


def test_the_summary_can_be_kept_as_json(summary, records):
    found = summary.summarise(records)
    assert json.loads(json.dumps(found)) == found
    assert set(found["by_rate"]) == {"0", "0.1"}
    assert set(found["by_kind"]) == {"symmetric"}
    assert found["means"]["all"]["real text"]["labelaudit"]["auprc"] == pytest.approx(0.45)
    assert found["means"]["held out"]["real text"]["labelaudit"]["sets"] == 1


@pytest.fixture
def report(summary, records):
    failed = {**records[0], "pipeline": "datalab", "error": "it broke"}
    skipped = {**records[1], "pipeline": "tutorial-hgb", "skipped": "151 classes"}
    for one in (failed, skipped):
        del one["figures"]
    everything = [*records, failed, skipped]
    about = {"run": "quick", "rows": "all"}
    return {"about": about, "summary": summary.summarise(everything), "records": everything}


def test_the_report_names_every_set_with_its_losses(tables, report):
    text = tables.write_report(report)
    for name in ("mails", "posts", "genes", "beans"):
        assert f"### {name}: " in text
    (posts,) = [line for line in text.splitlines() if line.startswith("| posts |")]
    assert "0.75 (loss)" in posts
    (mails,) = [line for line in text.splitlines() if line.startswith("| mails |")]
    assert "loss" not in mails


def test_the_report_names_what_failed_and_what_was_skipped(tables, report):
    text = tables.write_summary(report)
    assert "| datalab | failed: it broke |" in text
    assert "| tutorial-hgb | skipped: 151 classes |" in text


def test_every_row_of_every_table_has_the_cells_of_its_head(tables, report):
    width = 0
    for line in tables.write_report(report).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        width = width or cells
        assert cells == width


def test_cells_cannot_break_a_table(tables):
    assert tables.table(["a", "b"], [["x|y", "two\nlines"]]) == (
        "| a | b |\n|---|---|\n| x\\|y | two lines |"
    )
    with pytest.raises(ValueError, match="as many cells"):
        tables.table(["a", "b"], [["x"]])


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (True, "yes"), (0.12345, "0.123"), (7, "7"), ("x", "x")]
)
def test_figures_are_written_short(tables, value, text):
    assert tables.number(value) == text
