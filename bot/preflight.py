"""Before anything is touched: every reason why a rollout may not start, each with what would mend it.

All reasons are found in one go where that is possible, so that people do not mend one only to meet the next. What was
looked at is not believed later: every write carries its own tests.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, assert_never

from bot.adapters.kubernetes import DEPLOYMENTS, HPAS, INGRESSES, REPLICASETS, SERVICES, Kubernetes
from bot.argo.preflight import check_rollout
from bot.clock import Clock
from bot.clusters import Clusters, cluster_of
from bot.deployments import read
from bot.rights import rights
from bot.starting import Preflight, Request, application, claim_problem, missing_rights
from bot.templates import from_cluster, kinds
from strategies.argo.driver import Argo
from strategies.model import Native, Nginx, Revision, Seen, Target
from strategies.native.argocd import judged, mark_of
from strategies.native.canary import canary_name
from strategies.native.claims import claim_of, is_ours
from strategies.native.containers import container_names, image_version
from strategies.native.sides import CANARY_OF, Sides, sides
from strategies.native.sight import Objects, seen
from strategies.problem import SpecProblem
from strategies.routers import nginx
from strategies.shares import coarse, unrouted
from strategies.steps import Plan

Thing = Mapping[str, Any]


class Inspector:
    """Looks at targets before anything moves."""

    def __init__(self, clusters: Clusters, clock: Clock, observes: Callable[[], bool] = lambda: False) -> None:
        """`observes` says whether nothing may be written (`mode: observe`), so that the right to write is not needed."""
        self._clusters = clusters
        self._clock = clock
        self._observes = observes

    async def check(self, request: Request) -> Preflight:
        """Look at everything a start depends on. Raises a `LeadsmanError` when the cluster cannot be asked."""
        kubernetes = cluster_of(self._clusters, request.target.cluster).kubernetes
        match request.driver:
            case Native(plan):
                return await self._deployment(kubernetes, request, plan)
            case Argo():
                now, observes = self._clock.now(), self._observes()
                return await check_rollout(kubernetes, request, request.driver, now, observes=observes)
            case _:
                assert_never(request.driver)

    async def _deployment(self, kubernetes: Kubernetes, request: Request, plan: Plan) -> Preflight:
        target, configured = request.target, {template.name: template for template in request.templates}
        needed = rights([target], observes=self._observes(), templates=kinds(plan, frozenset(configured)))
        problems = await missing_rights(kubernetes, target, needed)
        if problems:
            return Preflight(problems)
        objects = await read(kubernetes, target)
        if objects.stable is None:
            return Preflight((_no_deployment(target),))
        found = _workload(objects.stable, target)
        if found:
            return Preflight(found)
        looked = seen(target, objects, self._clock.now())
        around, notes = await _surroundings(kubernetes, objects, target)
        templates, unfit = await from_cluster(kubernetes, target.namespace, plan, configured)
        problems = (
            *_state(request, objects.stable, looked),
            *_claims(request, objects),
            *around,
            *unfit,
            *_plan(request, plan, looked),
        )
        told = (*notes, *_remarks(looked))
        return Preflight(problems, _base(looked), looked.stable.replicas, looked, told, templates)


def _state(request: Request, stable: Thing, looked: Seen) -> Iterable[SpecProblem]:
    yield from _own_rollout(stable)
    yield from _running(request, looked)


def _plan(request: Request, plan: Plan, looked: Seen) -> Iterable[SpecProblem]:
    """What the plan asks of this workload that it cannot do, or only coarsely."""
    routed = request.target.router is not None
    if not routed:
        yield from unrouted(plan)
    yield from coarse(plan, looked.stable.replicas, routed=routed)


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
    if problem := claim_problem(request, claim_of(stable)):
        yield problem
    for kind, thing in (("Deployment", objects.canary), ("Ingress", objects.route)):
        if thing is not None and not is_ours(thing, stable):
            name = f"{kind} {thing['metadata']['name']}"
            sentence = f"{name} has the name that the canary needs, but Leadsman did not make it for this Deployment"
            yield SpecProblem(name, sentence, "Rename or delete it.")


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
    problem, note = judged(mark, await application(kubernetes, mark), stable["metadata"]["name"])
    return ((problem,) if problem else ()), ((note,) if note else ())


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
        pods = "1 pod" if looked.canary.pods == 1 else f"{looked.canary.pods} pods"
        yield f"The canary of an earlier rollout still has {pods}; it is emptied first."


def _place(target: Target) -> str:
    return f"{target.cluster}/{target.namespace}/{target.workload}"
