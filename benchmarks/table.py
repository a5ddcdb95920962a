"""The table, as people read it and as the README quotes it."""

import os
import platform
from collections.abc import Iterable, Sequence

from benchmarks.figure import Figure

HEAD = ("figure", "measured", "peer", "ratio", "limit", "the peer is")


def machine() -> str:
    """What it ran on, and how busy that was: figures are worth no more than this line."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load}"


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table, its columns even."""
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(figure: Figure) -> Sequence[str]:
    limit = "" if figure.limit is None else f"{figure.limit:g}"
    ratio = f"{figure.ratio:.2f}" + ("" if figure.holds else " ✗")
    measured, peer = (_number(value, figure.unit) for value in (figure.measured, figure.peer))
    return (figure.name, measured, peer, ratio, limit, figure.against)


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
    return f"| {' | '.join(cells)} |"
