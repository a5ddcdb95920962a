"""Values as people read them, and the annotation that gives metrics their unit."""

import math

import pytest

from strategies.judge.unit import Unit, format_value, read_units


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9994, "ratio", "99.94%"),
        (0.95, "ratio", "95%"),
        (0.999996, "ratio", "99.9996%"),  # never rounded up to 100%
        (1.0, "ratio", "100%"),
        (1.2, "ratio", "120%"),
        (0.0, "ratio", "0%"),
        (99.5, "percent", "99.5%"),
        (99.9999, "percent", "99.9999%"),
        (100.0, "percent", "100%"),
        (412.3, "ms", "412 ms"),
        (1204.6, "ms", "1,205 ms"),
        (0.0412, "s", "0.0412 s"),
        (3.0, "s", "3 s"),
        (1204, "count", "1,204"),
        (0.123456, "other", "0.1235"),
        (0.95, None, "0.95"),
        (-0.00001, "percent", "0%"),
        (1e-9, None, "1e-09"),
        (2.5e20, None, "2.5e+20"),
        (math.nan, "ratio", "no number (NaN)"),
        (math.inf, "ms", "∞"),
        (-math.inf, None, "−∞"),
    ],
)
def test_a_value_reads_well(value: float, unit: str | None, text: str) -> None:
    assert format_value(value, unit) == text


def test_a_value_never_reads_like_the_limit_that_it_broke() -> None:
    assert format_value(0.949999, "ratio", beside=0.95) == "94.9999%"
    assert format_value(300.04, "ms", beside=300) == "300.04 ms"
    assert format_value(300, "ms", beside=300) == "300 ms"
    assert format_value(300, "ms", beside=math.nan) == "300 ms"
    assert format_value(300.0000000000001, "ms", beside=300) == "300 ms"  # as near as floats come


def test_the_annotation_gives_units() -> None:
    assert read_units(" rate=ratio, p95 = ms ,", ["rate", "p95", "x"], "here") == (
        {"rate": Unit.RATIO, "p95": Unit.MILLISECONDS},
        (),
    )


def test_every_mistake_in_the_annotation_is_told() -> None:
    units, problems = read_units("rate=percents,p99=ms,rate", ["rate"], "here")
    assert units == {}
    assert [problem.sentence for problem in problems] == [
        "'rate=percents' does not give a unit",
        "there is no metric 'p99'",
        "'rate' does not give a unit",
    ]
    assert problems[0].fix == "Write metric=unit with one of ratio, percent, ms, s, count, other."
