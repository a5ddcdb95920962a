"""The drawing keeps the rules that make a chart readable on a phone, by everybody, whatever the data."""

import dataclasses
import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts import ChartData, Gap, Limit, Line, Measured, Point, Side, Step, render_svg
from bot.charts.lettering import width
from strategies.judge.verdict import Verdict
from tests.bot.charts.examples import NO_DATA, TOO_FEW, TOO_SLOW, UNTOLD_APART, line

SVG = "{http://www.w3.org/2000/svg}"
NEW, STABLE, ALL = "#D55E00", "#0072B2", "#009E73"


def drawing(data: ChartData) -> ET.Element:
    return ET.fromstring(render_svg(data))  # noqa: S314 (our own text)


def texts(data: ChartData) -> list[str]:
    return [element.text or "" for element in drawing(data).iter(f"{SVG}text")]


def strokes(data: ChartData, colour: str) -> list[list[tuple[float, float]]]:
    paths = [path for path in drawing(data).iter(f"{SVG}path") if path.get("fill") == "none"]
    return [
        [tuple(map(float, spot.split(","))) for spot in str(path.get("d"))[1:].split(" L")]  # type: ignore[misc]
        for path in paths
        if path.get("stroke") == colour
    ]


def marks(data: ChartData) -> tuple[int, int, int]:
    """How many ○, ✕ and ◇ there are."""
    svg = render_svg(data)
    return svg.count('r="11"'), svg.count("l22,22m0,-22l-22,22"), svg.count("l14,14l-14,14l-14,-14z")


def place_of(data: ChartData, text: str) -> tuple[float, float]:
    element = next(one for one in drawing(data).iter(f"{SVG}text") if one.text == text)
    return float(str(element.get("x"))), float(str(element.get("y")))


@pytest.mark.parametrize(("name", "data"), [("too_slow", TOO_SLOW), ("too_few", TOO_FEW)])
def test_the_drawing_is_as_it_was_when_somebody_last_looked_at_it(name: str, data: ChartData) -> None:
    kept = Path(__file__).with_name(f"{name}.svg")
    assert render_svg(data) == kept.read_text(), "look at the new drawing; if it is better, keep it in the file"


def test_the_title_is_the_verdict_and_versions_limit_and_weights_are_named() -> None:
    shown = texts(TOO_SLOW)
    assert shown[0] == "p95 latency: 412 ms, limit 300 ms"
    assert {"v1.4.2", "412 ms", "v1.4.1", "214 ms", "limit 300", "10%", "50%", "back"} <= set(shown)
    assert {"start", "+10 min", "+20 min", "+30 min"} <= set(shown)


def test_the_new_version_is_solid_and_stable_is_dashed() -> None:
    paths = {path.get("stroke"): path for path in drawing(TOO_SLOW).iter(f"{SVG}path") if path.get("fill") == "none"}
    assert paths[NEW].get("stroke-dasharray") is None
    assert paths[STABLE].get("stroke-dasharray") == "16 9"


def test_passes_failures_and_the_undecided_have_shapes_of_their_own() -> None:
    assert marks(TOO_SLOW) == (2, 2, 0)
    assert marks(TOO_FEW) == (1, 0, 1)


def test_a_failure_is_drawn_however_many_passes_stand_around_it() -> None:
    crowd = tuple(Measured(minute / 100, 200, Verdict.SUCCESSFUL) for minute in range(1000))
    crowded = dataclasses.replace(TOO_SLOW, measured=(*crowd, Measured(5, 200, Verdict.FAILED)))
    passed, failed, _ = marks(crowded)
    assert 5 < passed < 40
    assert failed == 1


def test_latency_starts_at_zero_and_success_rates_are_a_band_around_the_limit() -> None:
    assert "0" in texts(TOO_SLOW)
    assert "0" not in texts(TOO_FEW)
    assert {"100%", "98%", "95%"} <= set(texts(TOO_FEW))


def test_no_line_crosses_a_gap_and_the_gap_says_how_little_there_was() -> None:
    before, after = strokes(TOO_FEW, NEW)
    assert before[-1][0] < after[0][0] - 200
    assert {"212 of 500", "requests"} <= set(texts(TOO_FEW))


def test_a_missing_stretch_is_marked_even_if_nobody_announced_it() -> None:
    points = [Point(minute, math.nan if 8 <= minute <= 14 else 200) for minute in range(30)]
    unannounced = dataclasses.replace(TOO_SLOW, canary=Line("v1.4.2", tuple(points)))
    left_out = dataclasses.replace(
        TOO_SLOW, canary=Line("v1.4.2", tuple(point for point in points if not math.isnan(point.value)))
    )
    for data in (unannounced, left_out):
        assert len(strokes(data, NEW)) == 2
        assert {"no", "data"} <= set(texts(data)) or "no data" in texts(data)


def test_without_any_data_the_chart_says_so() -> None:
    assert "No data in this time" in texts(NO_DATA)
    only_nan = dataclasses.replace(TOO_SLOW, canary=line("v1.4.2", 0, 9, math.nan, math.inf), stable=None)
    assert "No data in this time" in texts(only_nan)


def test_one_line_for_all_traffic_has_neither_versions_colour() -> None:
    assert strokes(UNTOLD_APART, ALL)
    assert not strokes(UNTOLD_APART, NEW) + strokes(UNTOLD_APART, STABLE)
    assert "all traffic" in texts(UNTOLD_APART)


def test_a_single_point_is_seen() -> None:
    single = dataclasses.replace(UNTOLD_APART, all_traffic=line("all traffic", 3, 3, 5))
    assert f'r="7" fill="{ALL}"' in render_svg(single)


def test_what_people_typed_comes_out_as_typed() -> None:
    odd = '<b>&amp; "x" \x00\x1b\n</text>'
    data = dataclasses.replace(TOO_SLOW, title=odd, steps=(Step(3, odd),), canary=line(odd, 0, 9, 1, 2))
    shown = texts(data)
    assert shown[0] == '<b>&amp; "x" </text>'
    assert len([text for text in shown if text.startswith("<b>")]) == 3


def test_long_names_are_cut_and_a_long_title_takes_two_lines() -> None:
    long = "v1.4.2-rc.12+build.20261120.abcdef0123456789"
    data = dataclasses.replace(TOO_SLOW, title=f"{long} {long} {long}", canary=line(long, 0, 30, 1, 2))
    shown = texts(data)
    assert shown[0] == long
    assert shown[1].endswith("…")
    assert any(text.startswith("v1.4.2-") and text.endswith("…") for text in shown[2:])


def test_a_title_without_a_space_is_broken_anywhere() -> None:
    shown = texts(dataclasses.replace(TOO_SLOW, title="W" * 300))
    assert set(shown[0]) == {"W"}
    assert shown[1].endswith("W…")


def test_lines_that_end_together_have_labels_apart() -> None:
    data = dataclasses.replace(TOO_SLOW, canary=line("v1.4.2", 0, 31, 300, 300), stable=line("v1.4.1", 0, 31, 300, 299))
    heights = sorted(place_of(data, text)[1] for text in ("v1.4.2", "v1.4.1", "limit 300"))
    assert heights[1] - heights[0] >= 40
    assert heights[2] - heights[1] >= 40


def test_the_latest_weight_is_named_even_in_a_crowd_of_steps() -> None:
    many = tuple(Step(10 + number / 10, f"{number}%") for number in range(60))
    shown = texts(dataclasses.replace(TOO_SLOW, steps=many))
    assert "59%" in shown
    assert sum(text.endswith("%") for text in shown) < 10


def test_many_points_are_thinned_without_losing_the_peak() -> None:
    values = [200.0] * 20_000
    values[12_345] = 9_000.0
    peaked = dataclasses.replace(TOO_SLOW, canary=line("v1.4.2", 0, 31, *values), limits=())
    (drawn,) = strokes(peaked, NEW)
    assert len(drawn) < 3_000
    assert min(y for _, y in drawn) < 240


@pytest.mark.parametrize(
    ("value", "axis", "label"),
    [
        (0.0, ["0", "0.25", "0.50", "0.75", "1.00"], "0"),
        (1e-9, ["0", "5e-10", "1e-09"], "1e-09"),
        (0.0312, ["0", "0.01", "0.02", "0.03"], "0.0312"),
        (25_000.0, ["0", "10k", "20k"], "25,000"),
        (3.2e6, ["0", "1M", "2M", "3M"], "3,200,000"),
        (8e12, ["0", "2.5T", "5.0T", "7.5T"], "8.00e+12"),
        (-40.0, ["-40", "-20", "0"], "-40"),
    ],
)
def test_constant_lines_of_any_size_get_readable_axes_and_numbers_that_are_never_cut(
    value: float, axis: list[str], label: str
) -> None:
    shown = texts(dataclasses.replace(UNTOLD_APART, all_traffic=line("all traffic", 0, 300, value, value)))
    assert shown[1:-5] == axis
    assert shown[-1] == label


def test_a_rollout_just_begun_has_seconds_and_a_long_one_hours() -> None:
    assert "+30 s" in texts(dataclasses.replace(UNTOLD_APART, end=1.5))
    assert "+2 h" in texts(dataclasses.replace(UNTOLD_APART, end=400))
    assert any(text.endswith(" h") for text in texts(dataclasses.replace(UNTOLD_APART, end=60_000)))


numbers = st.one_of(st.floats(), st.floats(0, 1), st.floats(0, 1000))
minutes = st.floats(-10, 100)
words = st.text(max_size=40)
made_lines = st.builds(
    lambda label, points: Line(label, tuple(Point(*point) for point in sorted(points))),
    words,
    st.lists(st.tuples(minutes, numbers), max_size=12),
)
charts = st.builds(
    ChartData,
    title=words,
    metric=words,
    start=st.floats(-5, 50),
    end=st.floats(-5, 5000),
    unit=st.sampled_from([None, "ratio", "percent", "ms", "s", "count"]),
    canary=st.none() | made_lines,
    stable=st.none() | made_lines,
    all_traffic=st.none() | made_lines,
    limits=st.lists(st.builds(Limit, numbers, st.sampled_from(Side)), max_size=3).map(tuple),
    measured=st.lists(st.builds(Measured, minutes, numbers, st.sampled_from(Verdict)), max_size=8).map(tuple),
    steps=st.lists(st.builds(Step, minutes, words), max_size=8).map(tuple),
    gaps=st.lists(st.builds(Gap, minutes, minutes, words), max_size=3).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(charts)
def test_whatever_the_data_everything_is_on_the_card_and_large_enough(data: ChartData) -> None:
    svg = render_svg(data)
    assert not re.search(r'="[^"]*(nan|inf)', svg)
    for element in drawing(data).iter(f"{SVG}text"):
        size = int(str(element.get("font-size")))
        assert size >= 34
        text, x, bold = element.text or "", float(str(element.get("x"))), element.get("font-weight") == "700"
        shift = {None: 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor")]
        left = x - shift * width(text, size, bold=bold)
        assert left >= 20
        assert left + width(text, size, bold=bold) <= 1190
        assert 30 < float(str(element.get("y"))) < 630


@settings(max_examples=100, deadline=None)
@given(charts)
def test_the_same_data_gives_the_same_text(data: ChartData) -> None:
    assert render_svg(data) == render_svg(data)


usual = st.floats(0, 1000)
usual_lines = st.builds(
    lambda label, values: line(label, 0, 30, *values),
    st.text("v0123456789.-rcbuild", min_size=1, max_size=24),
    st.lists(usual, min_size=1, max_size=9),
)
usual_charts = st.builds(
    ChartData,
    title=st.text("abcdefgh 0123456789%", max_size=90),
    metric=st.just("metric"),
    start=st.just(0.0),
    end=st.sampled_from([30.0, 45.0, 180.0]),
    unit=st.sampled_from([None, "percent", "ms", "s", "count"]),
    canary=usual_lines,
    stable=st.none() | usual_lines,
    limits=st.lists(st.builds(Limit, usual, st.sampled_from(Side)), max_size=2).map(tuple),
    steps=st.lists(st.builds(Step, st.floats(0, 45), st.sampled_from(["10%", "100%", "back"])), max_size=8).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(usual_charts)
def test_no_text_lies_over_another(data: ChartData) -> None:
    boxes: list[tuple[float, float, float, float, str]] = []
    for element in drawing(data).iter(f"{SVG}text"):
        size, text = int(str(element.get("font-size"))), element.text or ""
        long = width(text, size, bold=element.get("font-weight") == "700")
        left = float(str(element.get("x"))) - {None: 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor")] * long
        base = float(str(element.get("y")))
        box = (left, base - 0.73 * size, left + long, base + 0.02 * size, text)
        for other in boxes:
            apart = box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]
            assert apart, (other[4], text)
        boxes.append(box)
