"""The objects of one Rollout, as the API server gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Objects:
    """A Rollout (None: there is none) with what belongs to it, whoever owns what.

    `sets`, `pods`, `runs` and `experiments` are those it owns, directly or through one of the others; `services` and `ingresses` those its
    strategy names; `workload` the Deployment that a `workloadRef` points at.
    """

    rollout: Thing | None
    sets: Sequence[Thing] = ()
    pods: Sequence[Thing] = ()
    runs: Sequence[Thing] = ()
    experiments: Sequence[Thing] = ()
    services: Sequence[Thing] = ()
    ingresses: Sequence[Thing] = ()
    workload: Thing | None = None
