"""The words for how a measurement, a metric or a whole run stands, and their order."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """Argo's analysis phases, best first: in a run the worst one wins."""

    SUCCESSFUL = "Successful"
    RUNNING = "Running"
    PENDING = "Pending"
    INCONCLUSIVE = "Inconclusive"
    ERROR = "Error"
    FAILED = "Failed"

    @property
    def is_completed(self) -> bool:
        """Whether it is final."""
        return self not in (Verdict.RUNNING, Verdict.PENDING)

    @property
    def stops_run(self) -> bool:
        """Whether one metric with this verdict ends the whole run."""
        return self in (Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAILED)


_ORDER = list(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of `verdicts`; Successful where there are none."""
    return max(verdicts, key=_ORDER.index, default=Verdict.SUCCESSFUL)
