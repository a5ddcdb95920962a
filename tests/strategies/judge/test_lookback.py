"""How far a query looks back."""

from datetime import timedelta

import pytest

from strategies.judge.lookback import lookback


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("up", 0),
        ("rate(x[5m])", 300),
        ("rate(x[5m] offset 1h)", 3900),
        ("sum(rate(x{a=\"[9h]\", b=~'[8h]'}[2m])) / sum(rate(y[1m]))", 120),
        ("max_over_time(rate(x[5m])[30m:1m])", 2100),
        ("max_over_time((rate(x[5m]))[30m:] offset 1m)", 2160),
        ("avg_over_time(x[1h30m])", 5400),
        ("x offset -1h", 0),
        ("x # [5m]\n + y", 0),
        ("quantile(0.9, rate(x[1d]))", 86400),
        ("rate(x[5m]) > (rate(y[10m])", 600),
        ("x)", 0),
        ("rate(x[999999999y])", 100 * 31536000),
    ],
)
def test_reaches(query: str, seconds: int) -> None:
    assert lookback(query) == timedelta(seconds=seconds)
