"""Arguments put into a metric as Argo does it: as plain text, whatever comes of it."""

import re
from collections.abc import Mapping

from strategies.judge.metric import PLACEHOLDER, MetricText
from strategies.judge.placeholder import Language
from strategies.judge.resolution import each_text


def fill_plainly(text: MetricText, values: Mapping[str, str | None]) -> tuple[MetricText, tuple[str, ...]]:
    """The metric with what `values` has in place of its placeholders, and the placeholders that stand for nothing.

    One whose value is None is known and waits for its value: it stays as it is.
    """
    unknown: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        inner = found[1].strip()
        name = inner.removeprefix("args.")
        if name == inner or name not in values:
            unknown[inner] = None
            return found[0]
        value = values[name]
        return found[0] if value is None else value

    def change(part: str, _: Language) -> str:
        return PLACEHOLDER.sub(put, part)

    return each_text(text, change), tuple(unknown)
