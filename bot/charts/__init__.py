"""Charts that show why: one metric of a rollout as an image that can be read on a phone.

`ChartData` says what to show, `render_svg` draws it as text, `alt_text` says the same in words, `ChartRenderer` makes
the PNG.
"""

from bot.charts.alt import alt_text
from bot.charts.data import ChartData, Gap, Limit, Line, Measured, Point, Side, Step
from bot.charts.renderer import ChartRenderer
from bot.charts.svg import render_svg

__all__ = [
    "ChartData",
    "ChartRenderer",
    "Gap",
    "Limit",
    "Line",
    "Measured",
    "Point",
    "Side",
    "Step",
    "alt_text",
    "render_svg",
]
