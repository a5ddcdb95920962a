"""What is asked before a start, what is found, and the checks that a Deployment and a Rollout have in common."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.adapters.kubernetes import Kind, Kubernetes
from bot.errors import PermanentError
from bot.rights import Right
from strategies.argo.driver import Argo
from strategies.judge.template import Template
from strategies.model import Claim, Native, Revision, Rollout, Target, Walk
from strategies.native.argocd import Mark
from strategies.problem import SpecProblem
from strategies.sighting import Sighting

APPLICATIONS = Kind("argoproj.io", "v1alpha1", "applications", "Application")
Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preflight:
    """What preflight found of one target.

    `problems`: why it may not start; while there are any, `base`, `replicas` and `seen` may be missing. `notes`:
    sentences to know. `base` is what runs now, `replicas` how many pods of it are wanted. `templates`: those that the
    plan names and that lie in the cluster.
    """

    problems: tuple[SpecProblem, ...]
    base: Revision | None = None
    replicas: int = 0
    seen: Sighting | None = None
    notes: tuple[str, ...] = ()
    templates: tuple[Template, ...] = ()


def in_the_way(found: Preflight, live: Rollout, version: str) -> Preflight:
    """The same where `live` has the place: that alone is told, and what it changes there for its time is not held against `version`."""
    problem = SpecProblem(
        "",
        f"{live.candidate.version} is on its way to {live.app} in {live.environment}",
        f"A deploy asks whether to queue {version} until that has ended, or to replace it.",
    )
    lasting = found.problems if found.base is None else ()
    return replace(found, problems=(problem, *lasting), notes=())


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be started.

    `rollout` is its id, `instance` the installation that would claim the target for it. `templates`: those of the
    configuration that the plan names, for which the cluster is not asked.
    """

    instance: str
    rollout: str
    app: str
    environment: str
    target: Target
    driver: Native | Argo
    candidate: Revision
    templates: tuple[Template, ...] = ()

    @classmethod
    def of(cls, rollout: Rollout, walk: Walk) -> "Request":
        """What preflight is asked about one walk of a rollout."""
        return cls(
            instance=rollout.instance,
            rollout=rollout.id,
            app=rollout.app,
            environment=rollout.environment,
            target=walk.target,
            driver=walk.driver,
            candidate=rollout.candidate,
            templates=rollout.templates,
        )

    @property
    def place(self) -> str:
        """The target in short: `cluster/namespace/name`."""
        return f"{self.target.cluster}/{self.target.namespace}/{self.target.workload}"

    @property
    def workload(self) -> str:
        """The workload as sentences name it: `Deployment shop/checkout`."""
        return f"{self.target.kind} {self.target.namespace}/{self.target.workload}"


async def missing_rights(kubernetes: Kubernetes, target: Target, wanted: tuple[Right, ...]) -> tuple[SpecProblem, ...]:
    """What our account may not do, asked of the cluster itself."""
    answers = await asyncio.gather(*(is_granted(kubernetes, right, target.namespace) for right in wanted))
    missing = [str(right) for right, may in zip(wanted, answers, strict=True) if not may]
    if not missing:
        return ()
    sentence = (
        f"Leadsman may not do this in namespace {target.namespace} of cluster {target.cluster}: {', '.join(missing)}"
    )
    return (
        SpecProblem(f"cluster {target.cluster}", sentence, "Give its account the rules that `leadsman rbac` prints."),
    )


async def is_granted(kubernetes: Kubernetes, right: Right, namespace: str) -> bool:
    """Whether our account has this right there."""
    where = namespace if right.kind.namespaced else None
    return await kubernetes.allowed(right.verb, right.kind, where, subresource=right.subresource)


def claim_problem(request: Request, claim: Claim | None) -> SpecProblem | None:
    """Somebody else's live claim on the workload."""
    if claim is None or not claim.rollout or claim == Claim(request.instance, request.rollout, claim.fence):
        return None
    name = f"{request.target.kind} {request.target.workload}"
    return SpecProblem(name, _claimed(name, claim, request.instance), _bring_home(request))


def _claimed(name: str, claim: Claim, instance: str) -> str:
    if not claim.instance:
        return f"{name} carries a claim that cannot be read ({claim.rollout})"
    if claim.instance != instance:
        return f"{name} is held by another installation, {claim.instance}, for its rollout {claim.rollout}"
    return f"{name} is held by rollout {claim.rollout}, which is not known to be live here"


def _bring_home(request: Request) -> str:
    return (
        f"If that rollout lives, let it end or abort it where it runs; if nobody remembers it, "
        f"`leadsman abort --direct {request.app} {request.environment}` brings the {request.target.kind} home."
    )


async def application(kubernetes: Kubernetes, mark: Mark) -> Thing | None:
    """Argo CD's Application, where we may read it and there is one."""
    if not await kubernetes.allowed("get", APPLICATIONS, mark.namespace, name=mark.name):
        return None
    try:
        return await kubernetes.get(APPLICATIONS, mark.namespace, mark.name)
    except PermanentError:
        return None
