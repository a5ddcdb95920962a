"""One measurement of one metric: what was asked when, what came back, and what that means."""

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from strategies.judge.conditions import ConditionError, Result, compile_condition
from strategies.judge.metric import Metric
from strategies.judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Sample:
    """What a provider answered, before it is judged.

    `number` is the one that `due` gave (1 is the first). `value` is the answer as `value_text` writes it, or `error`
    says why there is none. `weight` is the canary's share when it was taken; `ready` says whether a canary pod was
    ready then and the weight was in place.
    """

    metric: str
    number: int
    started_at: datetime
    finished_at: datetime
    value: str = ""
    error: str | None = None
    weight: int | None = None
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Measurement:
    """A judged sample. `value` is text so that NaN and infinity survive being saved; `result` is the same as
    numbers."""

    metric: str
    number: int
    started_at: datetime
    finished_at: datetime
    phase: Verdict
    value: str = ""
    message: str = ""
    weight: int | None = None
    ready: bool = True

    @property
    def result(self) -> Result:
        """The numbers of `value`: one for a scalar, a tuple for a vector, None where nothing came back, or no numbers.

        Only a controller that asked another provider than Prometheus has such answers, and has judged them itself.
        """
        try:
            return read_value(self.value)
        except ValueError:
            return None


def value_text(result: Result) -> str:
    """An answer as Argo writes it: `0.99`, `[0.99,0.5]`, `[NaN]`; empty for None."""
    if result is None:
        return ""
    if isinstance(result, tuple):
        return f"[{','.join(map(_number_text, result))}]"
    return _number_text(result)


def read_value(text: str) -> Result:
    """The answer that `value_text` wrote. Raises ValueError for any other text."""
    if not text:
        return None
    if text.startswith("["):
        inside = text.removeprefix("[").removesuffix("]")
        return tuple(float(part) for part in inside.split(",")) if inside else ()
    return float(text)


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    text = format(Decimal(repr(float(number))), "f")
    return text.removesuffix(".0") if text != "-0.0" else "-0"


def judge_value(metric: Metric, result: Result) -> tuple[Verdict, str]:
    """The verdict of one answer and, for Error, why. Without any condition every answer is Successful, as in Argo."""
    try:
        success = compile_condition(metric.success).evaluate(result) if metric.success else None
        failure = compile_condition(metric.failure).evaluate(result) if metric.failure else None
    except ConditionError as error:
        return Verdict.ERROR, str(error)
    match success, failure:
        case (_, True):
            return Verdict.FAILED, ""
        case (False, None):
            return Verdict.FAILED, ""
        case (False, False):
            return Verdict.INCONCLUSIVE, ""
        case _:
            return Verdict.SUCCESSFUL, ""


def judge(metric: Metric, sample: Sample) -> Measurement:
    """The sample with its verdict. A sample without an answer is an Error, whatever the conditions say."""
    phase, message = Verdict.ERROR, sample.error or ""
    if sample.error is None:
        phase, message = judge_value(metric, read_value(sample.value))
    return Measurement(
        metric=sample.metric,
        number=sample.number,
        started_at=sample.started_at,
        finished_at=sample.finished_at,
        phase=phase,
        value=sample.value,
        message=message,
        weight=sample.weight,
        ready=sample.ready,
    )
