"""Before anything is touched: every reason why a rollout may not start, each with what would mend it.

All reasons are found in one go where that is possible, so that people do not mend one only to meet the next. What was
looked at is not believed later: every write carries its own tests.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.kubernetes import DEPLOYMENTS, HPAS, INGRESSES, REPLICASETS, SERVICES, Kind, Kubernetes
from bot.clock import Clock
from bot.clusters import Clusters, cluster_of
from bot.errors import PermanentError
from bot.observe import read
from bot.rights import rights
from strategies.model import Claim, Nginx, Revision, Seen, Target
from strategies.native.argocd import Mark, judged, mark_of
from strategies.native.canary import canary_name
from strategies.native.claims import claim_of, is_ours
from strategies.native.containers import container_names, image_version
from strategies.native.sides import CANARY_OF, Sides, sides
from strategies.native.sight import Objects, seen
from strategies.problem import SpecProblem
from strategies.routers import nginx
from strategies.shares import coarse, unrouted
from strategies.steps import Plan

APPLICATIONS = Kind("argoproj.io", "v1alpha1", "applications", "Application")
Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preflight:
    """What preflight found of one target.

    `problems`: why it may not start; while there are any, `base`, `replicas` and `seen` may be missing. `notes`:
    sentences to know. `base` is what runs now, `replicas` how many pods of it are wanted.
    """

    problems: tuple[SpecProblem, ...]
    base: Revision | None = None
    replicas: int = 0
    seen: Seen | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be started.

    `rollout` is its id, `instance` the installation that would claim the target for it.
    """

    instance: str
    rollout: str
    app: str
    environment: str
    target: Target
    plan: Plan
    candidate: Revision


class Inspector:
    """Looks at targets before anything moves."""

    def __init__(self, clusters: Clusters, clock: Clock, observes: Callable[[], bool] = lambda: False) -> None:
        """`observes` says whether nothing may be written (`mode: observe`), so that the right to write is not needed."""
        self._clusters = clusters
        self._clock = clock
        self._observes = observes

    async def check(self, request: Request) -> Preflight:
        """Look at everything a start depends on. Raises a `LeadsmanError` when the cluster cannot be asked."""
        target = request.target
        cluster = cluster_of(self._clusters, target.cluster)
        problems = await _rights(cluster.kubernetes, target, observes=self._observes())
        if problems:
            return Preflight(problems)
        objects = await read(cluster, target)
        if objects.stable is None:
            return Preflight((_no_deployment(target),))
        found = _workload(objects.stable, target)
        if found:
            return Preflight(found)
        looked = seen(target, objects, self._clock.now())
        around, notes = await _surroundings(cluster.kubernetes, objects, target)
        problems = (
            *_state(request, objects.stable, looked),
            *_claims(request, objects),
            *around,
            *_plan(request, looked),
        )
        return Preflight(problems, _base(looked), looked.stable.replicas, looked, (*notes, *_remarks(looked)))


def _state(request: Request, stable: Thing, looked: Seen) -> Iterable[SpecProblem]:
    yield from _own_rollout(stable)
    yield from _running(request, looked)


def _plan(request: Request, looked: Seen) -> Iterable[SpecProblem]:
    """What the plan asks of this workload that it cannot do, or only coarsely."""
    routed = request.target.router is not None
    if not routed:
        yield from unrouted(request.plan)
    yield from coarse(request.plan, looked.stable.replicas, routed=routed)


async def _rights(kubernetes: Kubernetes, target: Target, *, observes: bool) -> tuple[SpecProblem, ...]:
    """What our account may not do, asked of the cluster itself."""
    wanted = rights([target], observes=observes)
    answers = await asyncio.gather(*(kubernetes.allowed(one.verb, one.kind, target.namespace) for one in wanted))
    missing = [f"{one.verb} {one.kind.resource}" for one, may in zip(wanted, answers, strict=True) if not may]
    if not missing:
        return ()
    sentence = (
        f"Leadsman may not do this in namespace {target.namespace} of cluster {target.cluster}: {', '.join(missing)}"
    )
    return (
        SpecProblem(f"cluster {target.cluster}", sentence, "Give its account the rules that `leadsman rbac` prints."),
    )


def _no_deployment(target: Target) -> SpecProblem:
    sentence = f"There is no Deployment {target.namespace}/{target.workload} in cluster {target.cluster}"
    return SpecProblem(
        _place(target), sentence, "Create it, or correct `workload`, `namespace` or `cluster` in the configuration."
    )


def _workload(stable: Thing, target: Target) -> tuple[SpecProblem, ...]:
    """What the Deployment itself shows that forbids to go on at all."""
    name, spec, place = f"Deployment {target.namespace}/{target.workload}", stable["spec"], _place(target)
    if stable["metadata"].get("deletionTimestamp"):
        return (SpecProblem(place, f"{name} is being deleted", "Wait until it is gone, then create it again."),)
    problems = []
    whose = (stable["metadata"].get("labels") or {}).get(CANARY_OF)
    if whose:
        sentence = f"{name} is itself the canary of {whose}, made by Leadsman"
        problems.append(SpecProblem(place, sentence, f"Name Deployment {whose} in `workload.deployment`."))
    names = container_names(stable)
    if target.container not in names:
        sentence = f"{name} has no container {target.container}; it has: {', '.join(names)}"
        problems.append(SpecProblem(place, sentence, "Correct `workload.container` in the configuration."))
    if spec.get("paused"):
        fix = f"`kubectl rollout resume deployment/{target.workload} -n {target.namespace}` lets it follow its spec again."
        problems.append(SpecProblem(place, f"{name} is paused, so no change of it would reach a pod", fix))
    if not spec.get("replicas", 1):
        sentence = f"{name} is scaled to 0, so there is nothing to compare with and nothing to come back to"
        problems.append(SpecProblem(place, sentence, "Scale it up first."))
    return tuple(problems)


def _own_rollout(stable: Thing) -> Iterable[SpecProblem]:
    """A change of somebody's that the Deployment has not finished yet. Pods that are merely not ready are another
    matter.
    """
    status, wanted = stable.get("status") or {}, stable["spec"].get("replicas", 1)
    observed = status.get("observedGeneration", 0) >= stable["metadata"].get("generation", 0)
    total, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    if observed and total == updated == wanted:
        return
    name = stable["metadata"]["name"]
    sentence = f"Deployment {name} has not finished a change of its own: {updated} of {wanted} pods are of the present template"
    fix = f"Wait for it (`kubectl rollout status deployment/{name}`), or undo it, then try again."
    yield SpecProblem(f"Deployment {name}", sentence, fix)


def _claims(request: Request, objects: Objects) -> Iterable[SpecProblem]:
    """Somebody else's live claim on the workload, and objects that have our names but are not ours.

    The canary and its route keep the claim of the last rollout when that ends; only the workload's own is given back.
    """
    stable = objects.stable or {}
    claim = claim_of(stable)
    if claim is not None and claim.rollout and claim != Claim(request.instance, request.rollout, claim.fence):
        name = f"Deployment {request.target.workload}"
        yield SpecProblem(name, _claimed(name, claim, request.instance), _bring_home(request))
    for kind, thing in (("Deployment", objects.canary), ("Ingress", objects.route)):
        if thing is not None and not is_ours(thing, stable):
            name = f"{kind} {thing['metadata']['name']}"
            sentence = f"{name} has the name that the canary needs, but Leadsman did not make it for this Deployment"
            yield SpecProblem(name, sentence, "Rename or delete it.")


def _claimed(name: str, claim: Claim, instance: str) -> str:
    if not claim.instance:
        return f"{name} carries a claim that cannot be read ({claim.rollout})"
    if claim.instance != instance:
        return f"{name} is held by another installation, {claim.instance}, for its rollout {claim.rollout}"
    return f"{name} is held by rollout {claim.rollout}, which is not known to be live here"


def _bring_home(request: Request) -> str:
    return (
        f"If that rollout lives, let it end or abort it where it runs; if nobody remembers it, "
        f"`leadsman abort --direct {request.app} {request.environment}` brings the Deployment home."
    )


def _running(request: Request, looked: Seen) -> Iterable[SpecProblem]:
    candidate, image = request.candidate, looked.stable.image or ""
    if candidate.runs_as(image) or candidate.image == image.partition("@")[0]:
        sentence = f"{request.app} in {request.environment} already runs {candidate.version}"
        yield SpecProblem("", sentence, "Name another version.")


async def _surroundings(
    kubernetes: Kubernetes, objects: Objects, target: Target
) -> tuple[tuple[SpecProblem, ...], tuple[str, ...]]:
    """What stands around the Deployment: Services, other workloads, the Ingress, autoscalers, Argo CD."""
    kinds = (SERVICES, DEPLOYMENTS, REPLICASETS, HPAS, *((INGRESSES,) if target.router else ()))
    listings = await asyncio.gather(*(kubernetes.list(kind, target.namespace) for kind in kinds))
    things = {kind: listing.items for kind, listing in zip(kinds, listings, strict=True)}
    stable = objects.stable or {}
    told = sides(stable, things[SERVICES], target, (*things[DEPLOYMENTS], *things[REPLICASETS]))
    notes = told.notes if isinstance(told, Sides) else ()
    refused, remark = await _argo_cd(kubernetes, stable)
    problems = (
        *(() if isinstance(told, Sides) else told),
        *_routes(objects, things.get(INGRESSES, ()), target),
        *_autoscalers(things[HPAS], target),
        *refused,
    )
    return problems, (*notes, *remark, *_keeper(stable))


def _keeper(stable: Thing) -> Iterable[str]:
    """A controller that made the Deployment may have a mind of its own about it."""
    for owner in stable["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            name = stable["metadata"]["name"]
            yield f"Deployment {name} is kept by {owner['kind']} {owner['name']}, which may undo what Leadsman changes."


def _routes(objects: Objects, ingresses: Sequence[Thing], target: Target) -> tuple[SpecProblem, ...]:
    if not isinstance(target.router, Nginx):
        return ()
    return nginx.problems(objects.ingress, ingresses, target.router, target.workload)


def _autoscalers(hpas: Iterable[Thing], target: Target) -> Iterable[SpecProblem]:
    """An autoscaler would change the counts that a rollout decides on."""
    scaled = {("Deployment", target.workload), ("Deployment", canary_name(target.workload))}
    for hpa in hpas:
        reference, name = hpa["spec"]["scaleTargetRef"], hpa["metadata"]["name"]
        if (reference.get("kind"), reference.get("name")) in scaled:
            sentence = f"HorizontalPodAutoscaler {name} scales Deployment {reference['name']}, and two hands on the replicas would fight"
            fix = "Leadsman does not work with autoscalers yet: delete it for the time of the rollout, or let its minimum and maximum go."
            yield SpecProblem(f"HorizontalPodAutoscaler {name}", sentence, fix)


async def _argo_cd(kubernetes: Kubernetes, stable: Thing) -> tuple[tuple[SpecProblem, ...], tuple[str, ...]]:
    mark = mark_of(stable)
    if mark is None:
        return (), ()
    problem, note = judged(mark, await _application(kubernetes, mark), stable["metadata"]["name"])
    return ((problem,) if problem else ()), ((note,) if note else ())


async def _application(kubernetes: Kubernetes, mark: Mark) -> Thing | None:
    """Argo CD's Application, where we may read it and there is one."""
    if not await kubernetes.allowed("get", APPLICATIONS, mark.namespace, name=mark.name):
        return None
    try:
        return await kubernetes.get(APPLICATIONS, mark.namespace, mark.name)
    except PermanentError:
        return None


def _base(looked: Seen) -> Revision:
    """What serves now, its image as it stands in the template. The digest is known only where all its pods run the
    same.
    """
    image, digests = looked.stable.image or "", looked.stable.digests
    return Revision(image_version(image), image, next(iter(digests)) if len(digests) == 1 else None)


def _remarks(looked: Seen) -> Iterable[str]:
    stable = looked.stable
    if stable.ready < stable.replicas:
        why = f": {stable.problem}" if stable.problem else ""
        yield f"Only {stable.ready} of {stable.replicas} pods of the running version are ready{why}."
    if len(stable.digests) > 1:
        yield f"The running pods were started from {len(stable.digests)} different images under one tag."
    if looked.canary.pods:
        yield f"The canary of an earlier rollout still has {looked.canary.pods} pods; they are emptied first."


def _place(target: Target) -> str:
    return f"{target.cluster}/{target.namespace}/{target.workload}"
