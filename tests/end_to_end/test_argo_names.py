"""A Rollout with the longest names that can be deployed, from the command to the end; and one whose name leaves no room for its pods."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.playground.argo_shop import checks
from bot.playground.shop import GOOD, NAMESPACE, Shop
from strategies.model import Outcome
from tests.end_to_end.argo import Thing, canary
from tests.end_to_end.books import all_is_right, troubles
from tests.end_to_end.stage import Installation, Stage, staged

LONGEST = 253
ROLLOUT = "r" * (LONGEST - len("-1234567890-2-1"))
"""After it come the template's hash, the revision and the step in the name of its AnalysisRun."""
INGRESS, TEMPLATE = "i" * LONGEST, "t" * LONGEST
APP, ENVIRONMENT, CONTAINER = "a" * 63, "e" * 63, "c" * 63
PLACE = f"{APP} {ENVIRONMENT}"
ANSWERS = {
    f"status {PLACE}": "1 more approval needed",
    "list": "1 on its way",
    f"history {PLACE}": "history",
    f"audit {PLACE}": "audit",
}


def renamed(change: Callable[[list[Thing]], list[Thing]], rollout: str, container: str) -> Shop:
    """The shop with other objects in the cluster, and a configuration for this Rollout with the longest names."""
    run = canary({"setWeight": 20}, {"analysis": checks("success-rate")}, {"pause": {}})

    def objects() -> tuple[Thing, ...]:
        return tuple(change([json.loads(json.dumps(thing)) for thing in run.objects()]))

    def configuration(prometheus: str) -> str:
        written = run.configuration(prometheus)
        for old, new in {
            "  checkout:\n": f"  {APP}:\n",
            "      prod:\n": f"      {ENVIRONMENT}:\n",
            "rollout: checkout, container: web": f"rollout: {rollout}, container: {container}",
        }.items():
            assert old in written
            written = written.replace(old, new)
        return written

    return replace(run, objects=objects, configuration=configuration)


def everything_long(things: list[Thing]) -> list[Thing]:
    """The shop's own objects, each name as long as it may be."""
    names = {"Rollout": ROLLOUT, "Ingress": INGRESS, "AnalysisTemplate": TEMPLATE}
    kept = [thing for thing in things if thing["metadata"]["name"] != "latency-p95"]
    for thing in kept:
        thing["metadata"]["name"] = names.get(thing["kind"], thing["metadata"]["name"])
        if thing["kind"] == "Rollout":
            thing["spec"]["template"]["spec"]["containers"][0]["name"] = CONTAINER
            plan = thing["spec"]["strategy"]["canary"]
            plan["trafficRouting"]["nginx"]["stableIngress"] = INGRESS
            plan["steps"][1]["analysis"]["templates"][0]["templateName"] = TEMPLATE
    return kept


def one_too_long(things: list[Thing]) -> list[Thing]:
    """A Rollout beside the shop's, with the longest name that the API server takes."""
    [shops] = [thing for thing in things if thing["kind"] == "Rollout"]
    plan = {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}
    about = {**shops["metadata"], "name": "r" * LONGEST}
    return [*things, {**shops, "metadata": about, "spec": {**shops["spec"], "strategy": plan}}]


async def test_the_longest_names_are_deployed_asked_about_shown_and_recorded(tmp_path: Path) -> None:
    run = replace(renamed(everything_long, ROLLOUT, CONTAINER), name=ROLLOUT)
    async with staged(tmp_path, Installation(run=run)) as stage:
        stage.place = APP, ENVIRONMENT
        await stage.type("alice", f"/deploy {APP} {GOOD} {ENVIRONMENT} faster totals")
        card = await stage.shows("1 more approval needed")
        await reads_the_tree(stage)
        for question, answer in ANSWERS.items():
            await stage.type("carol", f"/rollout {question}")
            await stage.tells("carol", answer)
        await stage.press("bob", "Approve")
        await stage.shows(f"{GOOD} is live")
        await stage.says(card, "bob approved")
        await stage.settled()

        [rollout] = await stage.history()
        assert rollout.outcome is Outcome.HEALTHY
        entries = await stage.store.audit_entries(0, 1_000, rollout.id)
        written = [str(entry.facts["request"]) for entry in entries if entry.kind == "written"]
        assert written and all(f"{NAMESPACE}/{ROLLOUT}: " in one for one in written)
        await all_is_right(stage)
        assert troubles(stage) == []


async def reads_the_tree(stage: Stage) -> None:
    """Details, which hold the tree with the whole name."""
    await stage.press("bob", "Details")

    async def opened() -> str:
        forms = [view for view in stage.slack.views("bob") if view["callback_id"] == "form.details"]
        return json.dumps(forms) if forms else ""

    assert f"Name:            {ROLLOUT}" in await stage.until(opened, "Details")


async def test_a_name_that_leaves_no_room_for_its_pods_is_refused_with_the_longest_that_does(tmp_path: Path) -> None:
    """253 characters are a name for a Rollout, but Argo's controller cannot make even the first ReplicaSet of it."""
    name = "r" * LONGEST
    async with staged(tmp_path, Installation(run=renamed(one_too_long, name, "web"))) as stage:
        stage.place = APP, ENVIRONMENT
        await stage.type("alice", f"/deploy {APP} {GOOD} {ENVIRONMENT}")
        told = await stage.tells("alice", "Give the Rollout a name of at most 242 characters.")
        assert "Not started." in told and told.endswith("Nothing changed.")
        assert (await stage.history(), stage.cards()) == ([], [])
        assert "leadsman.dev" not in json.dumps(stage.playground.cluster.get("Rollout", NAMESPACE, name))
        await all_is_right(stage)
