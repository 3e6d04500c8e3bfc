from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from impact_example import bench_of, clean_test, noisy_run

from labelaudit.errors import SettingError
from labelaudit.measure.curve import RATES, check_rates, draw_curve, planted_ways
from labelaudit.measure.impact_stats import Judged
from labelaudit.types import Rate, Verified

CONFUSED = np.array([[9.0, 1.0, 0.0], [0.0, 9.0, 1.0], [1.0, 0.0, 9.0]])


def test_rates_are_put_in_order_with_none_among_them():
    assert check_rates((0.2, 0.1, 0.2)) == (0.0, 0.1, 0.2)
    assert check_rates(RATES) == RATES
    for wrong in ((0.95,), (-0.1,), (0.0,), (nan,)):
        with pytest.raises(SettingError):
            check_rates(wrong)


def test_planted_rows_are_learned_from_and_never_scored():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, test=clean_test(), repeats=2)
    ways = planted_ways(bench, (0.0, 0.2, 0.4), CONFUSED)
    assert sorted(ways) == [0.2, 0.4]
    before = bench.rows.truth.copy()
    for treatments in ways.values():
        assert len(treatments) == len(bench.fits)
        for one in treatments:
            assert (bench.rows.y[one.changed] >= 0).all()
            assert (bench.rows.truth[one.changed] < 0).all()
            assert (one.codes != bench.rows.y[one.changed]).all()
    assert (bench.rows.truth == before).all()


def test_as_much_is_planted_as_was_asked_for_and_more_adds_to_less():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, repeats=2)
    ways = planted_ways(bench, (0.1, 0.3), CONFUSED)
    for low, high in zip(ways[0.1], ways[0.3], strict=True):
        assert low.changed.size / data.n_rows == pytest.approx(0.1, abs=0.05)
        assert high.changed.size / data.n_rows == pytest.approx(0.3, abs=0.08)
        more = dict(zip(high.changed.tolist(), high.codes.tolist(), strict=True))
        assert all(
            more[row] == code
            for row, code in zip(low.changed.tolist(), low.codes.tolist(), strict=True)
        )
    repeats = {one.changed.tobytes() for one in ways[0.3]}
    assert len(repeats) == 2


def test_half_of_the_planted_labels_go_where_the_model_errs():
    data, audit = noisy_run()
    bench, data = bench_of(data, audit)
    (one, *_) = planted_ways(bench, (0.9,), CONFUSED)[0.9]
    to_the_next = (one.codes == (data.y[one.changed] + 1) % 3).mean()
    assert to_the_next == pytest.approx(0.75, abs=0.08)


def judged_at(bench, accuracy):
    """Hits on that share of the scored rows, the same in every pass."""
    shape = bench.design.fit.shape
    hit = np.broadcast_to(np.arange(shape[1]) < round(accuracy * shape[1]), shape)
    full = np.full(shape, 0.5, dtype=np.float32)
    return Judged(hit.copy(), full, full)


def summary_of(audit, low, middle, high, **more):
    rate = Rate(middle, low, high, "made up")
    return replace(audit.summary, noise_rate=rate, verified=None, blind="", **more)


def curve_of(accuracies, *, noise=(0.05, 0.1, 0.15), clean=True, **more):
    data, audit = noisy_run()
    bench, data = bench_of(data, audit, test=clean_test())
    planted = planted_ways(bench, tuple(accuracies), CONFUSED)
    summary = more.pop("summary", None) or summary_of(audit, *noise)
    judged = {rate: judged_at(bench, value) for rate, value in accuracies.items()}
    return draw_curve(
        bench, judged, planted, summary=summary, classes=data.classes, clean=clean, **more
    )


def test_the_cost_is_the_slope_over_the_low_rates():
    found = curve_of({0.0: 0.9, 0.1: 0.87, 0.2: 0.84, 0.4: 0.4})
    assert found.cost.estimate == pytest.approx(0.03, abs=1e-9)
    assert found.cost.low < 0.03 < found.cost.high
    assert [point.rate for point in found.points] == [0.0, 0.1, 0.2, 0.4]
    assert found.points[0].change.estimate == 0
    assert found.points[0].planted == 0
    assert found.points[1].change.estimate == pytest.approx(-0.03)
    assert found.points[2].planted > found.points[1].planted > 0


def test_a_curve_that_follows_the_formula_is_carried_on_by_it():
    def accuracy(told):
        return 0.96 - 0.05 / told

    rates = (0.0, 0.1, 0.2, 0.3)
    noise = 0.2
    values = {rate: accuracy((1 - 1.5 * noise) * (1 - 1.5 * rate)) for rate in rates}
    found = curve_of(values, noise=(noise, noise, noise))
    truth = accuracy(1.0) - accuracy(1 - 1.5 * noise)
    assert found.gain.estimate == pytest.approx(truth, abs=0.004)
    assert found.gain.low < truth < found.gain.high


def test_the_verdict_goes_by_the_share_of_errors_that_noise_makes():
    steep = {0.0: 0.95, 0.1: 0.9, 0.2: 0.8}
    assert curve_of(steep).verdict == "bottleneck"
    gentle = {0.0: 0.6, 0.1: 0.55, 0.2: 0.5}
    assert curve_of(gentle, noise=(0.01, 0.02, 0.03)).verdict == "part"
    assert curve_of(gentle, noise=(0.01, 0.02, 0.03), gained=0.2).verdict == "bottleneck"
    flat = {0.0: 0.9, 0.1: 0.9, 0.2: 0.9}
    assert curve_of(flat).verdict == "not"


def test_errors_of_the_yardstick_are_not_held_against_the_model():
    values = {0.0: 0.8, 0.1: 0.77, 0.2: 0.73}
    assert curve_of(values, clean=True).verdict == "part"
    assert curve_of(values, clean=False).verdict == "bottleneck"


def test_without_an_estimate_nothing_is_foretold():
    _, audit = noisy_run()
    values = {0.0: 0.9, 0.1: 0.8, 0.2: 0.7}
    unknown = curve_of(values, noise=(nan, nan, nan))
    assert unknown.verdict == "unknown"
    assert unknown.noise_rate is None
    assert np.isnan(unknown.gain.estimate)
    blind = replace(summary_of(audit, 0.1, 0.2, 0.3), blind="models are at chance")
    assert curve_of(values, summary=blind).verdict == "unknown"


def test_what_people_found_goes_before_what_is_estimated():
    _, audit = noisy_run()
    some = Rate(0.5, 0.4, 0.6, "people")
    people = Verified("s", 300, 150, some, some, Rate(0.04, 0.02, 0.06, "people"))
    summary = replace(summary_of(audit, 0.1, 0.2, 0.3), verified=people)
    found = curve_of({0.0: 0.9, 0.1: 0.8, 0.2: 0.7}, summary=summary)
    assert found.verified
    assert found.noise_rate.estimate == 0.04
