"""Conditions in the whole of expr-lang, of which we evaluate the part that judges numbers.

Argo compiles with expr 1.15: what that knows and we do not is no mistake, and cannot be looked into here.
"""

import re
from dataclasses import replace

from strategies.judge.metric import MetricText
from strategies.judge.template import condition_problem

_BEYOND = re.compile(
    r"\b(find|findIndex|findLast|findLastIndex|groupBy|reduce|type|string|trim|trimPrefix|trimSuffix|upper|lower|split|splitAfter"
    r"|replace|repeat|join|indexOf|lastIndexOf|hasPrefix|hasSuffix|median|toJSON|fromJSON|toBase64|fromBase64|now|duration|date"
    r"|get|take|keys|values|toPairs|fromPairs|sort|sortBy|reverse)\s*\(|(?<!\|)\|(?!\|)|\blet\s+\w+\s*=",
    re.ASCII,
)
"""A function that we do not have, a pipe, or a variable."""


def argo_condition_problem(text: str) -> str | None:
    """What Argo would find wrong with a condition, or None; also None where that cannot be told."""
    return None if is_beyond(text) else condition_problem(text)


def is_beyond(text: str | None) -> bool:
    """Whether a condition uses what only Argo evaluates."""
    return text is not None and _BEYOND.search(text) is not None


def within(text: MetricText) -> MetricText:
    """The metric without the conditions that cannot be looked into."""
    success, failure = (None if is_beyond(part) else part for part in (text.success, text.failure))
    return replace(text, success=success, failure=failure)
