import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from bot.adapters.kubernetes import DEPLOYMENTS, Kubernetes
from bot.adapters.watches import Watches
from bot.clusters import Cluster
from bot.errors import TemporaryError
from bot.preflight import Inspector
from bot.starting import Preflight, Request
from strategies.effects import CreateCanary, CreateRoute
from strategies.model import Claim, Native, Revision
from strategies.steps import Plan, SetCanaryScale, SetWeight
from tests.bot.native.shop import (
    CANARY_LABELS,
    IMAGE,
    NAMESPACE,
    RATIO,
    ROUTED,
    STABLE_LABELS,
    Shop,
    Thing,
    by_pods,
    by_weight,
    deployment,
    ingress,
    service,
)

PLAN = Plan("canary", (SetWeight(25), SetWeight(50)))
REQUEST = Request("leadsman", "r1", "checkout", "prod", RATIO, Native(PLAN), Revision("v2", f"{IMAGE}:v2"))


async def _check(shop: Shop, *things: Thing, request: Request = REQUEST, wait: bool = True) -> Preflight:
    await shop.playground.apply(*things)
    if wait:
        await shop.until(lambda seen: seen.stable.settled and seen.stable.ready > 0, request.target)
    return await Inspector(shop.clusters, shop.clock).check(request)


def _told(found: Preflight) -> str:
    return " ".join(map(str, found.problems))


async def test_a_workload_at_rest_may_start_and_shows_what_runs(shop: Shop) -> None:
    found = await _check(shop, *by_pods())
    assert found.problems == ()
    assert found.notes == ()
    assert found.replicas == 4
    assert found.base is not None
    assert (found.base.version, found.base.image) == ("v1", f"{IMAGE}:v1")
    assert found.base.digest is not None
    assert found.base.digest.startswith("sha256:")
    assert found.seen is not None
    assert found.seen.stable.settled


async def test_a_routed_workload_may_start_too_also_after_an_earlier_rollout(shop: Shop) -> None:
    request = replace(REQUEST, target=ROUTED)
    assert (await _check(shop, *by_weight(), request=request)).problems == ()
    earlier = Claim("leadsman", "r0", 3)
    await shop.perform(CreateCanary("w", f"{IMAGE}:v0", earlier), ROUTED)
    await shop.perform(CreateRoute("w", earlier), ROUTED)
    assert _told(await _check(shop, request=request)) == ""


def _annotated(**annotations: str) -> Callable[[Thing], None]:
    return lambda thing: thing["metadata"].setdefault("annotations", {}).update(annotations)


def _claimed(text: str) -> Callable[[Thing], None]:
    return _annotated(**{"leadsman.dev/rollout": text})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda thing: thing["spec"].update(paused=True), "is paused"),
        (lambda thing: thing["spec"].update(replicas=0), "is scaled to 0"),
        (_claimed("other/r9/7"), "held by another installation, other, for its rollout r9"),
        (_claimed("leadsman/r0/7"), "held by rollout r0, which is not known to be live here"),
        (_claimed("nonsense"), "carries a claim that cannot be read (nonsense)"),
        (
            _annotated(**{"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/checkout"}),
            "managed by Argo CD (application shop)",
        ),
    ],
)
async def test_a_workload_that_others_hold_or_that_stands_still_is_refused(
    shop: Shop, change: Callable[[Thing], None], expected: str
) -> None:
    *around, stable = by_pods()
    change(stable)
    found = await _check(
        shop, *around, stable, wait=not stable["spec"].get("paused") and stable["spec"]["replicas"] > 0
    )
    assert expected in _told(found)
    assert all(problem.fix for problem in found.problems)


async def test_a_foreign_claim_says_how_the_deployment_comes_home(shop: Shop) -> None:
    *around, stable = by_pods()
    _claimed("leadsman/r0/7")(stable)
    assert "`leadsman abort --direct checkout prod`" in _told(await _check(shop, *around, stable))


@pytest.mark.parametrize("text", ["leadsman/r1/7", "leadsman//7", "other//7"])
async def test_a_claim_of_our_own_or_one_given_back_is_no_obstacle(shop: Shop, text: str) -> None:
    *around, stable = by_pods()
    _claimed(text)(stable)
    assert (await _check(shop, *around, stable)).problems == ()


async def test_a_canary_of_ours_is_no_workload_of_its_own(shop: Shop) -> None:
    *around, stable = by_pods()
    stable["metadata"]["labels"]["leadsman.dev/canary-of"] = "cart"
    assert "is itself the canary of cart" in _told(await _check(shop, *around, stable))


async def test_a_deployment_that_another_controller_keeps_may_start_with_a_warning(shop: Shop) -> None:
    *around, stable = by_pods()
    keeper = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "keeper", "controller": True}
    await shop.playground.apply(*around, deployment({"app": "keeper"}, name="keeper", replicas=0))
    uid = shop.get("Deployment", "keeper")["metadata"]["uid"]
    stable["metadata"]["ownerReferences"] = [{**keeper, "uid": uid}]
    found = await _check(shop, stable)
    assert found.problems == ()
    assert found.notes == ("Deployment checkout is kept by Deployment keeper, which may undo what Leadsman changes.",)


async def test_what_is_not_there_is_named(shop: Shop) -> None:
    found = await _check(
        shop, namespace_only(), request=replace(REQUEST, target=replace(RATIO, workload="absent")), wait=False
    )
    assert "There is no Deployment shop/absent in cluster prod" in _told(found)
    assert found.base is None


def namespace_only() -> Thing:
    return by_pods()[0]


async def test_a_container_that_is_not_there_is_named_with_those_that_are(shop: Shop) -> None:
    found = await _check(shop, *by_pods(), request=replace(REQUEST, target=replace(RATIO, container="api")))
    assert "has no container api; it has: mesh, web" in _told(found)


async def test_a_deployment_being_deleted_is_refused(shop: Shop) -> None:
    *around, stable = by_pods()
    stable["metadata"]["finalizers"] = ["example.com/slow"]
    await _check(shop, *around, stable)
    await _delete(shop, "/apis/apps/v1/namespaces/shop/deployments/checkout")
    assert "is being deleted" in _told(await Inspector(shop.clusters, shop.clock).check(REQUEST))


async def _delete(shop: Shop, path: str) -> None:
    config = shop.playground.kubeconfig()
    headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
    url = config["clusters"][0]["cluster"]["server"] + path
    async with aiohttp.ClientSession(headers=headers) as session, session.delete(url) as answer:
        assert answer.status < 300


async def test_a_rollout_of_its_own_that_has_not_finished_is_refused(shop: Shop) -> None:
    found = await _check(shop, *by_pods()[:2], deployment(STABLE_LABELS, tag="v1", replicas=2))
    assert found.problems == ()
    operations = [{"op": "add", "path": "/spec/template/spec/containers/1/image", "value": f"{IMAGE}:missing"}]
    await shop.cluster.kubernetes.patch(DEPLOYMENTS, NAMESPACE, "checkout", operations)
    await shop.until(lambda seen: "ImagePullBackOff" in seen.stable.problem)
    assert "has not finished a change of its own" in _told(await Inspector(shop.clusters, shop.clock).check(REQUEST))


async def test_a_base_that_does_not_run_well_is_told_but_may_be_replaced(shop: Shop) -> None:
    await shop.playground.apply(*by_pods()[:2], deployment(STABLE_LABELS, tag="crash", replicas=2))
    await shop.until(lambda seen: bool(seen.stable.problem) and seen.stable.pods == 2)
    found = await Inspector(shop.clusters, shop.clock).check(REQUEST)
    assert found.problems == ()
    assert found.notes[0].startswith("Only 0 of 2 pods of the running version are ready: CrashLoopBackOff")


async def test_the_version_that_runs_already_is_refused_pinned_or_not(shop: Shop) -> None:
    same = replace(REQUEST, candidate=Revision("v1", f"{IMAGE}:v1"))
    assert "checkout in prod already runs v1" in _told(await _check(shop, *by_pods(), request=same))


async def test_sides_that_cannot_be_told_apart_are_refused_with_the_change_that_helps(shop: Shop) -> None:
    found = await _check(
        shop, namespace_only(), service("checkout", {"app": "checkout"}), deployment({"app": "checkout"})
    )
    assert "Add the label leadsman.dev/track=stable" in _told(found)


async def test_another_deployment_that_would_own_the_canary_is_refused(shop: Shop) -> None:
    greedy = deployment(CANARY_LABELS, name="greedy", replicas=0)
    assert "Deployment greedy would also select the canary's pods" in _told(await _check(shop, *by_pods(), greedy))


async def test_missing_services_and_ingresses_are_named(shop: Shop) -> None:
    request = replace(REQUEST, target=ROUTED)
    told = _told(await _check(shop, *by_pods(), request=request))
    assert "There is no Service checkout-canary" in told
    assert "There is no Ingress checkout" in told


async def test_a_second_canary_for_the_same_rule_is_refused(shop: Shop) -> None:
    theirs = ingress("theirs", "other", **{"nginx.ingress.kubernetes.io/canary": "true"})
    found = await _check(shop, *by_weight(), theirs, request=replace(REQUEST, target=ROUTED))
    assert "Ingress theirs is already a canary for shop.example/" in _told(found)


async def test_objects_with_the_canarys_names_that_are_not_ours_are_refused(shop: Shop) -> None:
    squatters = [
        deployment({"app": "squatter"}, name="checkout-canary", replicas=0),
        ingress("checkout-checkout-canary", "other"),
    ]
    told = _told(await _check(shop, *by_weight(), *squatters, request=replace(REQUEST, target=ROUTED)))
    assert "Deployment checkout-canary has the name that the canary needs" in told
    assert "Ingress checkout-checkout-canary has the name that the canary needs" in told


@pytest.mark.parametrize("name", ["checkout", "checkout-canary"])
async def test_an_autoscaler_on_the_workload_is_refused(shop: Shop, name: str) -> None:
    hpa = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "scaler", "namespace": NAMESPACE},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2,
            "maxReplicas": 9,
        },
    }
    told = _told(await _check(shop, *by_pods(), hpa))
    assert f"HorizontalPodAutoscaler scaler scales Deployment {name}" in told


async def test_a_coarse_plan_is_refused_unless_it_says_so(shop: Shop) -> None:
    coarse = replace(REQUEST, driver=Native(Plan("canary", (SetWeight(10),))))
    found = await _check(shop, *by_pods()[:2], deployment(STABLE_LABELS, replicas=2), request=coarse)
    assert "10% would really be" in _told(found)
    accepted = replace(coarse, driver=Native(Plan("canary", (SetWeight(10),), accept_coarse=True)))
    assert (await Inspector(shop.clusters, shop.clock).check(accepted)).problems == ()


async def test_a_step_that_needs_a_router_is_refused_without_one(shop: Shop) -> None:
    scaled = replace(REQUEST, driver=Native(Plan("canary", (SetCanaryScale(replicas=1), SetWeight(50)))))
    assert "steps[0].setCanaryScale" in _told(await _check(shop, *by_pods(), request=scaled))


async def test_rights_that_are_missing_are_named_before_anything_else(shop: Shop, tmp_path: Path) -> None:
    await _check(shop, *by_pods())
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "weak", "namespace": NAMESPACE}}
    await shop.playground.apply(account, *_MAY_ASK)
    weak = await _as_account(shop, "weak", tmp_path)
    try:
        watches = Watches(weak, clock=shop.clock, random=Random(0))
        found = await Inspector({"prod": Cluster(weak, watches)}, shop.clock).check(replace(REQUEST, target=ROUTED))
    finally:
        await weak.close()
    (problem,) = found.problems
    assert "may not do this in namespace shop of cluster prod: get deployments.apps" in problem.sentence
    assert "patch ingresses.networking.k8s.io" in problem.sentence
    assert "`leadsman rbac`" in problem.fix


_RULE = {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"], "verbs": ["create"]}
_RBAC: Thing = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "system:basic-user"}}
_MAY_ASK = (
    {**_RBAC, "kind": "ClusterRole", "rules": [_RULE]},
    {
        **_RBAC,
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:basic-user"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}],
    },
)
"""What a real cluster lets everybody do: ask what they may."""


async def _as_account(shop: Shop, account: str, folder: Path) -> Kubernetes:
    config: dict[str, Any] = shop.playground.kubeconfig()
    config["users"][0]["user"] = {"token": shop.playground.token_for(account, NAMESPACE)}
    (folder / "weak").write_text(json.dumps(config))
    return await Kubernetes.connect(name="prod", context=None, kubeconfig=str(folder / "weak"), clock=shop.clock)


async def test_a_cluster_that_does_not_answer_is_an_error_to_try_again(shop: Shop) -> None:
    await shop.playground.stop()
    with pytest.raises(TemporaryError, match="Cluster prod"):
        await Inspector(shop.clusters, shop.clock).check(REQUEST)
