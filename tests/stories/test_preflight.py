"""A deploy that cannot work is refused before anything moves, with the sentence that says what to change."""

from typing import Any

import pytest

from bot.playground import shop
from strategies.native.argocd import TRACKING
from tests.stories.bench import Bench, Thing

HPA: Thing = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "checkout", "namespace": shop.NAMESPACE},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout"},
        "minReplicas": 2,
        "maxReplicas": 20,
    },
}


@pytest.fixture(autouse=True)
async def begun(bench: Bench) -> None:
    await bench.begin()


async def _nothing_moved(bench: Bench) -> None:
    assert bench.writes() == []
    assert bench.serving()[1:] == (10, 0, 0)


async def test_a_deployment_that_does_not_exist_is_named(bench: Bench) -> None:
    await bench.kubectl("DELETE", "deployments", "checkout")

    assert "There is no Deployment shop/checkout in cluster demo" in await bench.refused()


async def test_a_missing_container_is_named_beside_those_there_are(bench: Bench) -> None:
    await bench.merge("checkout", {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "x:1"}]}}}})

    sentence = await bench.refused()

    assert "has no container web; it has: app" in sentence


async def test_a_paused_deployment_is_refused_with_the_command_that_resumes_it(bench: Bench) -> None:
    await bench.merge("checkout", {"spec": {"paused": True}})
    before = len(bench.writes())

    sentence = await bench.refused()

    assert "Deployment shop/checkout is paused" in sentence
    assert "kubectl rollout resume deployment/checkout -n shop" in sentence
    assert len(bench.writes()) == before


async def test_an_autoscaler_on_the_workload_is_refused(bench: Bench) -> None:
    await bench.cluster.apply(HPA)

    assert "HorizontalPodAutoscaler checkout scales Deployment checkout" in await bench.refused()
    await _nothing_moved(bench)


async def test_argo_cd_is_refused_unless_self_heal_is_seen_to_be_off(bench: Bench) -> None:
    await bench.merge("checkout", {"metadata": {"annotations": {TRACKING: "shop:apps/Deployment:shop/checkout"}}})

    sentence = await bench.refused()

    assert "is managed by Argo CD (application shop)" in sentence
    assert "self-heal" in sentence


APPLICATION = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "shop", "namespace": "argocd"},
    "spec": {"project": "default", "syncPolicy": {"automated": {"selfHeal": True}}},
}


async def test_argo_cd_with_self_heal_is_refused_for_it_would_undo_every_step(bench: Bench) -> None:
    await bench.cluster.apply(APPLICATION)
    await bench.merge("checkout", {"metadata": {"annotations": {TRACKING: "shop:apps/Deployment:shop/checkout"}}})

    assert "(application shop, self-heal on): it would undo every step" in await bench.refused()
    assert bench.serving()[1:] == (10, 0, 0)


async def test_argo_cd_without_self_heal_lets_a_rollout_go_and_is_told_in_the_thread(bench: Bench) -> None:
    await bench.cluster.apply({**APPLICATION, "spec": {"project": "default", "syncPolicy": {"automated": {}}}})
    await bench.merge("checkout", {"metadata": {"annotations": {TRACKING: "shop:apps/Deployment:shop/checkout"}}})

    noted = await bench.heard(await bench.deploy(), "noted")

    assert noted["note"].startswith("Argo CD manages Deployment checkout (application shop)")


async def test_sides_that_cannot_be_told_apart_are_refused_with_the_change_that_helps(bench: Bench) -> None:
    await bench.kubectl("PATCH", "services", "checkout-canary", {"spec": {"selector": {"track": "stable"}}})

    sentence = await bench.refused()

    assert "Service checkout-canary selects the stable pods too" in sentence
    assert "Let Service checkout-canary select" in sentence


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("elsewhere/abc/3", "held by another installation, elsewhere, for its rollout abc"),
        ("leadsman/gone/3", "held by rollout gone, which is not known to be live here"),
        ("nonsense", "carries a claim that cannot be read"),
    ],
)
async def test_somebody_elses_claim_is_refused_with_the_way_out(bench: Bench, claim: str, words: str) -> None:
    await bench.merge("checkout", {"metadata": {"annotations": {"leadsman.dev/rollout": claim}}})

    sentence = await bench.refused()

    assert words in sentence
    assert "leadsman abort --direct checkout prod" in sentence


async def test_the_version_that_runs_already_is_refused(bench: Bench) -> None:
    assert "checkout in prod already runs v1.4.1" in await bench.refused(shop.RUNNING)
    await _nothing_moved(bench)


@pytest.mark.parametrize("version", ["", "-x", "a b", "v1\n", "<!channel>", "ä", "x" * 5000])
async def test_what_is_no_version_is_refused(bench: Bench, version: str) -> None:
    assert "is no valid version" in await bench.refused(version)
    await _nothing_moved(bench)


async def test_a_refusal_is_in_the_audit_with_its_reason(bench: Bench) -> None:
    await bench.cluster.apply(HPA)

    sentence = await bench.refused()

    entries = await bench.core.store.audit_entries(0, 100)
    refused = [entry for entry in entries if entry.kind == "refused"]
    facts: dict[str, Any] = dict(refused[-1].facts)
    assert (facts["app"], facts["version"], facts["why"]) == ("checkout", shop.GOOD, sentence)


async def test_what_is_good_to_know_stands_in_the_thread_and_forbids_nothing(bench: Bench) -> None:
    every_pod = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "metrics", "namespace": shop.NAMESPACE},
        "spec": {"selector": {"app": "checkout"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    await bench.cluster.apply(every_pod)

    rollout = await bench.deploy()
    await bench.at_step(rollout, 1)

    assert await bench.facts(rollout, "noted") == [{"note": "Service metrics will reach the canary's pods too."}]
    lines = [row.tell.event.what for row in await bench.core.store.pending_tells(100) if row.tell.event]
    assert "noted" in lines
    await bench.abort(rollout)
