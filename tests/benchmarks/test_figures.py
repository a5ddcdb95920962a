"""Figures hold by their ratio alone, and the table says so in a line each."""

import importlib
from types import ModuleType

import pytest

from benchmarks import queries, writes
from benchmarks.figure import Figure, percentile
from benchmarks.registry import NAMES
from benchmarks.table import table
from tests.benchmarks import SHORTEST


def test_a_figure_holds_up_to_its_limit_and_not_beyond() -> None:
    assert Figure("ack", 15, 10, "ms", "bare", limit=1.5).holds
    assert not Figure("ack", 16, 10, "ms", "bare", limit=1.5).holds
    assert Figure("ack", 9_000, 10, "ms", "bare").holds


def test_what_must_not_be_at_all_has_the_limit_zero() -> None:
    assert Figure("requests", 0, 1, "", "none", limit=0.0).holds
    assert not Figure("requests", 1, 1, "", "none", limit=0.0).holds


def test_a_line_of_the_table_has_both_sides_the_ratio_and_a_mark_where_it_does_not_hold() -> None:
    lines = table([Figure("ack", 2_250, 10, "ms", "bare Bolt", limit=1.5), Figure("chart", 61.5, 60, "ms", "resvg")])

    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]

    assert cells[2] == ["ack", "2,250 ms", "10 ms", "225.00 ✗", "1.5", "bare Bolt"]
    assert cells[3] == ["chart", "61.5 ms", "60 ms", "1.02", "", "resvg"]
    assert len({len(line) for line in lines.splitlines()}) == 1


def test_percentiles_are_measured_values_and_nothing_measured_is_an_error() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 50) == 51
    assert percentile(values, 99) == 100
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


@pytest.mark.parametrize("counted", [queries, writes], ids=["queries", "writes"])
def test_what_the_design_counts_is_kept(counted: ModuleType) -> None:
    assert all(figure.holds for figure in counted.measure(SHORTEST))


def test_every_benchmark_that_is_named_is_there() -> None:
    assert all(callable(importlib.import_module(f"benchmarks.{name}").measure) for name in NAMES)
