"""Before a Rollout is touched: every reason why a rollout may not start, each with what would mend it.

What the controller's own rules say against its spec is told by the same rules as `leadsman lint` has; what its state says
against the start, by the rules that the start is decided by once more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.adapters.kubernetes import (
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    INGRESSES,
    SERVICES,
    Kubernetes,
)
from bot.argo.objects import read, workload_name
from bot.errors import Forbidden, Unsupported
from bot.promql import query_problem
from bot.rights import Right, referenced, rights
from bot.starting import Preflight, Request, application, claim_problem, is_granted, missing_rights
from strategies import lint
from strategies.argo.driver import Argo, Start
from strategies.argo.fields import part, parts, text
from strategies.argo.objects import Objects
from strategies.argo.seen import ArgoSeen
from strategies.argo.sight import seen
from strategies.argo.start import start_problem
from strategies.lint import Severity
from strategies.model import Revision, Target
from strategies.native.argocd import Mark, mark_of
from strategies.native.claims import claim_of
from strategies.native.containers import image_version
from strategies.problem import SpecProblem

Thing = Mapping[str, Any]
_CHANGES = (Start.DEPLOY, Start.UNDO, Start.RESTART)
"""The starts that change what Git owns."""


async def check_rollout(
    kubernetes: Kubernetes, request: Request, driver: Argo, at: datetime, *, observes: bool
) -> Preflight:
    """Look at everything that a start on a Rollout depends on. Raises a `LeadsmanError` when the cluster cannot be asked."""
    target = request.target
    needed = tuple(right for right in rights([target], observes=observes) if right.kind.namespaced)
    if problems := await missing_rights(kubernetes, target, needed):
        return Preflight(problems)
    try:
        objects = await read(kubernetes, target)
    except Unsupported as absent:
        sentence, _, fix = str(absent).partition(". ")
        return Preflight((SpecProblem(request.place, sentence, fix),))
    except Forbidden:
        if problems := await _reference(kubernetes, request, observes=observes):
            return Preflight(problems)
        raise
    if objects.rollout is None:
        return Preflight((_absent(request),))
    beside = await _reference(kubernetes, request, observes=observes) if objects.workload is not None else ()
    if found := (*_workload(request, objects), *beside):
        return Preflight(found)
    return await _looked(kubernetes, request, driver, objects, at)


async def _looked(kubernetes: Kubernetes, request: Request, driver: Argo, objects: Objects, at: datetime) -> Preflight:
    """What the Rollout's state, its spec and its keepers say."""
    rollout = objects.rollout or {}
    mark = mark_of(rollout)
    kept = await application(kubernetes, mark) if mark else None
    looked = seen(request.target, objects, at, self_heals=_heals(kept))
    held = claim_problem(request, claim_of(rollout))
    state = start_problem(driver.start, looked, request.candidate)
    linted, doubts = await _linted(kubernetes, request.target, objects)
    problems = (
        *((held,) if held else ()),
        *((SpecProblem("", *_parted(state)),) if state else ()),
        *_unreadable(request, driver, mark, kept),
        *(linted if driver.start in (Start.DEPLOY, Start.RETRY) else ()),
    )
    notes = (*_remarks(looked, mark, kept), *doubts)
    return Preflight(problems, _base(looked), looked.desired, looked, notes)


def _absent(request: Request) -> SpecProblem:
    sentence = f"There is no {request.workload} in cluster {request.target.cluster}"
    fix = "Create it, or correct `workload`, `namespace` or `cluster` in the configuration."
    return SpecProblem(request.place, sentence, fix)


def _workload(request: Request, objects: Objects) -> Iterable[SpecProblem]:
    """What the Rollout itself shows that forbids to go on at all."""
    rollout, name = objects.rollout, request.workload
    if part(rollout, "metadata").get("deletionTimestamp"):
        yield SpecProblem(request.place, f"{name} is being deleted", "Wait until it is gone, then create it again.")
        return
    reference = workload_name(rollout)
    if part(rollout, "spec", "workloadRef") and objects.workload is None:
        what = f"Deployment {reference}" if reference else "another kind of workload than a Deployment"
        fix = "Create that Deployment, or correct spec.workloadRef."
        yield SpecProblem(request.place, f"{name} takes its pods from {what}, which is not there to be changed", fix)
        return
    template = part(objects.workload if reference else rollout, "spec", "template")
    names = [text(one, "name") for one in parts(template, "spec", "containers")]
    if request.target.container not in names:
        sentence = f"{name} has no container {request.target.container}; it has: {', '.join(names) or 'none'}"
        yield SpecProblem(request.place, sentence, "Correct `workload.container` in the configuration.")


async def _reference(kubernetes: Kubernetes, request: Request, *, observes: bool) -> tuple[SpecProblem, ...]:
    """What our account may not do with the Deployment that a `workloadRef` takes the pods from."""
    fix = (
        f"{request.workload} takes its pods from a Deployment (spec.workloadRef): name that as `workload.workloadRef` in the "
        "configuration, and give the account the rules that `leadsman rbac` prints then."
    )
    found = await missing_rights(kubernetes, request.target, referenced(observes=observes))
    return tuple(replace(problem, fix=fix) for problem in found)


async def _linted(
    kubernetes: Kubernetes, target: Target, objects: Objects
) -> tuple[tuple[SpecProblem, ...], tuple[str, ...]]:
    """What Argo's rules say against the spec, and what is only doubtful in it."""
    namespace = target.namespace
    templates = list((await kubernetes.list(ANALYSIS_TEMPLATES, namespace)).items)
    whole = Right(CLUSTER_ANALYSIS_TEMPLATES, "list")
    told: tuple[str, ...] = ()
    if await is_granted(kubernetes, whole, namespace):
        templates += (await kubernetes.list(CLUSTER_ANALYSIS_TEMPLATES, None)).items
    else:
        told = (f"Whether the cluster-wide templates fit could not be looked at: Leadsman may not {whole}.",)
    services, ingresses = [(await kubernetes.list(kind, namespace)).items for kind in (SERVICES, INGRESSES)]
    thing, workload = objects.rollout or {}, objects.workload
    found = lint.rollout(
        thing, templates, services, ingresses, workload=workload, cluster_wide=not told, check_query=query_problem
    )
    errors = tuple(one.problem for one in found if one.severity is Severity.ERROR)
    return errors, (*told, *(str(one.problem) for one in found if one.severity is Severity.WARNING))


def _heals(kept: Thing | None) -> bool:
    automated = part(kept, "spec", "syncPolicy", "automated")
    return bool(automated.get("selfHeal"))


def _unreadable(request: Request, driver: Argo, mark: Mark | None, kept: Thing | None) -> Iterable[SpecProblem]:
    """Argo CD keeps it, and whether it would undo a change cannot be known."""
    if mark is None or not mark.certain or kept is not None or driver.start not in _CHANGES:
        return
    sentence = f"{request.workload} is managed by Argo CD (application {mark.name}), whose sync policy cannot be read"
    fix = (
        f"Let Leadsman's account get applications.argoproj.io in namespace {mark.namespace}, so that it can see that self-heal "
        "is off; with self-heal on, Argo CD would take the change back."
    )
    yield SpecProblem(request.place, sentence, fix)


def _parted(state: str) -> tuple[str, str]:
    """A sentence and its mend, from the two in one that a rule of the state says."""
    body = state.rstrip(".")
    sentence, _, fix = body.rpartition(". ") if ". " in body else body.rpartition(": ")
    return sentence, f"{fix[:1].upper()}{fix[1:]}."


def _base(looked: ArgoSeen) -> Revision:
    """What serves now, by its ReplicaSet; before the first one is stable, what is asked for."""
    image = looked.stable_image or looked.image or ""
    return Revision(image_version(image), image)


def _remarks(looked: ArgoSeen, mark: Mark | None, kept: Thing | None) -> Iterable[str]:
    if looked.stable_ready < looked.desired:
        why = f": {looked.problem}" if looked.problem else ""
        yield f"Only {looked.stable_ready} of {looked.desired} pods of the running version are ready{why}."
    if mark is not None and kept is not None and not _heals(kept):
        automated = part(kept, "spec", "syncPolicy").get("automated")
        told = "deploys each new commit by itself" if automated else "will show it as OutOfSync"
        yield f"Argo CD manages it (application {mark.name}) and {told}; bring the version to Git afterwards."
    if looked.spec_paused:
        by = f" by {looked.manager}" if looked.manager else ""
        yield f"It is paused (spec.paused{by}): nothing moves before somebody resumes it."
