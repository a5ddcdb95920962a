"""The times of a range query."""

from datetime import UTC, datetime, timedelta

import pytest

from strategies.judge.timerange import TimeRange, parse_time_range

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("now()", NOW),
        ('now() - duration("1h")', NOW - timedelta(hours=1)),
        ("now()-duration('1h30m')+duration(\"10m\")", NOW - timedelta(minutes=80)),
        ('date("2026-01-02T15:04:05Z")', datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)),
        ("date('2026-01-02') + duration('1m')", datetime(2026, 1, 2, 0, 1, tzinfo=UTC)),
        ("date('2026-01-02 03:04:05')", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("date('2026-01-02T15:04:05+02:00')", datetime(2026, 1, 2, 13, 4, 5, tzinfo=UTC)),
        ("date('Fri, 02 Jan 2026 15:04:05 UTC')", datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)),
        ("date('02/01/2026 7h', '02/01/2006 15h')", datetime(2026, 1, 2, 7, tzinfo=UTC)),
        ("date('Jan 2, 2026 3:04 PM', 'Jan 2, 2006 3:04 PM')", datetime(2026, 1, 2, 15, 4, tzinfo=UTC)),
        (
            "date('2026-07-02 15:04', '2006-01-02 15:04', 'UTC') - duration('1h')",
            datetime(2026, 7, 2, 14, 4, tzinfo=UTC),
        ),
        ("date('2026-07-02 15:04', \"2006-01-02 15:04\", 'Europe/Berlin')", datetime(2026, 7, 2, 13, 4, tzinfo=UTC)),
    ],
)
def test_means_a_moment(text: str, when: datetime) -> None:
    found = parse_time_range(text, "now()", STEP)
    assert isinstance(found, TimeRange)
    assert found.start.when(NOW) == when
    assert found.end.when(NOW) == NOW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "then()",
        "now() - 1h",
        "now() - duration('x')",
        "date('yesterday')",
        "date('2026-01-02', '15:04')",
        "date('2026-01-02', '2006-01-02', 'Atlantis/Poseidonis')",
        "date('2026-01-02', '2006-01-02', '../etc')",
        "date('2026-01-02', '2006-01-02', 'UTC', 'x')",
        "date('9999-01-01')",
        "now() - duration('8000h') - duration('8000h')",
    ],
)
def test_means_no_moment(text: str) -> None:
    assert parse_time_range(text, "now()", STEP) == f"rangeQuery.start {text!r} is not a time"
    assert parse_time_range("now()", text, STEP) == f"rangeQuery.end {text!r} is not a time"


def test_a_range_needs_a_step() -> None:
    assert parse_time_range("now()", "now()", timedelta()) == "rangeQuery.step must be greater than 0"
