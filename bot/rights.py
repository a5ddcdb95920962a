"""What Leadsman's account must be allowed to do in a cluster: one list for the roles we print and for the checks we make.

Not listed, since every account has them: reading the server's version (`system:public-info-viewer`) and asking what one
may do oneself (`system:basic-user`). Reading an Argo CD Application is used where it is allowed, and never needed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.adapters.kubernetes import DEPLOYMENTS, HPAS, INGRESSES, PODS, REPLICASETS, SERVICES, Kind
from strategies.model import Target


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one kind."""

    kind: Kind
    verb: str


_READ = {
    DEPLOYMENTS: ("get", "list", "watch"),
    REPLICASETS: ("list", "watch"),
    PODS: ("list", "watch"),
    SERVICES: ("list",),
    HPAS: ("list",),
}
_ROUTED = {INGRESSES: ("get", "list", "watch")}
_WRITE = ("create", "patch")


def rights(targets: Iterable[Target], *, observes: bool = False) -> tuple[Right, ...]:
    """What the rollouts of these targets need, each once, kinds together. `observes`: nothing is written."""
    found: dict[Right, None] = {}
    for target in targets:
        found |= dict.fromkeys(_of(target, observes=observes))
    order = [*_READ, *_ROUTED]
    return tuple(sorted(found, key=lambda right: order.index(right.kind)))


def _of(target: Target, *, observes: bool) -> Iterator[Right]:
    kinds = {**_READ, **(_ROUTED if target.router else {})}
    for kind, verbs in kinds.items():
        written = kind in (DEPLOYMENTS, INGRESSES) and not observes
        for verb in (*verbs, *(_WRITE if written else ())):
            yield Right(kind, verb)
