"""Does each cluster answer, may we do there what rollouts need, and are the objects there that the configuration names?"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.adapters.kubernetes import DEPLOYMENTS, INGRESSES, ROLLOUTS, SERVICES, Kubernetes
from bot.argo.objects import not_installed, workload_name
from bot.checks.finding import Finding, Group, unreached
from bot.config import Config, Environment
from bot.errors import LeadsmanError, Unsupported
from bot.rbac import needed_rights
from bot.rights import Right
from bot.starting import is_granted
from bot.templates import from_cluster
from strategies.argo.fields import part, parts, text
from strategies.model import Native, Target, WorkloadKind

Connect = Callable[[str], Awaitable[Kubernetes]]
"""Opens the way to the cluster of a name. Raises a LeadsmanError where its credential cannot be read."""


Missing = tuple[str, tuple[str, ...]]
"""What is not there, and the keys of the environment that name it."""


async def check_cluster(config: Config, name: str, connect: Connect) -> tuple[Finding, ...]:
    """What one cluster says."""
    place = str(config.mark("clusters", name))
    try:
        kubernetes = await connect(name)
    except LeadsmanError as error:
        return (unreached(Group.CLUSTERS, name, error, place),)
    try:
        reached = Finding(Group.CLUSTERS, ok=True, sentence=f"{name}: Kubernetes {await kubernetes.version()} answers")
        return (reached, *await _rights(config, name, kubernetes), *await _objects(config, name, kubernetes))
    except LeadsmanError as error:
        return (unreached(Group.CLUSTERS, name, error, place),)
    finally:
        await kubernetes.close()


async def _rights(config: Config, name: str, kubernetes: Kubernetes) -> list[Finding]:
    """What our account may not do, by namespace."""
    namespaces: dict[str, list[Environment]] = {}
    for environment in config.environments():
        if environment.cluster == name:
            namespaces.setdefault(environment.target.namespace, []).append(environment)
    found = []
    for namespace, environments in namespaces.items():
        needed = needed_rights(config, environments)
        answers = await asyncio.gather(*(is_granted(kubernetes, one, namespace) for one in needed))
        missing = [right for right, may in zip(needed, answers, strict=True) if not may]
        first = environments[0]
        place = str(config.mark("apps", first.app, "environments", first.name, "namespace"))
        found.append(_rights_in(name, namespace, missing, place))
    return found


def _rights_in(name: str, namespace: str, missing: list[Right], place: str) -> Finding:
    if not missing:
        return Finding(Group.CLUSTERS, ok=True, sentence=f"{name}: has every right it needs in namespace {namespace}")
    what = ", ".join(f"{right.verb} {right.resource}" for right in missing)
    sentence = f"{name}: may not {what} in namespace {namespace}"
    fix = f"leadsman rbac {name}, then kubectl apply its output."
    return Finding(Group.CLUSTERS, ok=False, sentence=sentence, fix=fix, place=place)


async def _objects(config: Config, name: str, kubernetes: Kubernetes) -> list[Finding]:
    """The objects that the environments in this cluster name."""
    here = [environment for environment in config.environments() if environment.cluster == name]
    found = await asyncio.gather(*(_environment(config, environment, kubernetes) for environment in here))
    return [finding for findings in found for finding in findings]


async def _environment(config: Config, environment: Environment, kubernetes: Kubernetes) -> list[Finding]:
    root = ("apps", environment.app, "environments", environment.name)
    who = f"{environment.cluster}: {environment.app} in {environment.name}"
    missing = [*await _workload(environment, kubernetes), *await _route(environment.target, kubernetes)]
    unfit = await _templates(config, environment, kubernetes, who)
    if not missing and not unfit:
        return [Finding(Group.CLUSTERS, ok=True, sentence=f"{who}: every object is there")]
    fix = "Create it, or correct the configuration."
    return [
        Finding(
            Group.CLUSTERS,
            ok=False,
            sentence=f"{who}: there is no {what}",
            fix=fix,
            place=str(config.mark(*root, *key)),
        )
        for what, key in missing
    ] + unfit


async def _templates(config: Config, environment: Environment, kubernetes: Kubernetes, who: str) -> list[Finding]:
    """What is wrong with the AnalysisTemplates of the cluster that the environment's plan measures with."""
    driver = config.driver_for(environment.app, environment.name)
    if not isinstance(driver, Native):
        return []
    configured = {template.name: template for template in config.templates_of(driver)}
    _, problems = await from_cluster(kubernetes, environment.target.namespace, driver.plan, configured)
    place = str(config.mark("apps", environment.app, "environments", environment.name, "strategy"))
    return [
        Finding(Group.CLUSTERS, ok=False, sentence=f"{who}: {one.place}: {one.sentence}", fix=one.fix, place=place)
        for one in problems
    ]


async def _workload(environment: Environment, kubernetes: Kubernetes) -> list[Missing]:
    target = environment.target
    if target.kind is WorkloadKind.ROLLOUT:
        return await _rollout(target, environment.workload_ref, kubernetes)
    deployment = await kubernetes.get(DEPLOYMENTS, target.namespace, target.workload)
    if deployment is None:
        return [(f"Deployment {target.namespace}/{target.workload}", ("workload", "deployment"))]
    names = [one["name"] for one in deployment["spec"]["template"]["spec"]["containers"]]
    if target.container in names:
        return []
    return [(f"container {target.container}; its Deployment has only {', '.join(names)}", ("workload", "container"))]


async def _rollout(target: Target, configured: str, kubernetes: Kubernetes) -> list[Missing]:
    """What a Rollout lacks. `configured`: the Deployment that it takes its pods from, as the configuration says."""
    try:
        rollout = await kubernetes.get(ROLLOUTS, target.namespace, target.workload)
    except Unsupported:
        raise not_installed(target.cluster) from None
    if rollout is None:
        return [(f"Rollout {target.namespace}/{target.workload}", ("workload", "rollout"))]
    reference = workload_name(rollout)
    if reference != configured:
        return [(_other_reference(target, reference, configured), ("workload", "workloadRef"))]
    holder = await kubernetes.get(DEPLOYMENTS, target.namespace, reference) if reference else rollout
    if holder is None:
        return [
            (
                f"Deployment {target.namespace}/{reference}, which its Rollout takes its pods from",
                ("workload", "rollout"),
            )
        ]
    names = [text(one, "name") for one in parts(part(holder, "spec", "template"), "spec", "containers")]
    if target.container in names:
        return []
    return [(f"container {target.container}; its Rollout has only {', '.join(names)}", ("workload", "container"))]


def _other_reference(target: Target, reference: str, configured: str) -> str:
    """What the configuration lacks, or has too much: by its word the rights on that Deployment are printed."""
    if reference:
        return f"workload.workloadRef: {reference} in the configuration, as Rollout {target.namespace}/{target.workload} has it"
    return f"workloadRef: {configured} in Rollout {target.namespace}/{target.workload}"


async def _route(target: Target, kubernetes: Kubernetes) -> list[Missing]:
    if target.router is None:
        return []
    router, namespace, here = target.router, target.namespace, ("traffic", "nginx")
    missing: list[Missing] = []
    if await kubernetes.get(INGRESSES, namespace, router.ingress) is None:
        missing.append((f"Ingress {namespace}/{router.ingress}", (*here, "ingress")))
    services = {one["metadata"]["name"] for one in (await kubernetes.list(SERVICES, namespace)).items}
    for service, key in ((router.stable_service, "stableService"), (router.canary_service, "canaryService")):
        if service not in services:
            missing.append((f"Service {namespace}/{service}", (*here, key)))
    return missing
