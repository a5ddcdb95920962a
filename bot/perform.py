"""Doing what was decided: each effect becomes one guarded write, or a sentence that says why it did not.

Objects are read again here only to write the patch for them as they are (which container is the third one, what the
stable template looks like now); whether the write is still right is decided by the tests inside the patch, at the API
server, in one step with the change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from bot.adapters.kubernetes import DEPLOYMENTS, INGRESSES, SERVICES, Kind, Kubernetes
from bot.argo.perform import described, give
from bot.clock import Clock
from bot.clusters import Clusters, cluster_of
from bot.errors import AlreadyExists, NotFound, PermanentError, PreconditionFailed
from strategies.argo.writes import ArgoWrite
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide, Write
from strategies.model import Claim, Nginx, Side, Target
from strategies.native.canary import canary_deployment, canary_name, canary_template
from strategies.native.claims import claim_of, claim_text, is_ours
from strategies.native.patches import patch_side
from strategies.native.sides import Sides, pod_labels, sides
from strategies.problem import SpecProblem
from strategies.routers import nginx

Thing = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write. `applied`: the server took it; otherwise nothing was changed by it.

    `sentence` is for people; `request` says in one line what was asked of which object, as the audit keeps it.
    """

    applied: bool
    sentence: str
    request: str


class Performer:
    """Writes to the clusters."""

    def __init__(self, clusters: Clusters, clock: Clock) -> None:
        self._clusters = clusters
        self._clock = clock

    async def perform(self, effect: Write, target: Target) -> Outcome:
        """Do one effect on its target.

        A guard that fails is an outcome, not an error: the world changed, so it is looked at and decided again. Raises
        `PermanentError` where only a person can help, and passes on `TemporaryError` (look first where it says
        `maybe_applied`).
        """
        kubernetes, request = cluster_of(self._clusters, target.cluster).kubernetes, describe(effect, target)
        try:
            sentence = await _written(kubernetes, effect, target, self._clock.now())
        except (PreconditionFailed, _Changed) as changed:
            return Outcome(applied=False, sentence=str(changed), request=request)
        return Outcome(applied=True, sentence=sentence, request=request)


def describe(effect: Write, target: Target) -> str:
    """One line for the audit: the verb, the object, and what it is to become."""
    match effect:
        case CreateCanary():
            changes = {"claim": claim_text(effect.claim), "image": effect.image, "replicas": 0}
            return _line("create", DEPLOYMENTS, target.namespace, canary_name(target.workload), changes)
        case PatchSide():
            base = None if effect.base is None else f"{effect.base[0]} × {effect.base[1]}"
            changes = {"claim": _text(effect.claim), "base": base, "image": effect.image, "replicas": effect.replicas}
            return _line("patch", DEPLOYMENTS, target.namespace, _side_name(effect.side, target), changes)
        case CreateRoute():
            changes = {"claim": claim_text(effect.claim), "weight": 0}
            return _line("create", INGRESSES, target.namespace, _route_name(target), changes)
        case PatchRoute():
            changes = {"claim": _text(effect.claim), "weight": effect.weight}
            return _line("patch", INGRESSES, target.namespace, _route_name(target), changes)
        case ArgoWrite():
            return described(effect, target)
        case _:
            assert_never(effect)


class _Changed(Exception):  # noqa: N818 -- read as "the world has changed"
    """The object is not as it was seen, so that nothing was written."""


async def _written(kubernetes: Kubernetes, effect: Write, target: Target, at: datetime) -> str:
    match effect:
        case CreateCanary():
            return await _create_canary(kubernetes, effect, target)
        case PatchSide():
            return await _patch_side(kubernetes, effect, target)
        case CreateRoute():
            return await _create_route(kubernetes, effect, target)
        case PatchRoute():
            return await _patch_route(kubernetes, effect, target)
        case ArgoWrite():
            return await give(kubernetes, effect, target, at)
        case _:
            assert_never(effect)


async def _create_canary(kubernetes: Kubernetes, effect: CreateCanary, target: Target) -> str:
    stable = await _needed(kubernetes, DEPLOYMENTS, target, target.workload)
    found = await _sides(kubernetes, stable, target)
    _container(stable, target)
    body = canary_deployment(stable, found, target.container, effect.image, effect.claim)
    return await _created(kubernetes, DEPLOYMENTS, stable, body)


async def _patch_side(kubernetes: Kubernetes, effect: PatchSide, target: Target) -> str:
    name = _side_name(effect.side, target)
    deployment = await kubernetes.get(DEPLOYMENTS, target.namespace, name)
    if deployment is None:
        raise _Changed(f"Deployment {target.namespace}/{name} is gone; it is looked at again and decided anew.")
    template = await _renewed(kubernetes, effect, target, deployment)
    _container(deployment, target)
    await kubernetes.patch(
        DEPLOYMENTS, target.namespace, name, patch_side(effect, deployment, target.container, template)
    )
    return f"Deployment {target.namespace}/{name} changed."


async def _renewed(kubernetes: Kubernetes, effect: PatchSide, target: Target, canary: Thing) -> Thing | None:
    """The template an empty canary gets before it fills: the stable one as it is now, for nothing restarts by that.

    Where the sides cannot be told apart any more, the labels stay that were proven at the start: the way home may lead
    through here.
    """
    fills = effect.image is not None or bool(effect.replicas)
    if effect.side is Side.STABLE or effect.expect_replicas or not fills:
        return None
    stable = await _needed(kubernetes, DEPLOYMENTS, target, target.workload)
    _container(stable, target)
    services = await kubernetes.list(SERVICES, target.namespace)
    found = sides(stable, services.items, target)
    labels = found.labels if isinstance(found, Sides) else pod_labels(canary)
    image = effect.expect_image if effect.image is None else effect.image
    return canary_template(stable, labels, target.container, image)


async def _create_route(kubernetes: Kubernetes, effect: CreateRoute, target: Target) -> str:
    router = _router(target)
    stable = await _needed(kubernetes, DEPLOYMENTS, target, target.workload)
    ingress = await _needed(kubernetes, INGRESSES, target, router.ingress)
    others = await kubernetes.list(INGRESSES, target.namespace)
    _refuse(nginx.problems(ingress, others.items, router, target.workload))
    return await _created(kubernetes, INGRESSES, stable, nginx.desired(ingress, stable, router, effect.claim))


async def _patch_route(kubernetes: Kubernetes, effect: PatchRoute, target: Target) -> str:
    name = _route_name(target)
    route = await kubernetes.get(INGRESSES, target.namespace, name)
    if route is None:
        raise _Changed(f"Ingress {target.namespace}/{name} is gone; it is looked at again and decided anew.")
    if (nginx.seen(route), claim_of(route)) != (effect.expect_weight, effect.expect_claim):
        raise _Changed(
            f"Ingress {target.namespace}/{name} is not as it was seen; it is looked at again and decided anew."
        )
    await kubernetes.patch(INGRESSES, target.namespace, name, nginx.patch(effect, route))
    return f"Ingress {target.namespace}/{name} changed."


async def _created(kubernetes: Kubernetes, kind: Kind, owner: Thing, body: Mapping[str, Any]) -> str:
    """Create an object, or take over one of that name if we made it for the same owner; its claim is then brought up to
    date.
    """
    name, namespace = body["metadata"]["name"], body["metadata"]["namespace"]
    try:
        await kubernetes.create(kind, namespace, body)
    except AlreadyExists:
        there = await kubernetes.get(kind, namespace, name)
        if there is None:
            raise _Changed(f"{kind.kind} {namespace}/{name} came and went; it is looked at again.") from None
        if not is_ours(there, owner):
            raise PermanentError(
                f"{kind.kind} {namespace}/{name} is there already and was not made by Leadsman for "
                f"{owner['kind']} {owner['metadata']['name']}. Rename or delete it, so that the canary can have its name."
            ) from None
        raise _Changed(f"{kind.kind} {namespace}/{name} of ours is there already; it is taken over.") from None
    return f"{kind.kind} {namespace}/{name} created."


async def _needed(kubernetes: Kubernetes, kind: Kind, target: Target, name: str) -> Thing:
    found = await kubernetes.get(kind, target.namespace, name)
    if found is None:
        raise NotFound(
            f"There is no {kind.kind} {target.namespace}/{name} in cluster {target.cluster}. Create it again."
        )
    return found


async def _sides(kubernetes: Kubernetes, stable: Thing, target: Target) -> Sides:
    """How the sides are told apart now. Raises `PermanentError` if they cannot be, since somebody changed a selector."""
    services = await kubernetes.list(SERVICES, target.namespace)
    found = sides(stable, services.items, target)
    if not isinstance(found, Sides):
        raise PermanentError(" ".join(str(problem) for problem in found))
    return found


def _container(deployment: Thing, target: Target) -> None:
    """Refuse a Deployment without the target's container."""
    names = [one["name"] for one in deployment["spec"]["template"]["spec"]["containers"]]
    if target.container not in names:
        raise PermanentError(
            f"Deployment {target.namespace}/{deployment['metadata']['name']} has no container {target.container} "
            f"any more; it has: {', '.join(names)}. Give it back, or correct `workload.container` in the configuration."
        )


def _refuse(problems: tuple[SpecProblem, ...]) -> None:
    if problems:
        raise PermanentError(" ".join(str(problem) for problem in problems))


def _router(target: Target) -> Nginx:
    if target.router is None:
        raise PermanentError(f"{target.namespace}/{target.workload} has no router in the configuration. Set `traffic`.")
    return target.router


def _route_name(target: Target) -> str:
    return nginx.route_name(target.workload, _router(target).ingress)


def _side_name(side: Side, target: Target) -> str:
    return target.workload if side is Side.STABLE else canary_name(target.workload)


def _text(claim: Claim | None) -> str | None:
    return None if claim is None else claim_text(claim)


def _line(verb: str, kind: Kind, namespace: str, name: str, changes: Mapping[str, object]) -> str:
    told = ", ".join(f"{key} {value}" for key, value in changes.items() if value is not None)
    return f"{verb} {kind.resource} {namespace}/{name}: {told}"
