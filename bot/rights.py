"""What Leadsman's account must be allowed to do in a cluster: one list for the roles we print and for the checks we make.

Not listed, since every account has them: reading the server's version (`system:public-info-viewer`) and asking what one
may do oneself (`system:basic-user`). Reading an Argo CD Application is used where it is allowed, and never needed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.adapters.kubernetes import (
    ANALYSIS_RUNS,
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    DEPLOYMENTS,
    EXPERIMENTS,
    HPAS,
    INGRESSES,
    PODS,
    REPLICASETS,
    ROLLOUTS,
    SERVICES,
    Kind,
)
from strategies.model import Target, WorkloadKind


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one kind, or on its subresource."""

    kind: Kind
    verb: str
    subresource: str = ""

    @property
    def resource(self) -> str:
        """The resource as a role names it: `rollouts/status`."""
        return f"{self.kind.plural}/{self.subresource}" if self.subresource else self.kind.plural

    def __str__(self) -> str:
        part = f"/{self.subresource}" if self.subresource else ""
        return f"{self.verb} {self.kind.resource}{part}"


_READ = {
    DEPLOYMENTS: ("get", "list", "watch"),
    REPLICASETS: ("list", "watch"),
    PODS: ("list", "watch"),
    SERVICES: ("list",),
    HPAS: ("list",),
}
_ROUTED = {INGRESSES: ("get", "list", "watch")}
_WRITE = ("create", "patch")
_ROLLOUT = {
    ROLLOUTS: ("get", "list", "watch"),
    REPLICASETS: ("list", "watch"),
    PODS: ("list", "watch"),
    ANALYSIS_RUNS: ("list", "watch"),
    EXPERIMENTS: ("list", "watch"),
    SERVICES: ("list", "watch"),
    INGRESSES: ("list", "watch"),
    ANALYSIS_TEMPLATES: ("list",),
    CLUSTER_ANALYSIS_TEMPLATES: ("list",),
}
_GIVEN = (
    Right(ROLLOUTS, "patch"),
    Right(ROLLOUTS, "patch", "status"),
    Right(ANALYSIS_RUNS, "patch"),
)
_ORDER = (
    DEPLOYMENTS,
    ROLLOUTS,
    REPLICASETS,
    PODS,
    ANALYSIS_RUNS,
    EXPERIMENTS,
    SERVICES,
    HPAS,
    INGRESSES,
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
)


def rights(
    targets: Iterable[Target], *, observes: bool = False, templates: Iterable[Kind] = (), referring: bool = False
) -> tuple[Right, ...]:
    """What the rollouts of these targets need, each once, kinds together. `observes`: nothing is written. `templates`:
    the kinds of template that their plans name and that lie in the cluster. `referring`: a Rollout among them takes its
    pods from a Deployment (`workloadRef`).
    """
    found: dict[Right, None] = {}
    for target in targets:
        found |= dict.fromkeys(_of(target, observes=observes))
    found |= dict.fromkeys(Right(kind, "list") for kind in templates)
    found |= dict.fromkeys(referenced(observes=observes) if referring else ())
    return tuple(sorted(found, key=lambda right: (_ORDER.index(right.kind), right.subresource)))


def referenced(*, observes: bool) -> tuple[Right, ...]:
    """What a Rollout needs beside its own where it takes its pods from a Deployment (`workloadRef`)."""
    verbs = ("get", "list", "watch", *(() if observes else ("patch",)))
    return tuple(Right(DEPLOYMENTS, verb) for verb in verbs)


def _of(target: Target, *, observes: bool) -> Iterator[Right]:
    if target.kind is WorkloadKind.ROLLOUT:
        yield from (Right(kind, verb) for kind, verbs in _ROLLOUT.items() for verb in verbs)
        yield from () if observes else _GIVEN
        return
    kinds = {**_READ, **(_ROUTED if target.router else {})}
    for kind, verbs in kinds.items():
        written = kind in (DEPLOYMENTS, INGRESSES) and not observes
        for verb in (*verbs, *(_WRITE if written else ())):
            yield Right(kind, verb)
