"""What is wrong with metrics, in the controller's words."""

from typing import Any

from bot.playground.kubernetes.controllers.rollouts.durations import seconds_of

Obj = dict[str, Any]

PROVIDERS = (
    "prometheus", "kayenta", "web", "datadog", "wavefront", "newRelic", "job", "cloudWatch", "graphite", "influxdb",
    "skywalking",
)  # fmt: skip


def number(value: Any) -> int:
    """A limit that may be written as text; 0 for words."""
    text = str(value if value is not None else 0)
    return int(text) if text.lstrip("+-").isdigit() else 0


def effective_count(metric: Obj) -> int | None:
    """How many measurements a metric takes; None: until it is ended."""
    count = number(metric.get("count"))
    if count:
        return count
    return None if metric.get("interval") else 1


def metrics_fault(metrics: list[Obj]) -> str:
    """The first fault; empty for good metrics."""
    if not metrics:
        return "no metrics specified"
    names: set[str] = set()
    for index, metric in enumerate(metrics):
        if metric["name"] in names:
            return f"metrics[{index}]: duplicate name '{metric['name']}'"
        names.add(metric["name"])
        fault = _limits(metric) or _times(metric) or _provider(metric)
        if fault:
            return f"metrics[{index}]: {fault}"
    return ""


def _limits(metric: Obj) -> str:
    failures, successes = number(metric.get("failureLimit")), number(metric.get("consecutiveSuccessLimit"))
    undecided, count = number(metric.get("inconclusiveLimit")), number(metric.get("count"))
    if successes < 0:
        return "consecutiveSuccessLimit must be >= 0"
    if failures < -1:
        return "failureLimit must be >= 0, or -1 to be disabled"
    if successes == 0 and failures == -1:
        return "failureLimit and consecutiveSuccessLimit cannot both be disabled"
    if undecided < 0:
        return "inconclusiveLimit must be >= 0"
    if number(metric.get("consecutiveErrorLimit")) < 0:
        return "consecutiveErrorLimit must be >= 0"
    return _count(count, failures, successes, undecided) if count > 0 else ""


def _count(count: int, failures: int, successes: int, undecided: int) -> str:
    if failures >= 0 and count < failures + successes:
        sums = f"({failures} + {successes})"
        return f"count ({count}) must be >= failureLimit + consecutiveSuccessLimit {sums} if both >= 0"
    if failures < 0 and count < successes:
        return "count must be >= consecutiveSuccessLimit"
    return "count must be >= inconclusiveLimit" if count < undecided else ""


def _times(metric: Obj) -> str:
    interval, delay = metric.get("interval", ""), metric.get("initialDelay", "")
    if number(metric.get("count")) > 1 and not interval:
        return "interval must be specified when count > 1"
    for word, text in (("interval", interval), ("startDelay", delay)):
        if text and seconds_of(text) is None:
            return f'invalid {word} string: time: invalid duration "{text}"'
    return ""


def _provider(metric: Obj) -> str:
    given = metric.get("provider") or {}
    count = sum(given.get(name) is not None for name in PROVIDERS) + len(given.get("plugin") or {})
    if count == 0:
        return "no provider specified"
    return "multiple providers specified" if count > 1 else ""
