"""The steps of a plan, in Argo Rollouts' grammar and with two of our own: what a strategy returns and the machine walks.

`setWeight`, `pause`, `analysis` and `setCanaryScale` mean what they mean in a Rollout's `spec.strategy.canary.steps`;
`gate` is ours: people must approve before the cursor moves on.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from strategies.judge.template import Argument


class Silence(StrEnum):
    """What it means that nobody answered by the deadline. Never a yes."""

    ABORT = "abort"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class SetWeight:
    """Send `weight` percent (0 to 100) of the traffic to the canary."""

    weight: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for `duration`, or, where it is None, until a person promotes."""

    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Measure with the named AnalysisTemplates until they have a verdict. `cluster`: those of them that belong to no namespace."""

    templates: tuple[str, ...]
    args: tuple[Argument, ...] = ()
    cluster: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetCanaryScale:
    """Give the canary pods of its own count, apart from its traffic. Exactly one field is set; needs a router.

    `replicas`: that many pods. `weight`: that percentage of the stable count. `match_traffic_weight`: back to following the weight.
    """

    replicas: int | None = None
    weight: int | None = None
    match_traffic_weight: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """Ask people: `approvals` different members of the `roles` must say yes before `deadline` has passed."""

    approvals: int = 1
    roles: tuple[str, ...] = ("approver",)
    deadline: timedelta = timedelta(hours=4)
    on_deadline: Silence = Silence.ABORT


Step = SetWeight | Pause | Analysis | SetCanaryScale | Gate


@dataclass(frozen=True, slots=True)
class Background:
    """An analysis that runs beside the steps, from step `starting_step` (0-based) to the end of the walk."""

    analysis: Analysis
    starting_step: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a strategy returns: the steps of one walk and the limits it keeps. Data, frozen with the rollout.

    `max_surge` and `max_unavailable` are pods (whole numbers) or percentages such as `"25%"`, resolved against the replicas
    as Kubernetes does (surge up, unavailable down). `accept_coarse` lets a plan start whose real shares are far from the wanted ones.
    """

    strategy: str
    steps: tuple[Step, ...]
    background: Background | None = None
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"
    accept_coarse: bool = False
    progress_deadline: timedelta = field(default=timedelta(seconds=600))

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """Everything it measures: at its steps, then beside them."""
        steps = tuple(step for step in self.steps if isinstance(step, Analysis))
        return steps if self.background is None else (*steps, self.background.analysis)
