"""What people do with rollouts, from the deploy to the end, and what it costs the API server."""

import json

from bot.desk import Busy, Refused, Started, WhenBusy, Wish
from bot.playground import shop
from strategies.events import Hold, Promote, Reject, Resume, Skip
from strategies.model import Outcome
from strategies.steps import Pause
from tests.stories.bench import ALICE, BOB, BOTH, CAREFUL, GATE, SUCCESS, Bench, Thing, analysis, pause, weight

SHORT = (weight(20), GATE, weight(50))


async def test_a_rollout_of_two_weights_needs_at_most_24_writes(bench: Bench) -> None:
    await bench.begin(CAREFUL)
    rollout = await bench.deploy()

    await bench.approve(rollout)
    await bench.live_with(rollout)

    writes = bench.writes()
    assert len(writes) <= 24, [(one.verb, one.resource, one.name, one.body) for one in writes]
    assert {one.status for one in writes} <= {200, 201}


async def test_every_write_is_audited_before_and_after(bench: Bench) -> None:
    await bench.begin(SHORT)
    rollout = await bench.deploy()
    await bench.approve(rollout)
    await bench.live_with(rollout)

    kinds = [one.kind for one in await bench.audit(rollout) if one.kind in ("write", "written", "write-void")]

    assert kinds == ["write", "written"] * len(bench.writes())
    assert (await bench.core.store.verify()).is_sound


async def test_in_observe_mode_everything_is_decided_and_nothing_written(bench: Bench) -> None:
    await bench.begin(SHORT, mode="observe")
    rollout = await bench.deploy()
    await bench.until(rollout, lambda one: one.walks[0].aim is not None)

    ended = await bench.abort(rollout)

    assert (ended.outcome, ended.why) == (Outcome.CANCELLED, "aborted by alice: “enough seen”")
    assert bench.writes() == []
    assert bench.serving() == (shop.RUNNING, 10, 0, 0)


async def test_in_observe_mode_a_rollout_that_cannot_move_ends_and_says_so(bench: Bench) -> None:
    await bench.begin(SHORT, mode="observe", progressDeadlineSeconds=120)

    ended = await bench.ended(await bench.deploy())

    assert ended.outcome is Outcome.CANCELLED
    assert ended.why == "Leadsman only observes here (mode: observe), so nothing was moved"
    assert bench.writes() == []


async def test_a_rejected_gate_brings_the_base_home_with_the_reason(bench: Bench) -> None:
    await bench.begin(SHORT)
    rollout = await bench.deploy()
    ask = await bench.asked(rollout)

    await bench.act(rollout, lambda at: Reject(at, BOB, ask.id, "the queue grows"))

    assert await bench.turned_back(rollout) == "rejected by bob: “the queue grows”"


async def test_a_held_rollout_stays_where_it_is_until_it_is_resumed(bench: Bench) -> None:
    await bench.begin((weight(20), pause("3m"), weight(50)))
    rollout = await bench.deploy()
    await bench.at_step(rollout, 1)
    await bench.act(rollout, lambda at: Hold(at, ALICE, "lunch"))
    begun = bench.clock.now()

    await bench.until_time(begun, 300)
    held = (await bench.saved(rollout)).rollout
    assert isinstance(held.walks[0].native.plan.steps[held.walks[0].native.cursor], Pause)
    assert bench.weight() == 20

    await bench.act(rollout, lambda at: Resume(at, ALICE))
    await bench.live_with(rollout)


async def test_promote_ends_a_pause_and_skip_leaves_an_analysis_undone(bench: Bench) -> None:
    endless: Thing = {**SUCCESS, "spec": json.loads(json.dumps(SUCCESS["spec"]))}
    endless["spec"]["metrics"][0]["interval"] = "1h"
    await bench.begin((weight(20), {"pause": {}}, analysis("success")), (endless,))
    rollout = await bench.deploy()

    await bench.at_step(rollout, 1)
    await bench.act(rollout, lambda at: Promote(at, ALICE))
    await bench.at_step(rollout, 2)
    refused = await bench.core.engine.act(rollout, lambda at: Promote(at, ALICE))
    assert refused.refusal is not None
    await bench.act(rollout, lambda at: Skip(at, BOB, "measured by hand"))

    await bench.live_with(rollout)


async def test_the_canary_can_have_pods_before_it_has_traffic(bench: Bench) -> None:
    await bench.begin(({"setCanaryScale": {"replicas": 4}}, GATE, weight(20)))
    rollout = await bench.deploy()
    await bench.asked(rollout)

    assert bench.serving() == (shop.RUNNING, 10, 4, 0)
    await bench.approve(rollout)
    await bench.live_with(rollout)
    assert [(one["weight"], one["share"]) for one in await bench.facts(rollout, "weight")] == [(20, 20)]


async def test_a_rollback_goes_to_the_version_before_without_pauses_or_questions(bench: Bench) -> None:
    await bench.begin(SHORT)
    first = await bench.deploy()
    await bench.approve(first)
    await bench.live_with(first)

    answer = await bench.core.desk.rollback(Wish("checkout", None, "prod", ALICE, "too many complaints"))

    assert isinstance(answer, Started), answer
    ended = await bench.live_with(answer.rollout.id)
    assert ended.candidate.version == shop.RUNNING
    assert not ended.asks
    assert bench.serving() == (shop.RUNNING, 10, 0, 0)


async def test_a_retry_begins_the_last_version_anew(bench: Bench) -> None:
    await bench.begin(SHORT)
    first = await bench.deploy()
    await bench.asked(first)
    await bench.abort(first, "wrong moment")

    answer = await bench.core.desk.retry(Wish("checkout", None, "prod", ALICE))

    assert isinstance(answer, Started), answer
    await bench.approve(answer.rollout.id)
    await bench.live_with(answer.rollout.id)
    assert bench.serving() == (shop.GOOD, 10, 0, 0)
    again = await bench.core.desk.retry(Wish("checkout", None, "prod", ALICE))
    assert isinstance(again, Refused)


async def test_a_second_deploy_is_asked_about_and_queued_behind_the_first(bench: Bench) -> None:
    await bench.begin(SHORT)
    first = await bench.deploy()
    await bench.asked(first)
    assert isinstance(await bench.ask_for(shop.SLOW), Busy)

    second = await bench.deploy(shop.SLOW, busy=WhenBusy.QUEUE)
    await bench.approve(first)
    await bench.live_with(first)
    await bench.approve(second)
    ended = await bench.live_with(second)

    assert ended.walks[0].base.version == shop.GOOD
    assert bench.serving() == (shop.SLOW, 10, 0, 0)


async def test_replace_brings_the_base_home_before_the_other_version_begins(bench: Bench) -> None:
    await bench.begin(SHORT)
    first = await bench.deploy()
    await bench.asked(first)

    second = await bench.deploy(shop.SLOW, busy=WhenBusy.REPLACE)
    replaced = await bench.ended(first)
    await bench.approve(second)
    ended = await bench.live_with(second)

    assert replaced.outcome is Outcome.SUPERSEDED
    assert ended.walks[0].base.version == shop.RUNNING
    assert bench.serving() == (shop.SLOW, 10, 0, 0)


async def test_two_apps_roll_out_at_once_without_touching_each_other(bench: Bench) -> None:
    deployment = next(one for one in shop.objects() if one["kind"] == "Deployment")
    cart = json.loads(json.dumps(deployment).replace('"checkout"', '"cart"'))
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "cart", "namespace": shop.NAMESPACE},
        "spec": {"selector": {"app": "cart"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    await bench.cluster.apply(service, cart)
    await bench.until_so(lambda: bench.thing("Deployment", "cart").get("status", {}).get("availableReplicas") == 10)
    await bench.kubectl("PATCH", "services", "checkout", {"spec": {"selector": {"track": None}}})
    await bench.begin(SHORT, BOTH, traffic=None, apps=("checkout", "cart"))

    first, second = await bench.deploy(), await bench.deploy(shop.CRASHING, app="cart")
    await bench.approve(first)
    await bench.live_with(first)
    other = await bench.ended(second)

    assert other.outcome is Outcome.ROLLED_BACK
    assert bench.serving() == (shop.GOOD, 10, 0, 0)
    image = bench.thing("Deployment", "cart")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.partition("@")[0] == f"{shop.IMAGE}:{shop.RUNNING}"
