from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from labelaudit.measure.curve import Curve, CurvePoint
from labelaudit.measure.curve_picture import draw_picture
from labelaudit.measure.impact_stats import Difference, Scoring
from labelaudit.types import Rate

SVG = "{http://www.w3.org/2000/svg}"


def curve_of(n_classes=2, *, known=True, label="class"):
    points = tuple(
        CurvePoint(
            rate,
            100 * rate,
            Scoring(0.9 - rate, 0.9 - rate, 0.3, 0.05 + rate / 4),
            Difference(-rate, -rate - 0.01, -rate + 0.01, 0.005, 0.01),
            {f"{label}{at}": 0.9 - rate + at / 1000 for at in range(n_classes)},
        )
        for rate in (0.0, 0.1, 0.4)
    )
    gain = Difference(0.02, 0.01, 0.04, 0.01, 0.01)
    rate = Rate(0.08, 0.05, 0.12, "range") if known else None
    return Curve(points, gain, gain, rate, verified=False, verdict="part")


def read(curve, **words):
    told = {"title": "What wrong labels cost", "description": "Noise costs something."} | words
    return ET.fromstring(draw_picture(curve, **told))  # noqa: S314


@pytest.mark.parametrize("n_classes", [2, 6, 100])
@pytest.mark.parametrize("known", [True, False])
def test_the_picture_can_be_read_out_and_lies_within_its_frame(n_classes, known):
    root = read(curve_of(n_classes, known=known))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "What wrong labels cost"
    assert root.find(f"{SVG}desc").text == "Noise costs something."
    drawn = {one.get("id") for one in root.iter(f"{SVG}g")}
    assert {"all-rows", "calibration-error", "class-0"} <= drawn
    assert ("noise-rate" in drawn) == known


def test_the_estimate_is_told():
    texts = [one.text for one in read(curve_of()).iter(f"{SVG}text")]
    assert "8.0 % wrong now (estimated)" in texts
    unknown = [one.text for one in read(curve_of(known=False)).iter(f"{SVG}text")]
    assert not any("wrong now" in one for one in unknown)


def test_names_from_the_data_do_nothing():
    root = read(curve_of(label="<b>&\x1b[$x^2$"), title="<script>")
    assert root.find(f"{SVG}title").text == "<script>"
    assert not list(root.iter(f"{SVG}b"))
    assert "<b>& [$x^2$0" in {one.text for one in root.iter(f"{SVG}text")}


def test_it_takes_the_colour_of_its_surroundings():
    drawn = draw_picture(curve_of(), title="t", description="d")
    assert "currentColor" in drawn
    assert "prefers-color-scheme:dark" in drawn
    assert "http" not in drawn.replace("http://www.w3.org/", "")


def test_the_same_curve_is_the_same_picture():
    words = {"title": "t", "description": "d"}
    assert draw_picture(curve_of(), **words) == draw_picture(curve_of(), **words)
