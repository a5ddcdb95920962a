"""A Rollout's objects, read and gathered: the same as the recordings of a real controller hold, and woken by each of them."""

import asyncio
from typing import Any

import pytest

from bot.adapters.kubernetes import (
    ANALYSIS_RUNS,
    DEPLOYMENTS,
    EXPERIMENTS,
    INGRESSES,
    PODS,
    REPLICASETS,
    ROLLOUTS,
    SERVICES,
    Kind,
)
from bot.argo.objects import gathered, ingress_names, read, rollout_name, service_names, watched
from strategies.argo.objects import Objects
from strategies.argo.sight import seen
from strategies.model import Target, WorkloadKind
from strategies.native.sight import controller_uid
from tests.bot.argo.place import NAMESPACE, TARGET, Place, blue_green, rollout
from tests.bot.argo.recorded import Recorded
from tests.story_bot import PATIENCE
from tests.strategies.argo.recording import Moment, load

Thing = dict[str, Any]
SHOWN = [
    "02-canary-basic",
    "09a-bluegreen-manual",
    "11b-workloadref-set-image",
    "12b-invalidspec-missing-service",
    "13b-nginx-abort",
    "14a-experiment-step",
    "14b-experiment-with-failing-analysis",
]


@pytest.mark.parametrize("name", SHOWN)
async def test_what_is_read_and_what_is_gathered_show_the_same_as_the_recording(name: str) -> None:
    compared = 0
    for moment in load(name).moments():
        if moment.kind != "cli" or not moment.rollout:
            continue
        target = Target("prod", load(name).namespace, moment.rollout, "web", kind=WorkloadKind.ROLLOUT)
        expected = seen(target, moment.objects, moment.at)
        found = await read(Recorded(moment.cluster), target)  # type: ignore[arg-type]

        def owned(kind: Kind, uids: Any, moment: Moment = moment) -> list[Thing]:
            wanted = set(uids)
            return [one for one in moment.cluster.of(kind.plural) if controller_uid(one) in wanted]

        def named(kind: Kind, name: str, moment: Moment = moment) -> Thing | None:
            return moment.cluster.get(kind.plural, name)

        kept = gathered(moment.cluster.get("rollouts", moment.rollout), owned, named)
        assert seen(target, found, moment.at) == expected
        assert seen(target, kept, moment.at) == expected
        compared += 1
    assert compared


def test_a_rollout_is_watched_with_its_deployment_only_where_it_refers_to_one() -> None:
    referring = rollout()
    referring["spec"]["workloadRef"] = {"kind": "Deployment", "name": "source"}
    assert DEPLOYMENTS in watched(referring)
    assert DEPLOYMENTS not in watched(rollout())
    assert DEPLOYMENTS not in watched(None)


def test_services_and_ingresses_are_those_that_the_strategy_names() -> None:
    assert service_names(blue_green()) == {"checkout", "checkout-preview"}
    nginx = {"nginx": {"stableIngress": "front", "stableIngresses": ["side"]}}
    canary = {"canaryService": "new", "stableService": "old", "trafficRouting": nginx}
    thing = rollout(strategy={"canary": canary})
    assert service_names(thing) == {"new", "old"}
    assert ingress_names(thing) == {"front", "side", "checkout-front-canary", "checkout-side-canary"}


@pytest.mark.parametrize(
    "strategy",
    [
        {},
        {"canary": None},
        {"canary": []},
        {"blueGreen": "x"},
        {"canary": {"trafficRouting": {"nginx": {"stableIngresses": 3}}}},
    ],
)
def test_a_strategy_that_nobody_understands_names_nothing(strategy: Thing) -> None:
    thing = rollout(strategy=strategy)
    assert (service_names(thing), ingress_names(thing)) == (frozenset(), frozenset())


def owned_by(kind: Kind, name: str, thing: Kind, own: str) -> Thing:
    owner = {"kind": kind.kind, "name": name, "uid": name, "controller": True}
    return {"kind": thing.kind, "metadata": {"name": own, "uid": own, "ownerReferences": [owner]}}


def test_an_object_is_known_by_the_rollout_that_owns_it_through_whatever_stands_between() -> None:
    experiment = owned_by(ROLLOUTS, "checkout", EXPERIMENTS, "trial")
    of_trial = owned_by(EXPERIMENTS, "trial", REPLICASETS, "trial-set")
    things = {(EXPERIMENTS, "trial"): experiment, (REPLICASETS, "trial-set"): of_trial}

    def named(kind: Kind, name: str) -> Thing | None:
        return things.get((kind, name))

    assert rollout_name(owned_by(ROLLOUTS, "checkout", REPLICASETS, "s"), named) == "checkout"
    assert rollout_name(owned_by(REPLICASETS, "trial-set", PODS, "p"), named) == "checkout"
    assert rollout_name(owned_by(EXPERIMENTS, "trial", ANALYSIS_RUNS, "r"), named) == "checkout"
    assert rollout_name(owned_by(REPLICASETS, "gone", PODS, "p"), named) == ""
    assert rollout_name(owned_by(DEPLOYMENTS, "checkout", REPLICASETS, "s"), named) == ""
    assert rollout_name({"metadata": {"name": "alone"}}, named) == ""


async def test_a_rollout_is_woken_by_its_own_objects_and_by_what_it_names(place: Place) -> None:
    woken = asyncio.Event()
    keys: list[str] = []

    def told(key: str) -> None:
        keys.append(key)
        woken.set()

    place.core.observer.subscribe(told)
    await place.core.observer.follow("mine", TARGET)
    await place.quiet(0.3)
    for kind, name in await names(place):
        keys.clear()
        woken.clear()
        await place.kubectl("PATCH", kind.plural, name, {"metadata": {"labels": {"woken": "yes"}}})
        await asyncio.wait_for(woken.wait(), PATIENCE)
        assert "mine" in keys, kind


async def names(place: Place) -> list[tuple[Kind, str]]:
    """One object of each kind that there is."""
    [pod, *_] = place.cluster.list("Pod", NAMESPACE)
    [one] = place.cluster.list("ReplicaSet", NAMESPACE)
    return [(REPLICASETS, one["metadata"]["name"]), (PODS, pod["metadata"]["name"])]


async def looked_without_asking(place: Place) -> Objects | None:
    """A look, once everything is watched: until then the server is asked."""
    before = len(place.cluster.requests)
    kept = await place.core.observer.rollout(TARGET)
    return kept if len(place.cluster.requests) == before else None


async def test_a_look_from_the_watches_asks_the_server_nothing_and_shows_what_the_server_shows(place: Place) -> None:
    kept = None
    async with asyncio.timeout(PATIENCE):
        while kept is None:
            kept = await looked_without_asking(place)
    fresh = await place.core.observer.rollout(TARGET, fresh=True)
    now = place.clock.now()
    assert seen(TARGET, kept, now) == seen(TARGET, fresh, now)
    assert SERVICES in watched(kept.rollout)
    assert INGRESSES in watched(kept.rollout)
