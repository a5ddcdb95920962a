"""A cluster without Argo Rollouts, a controller that sleeps, a Rollout that is deleted or broken, watches that are cut."""

from pathlib import Path
from typing import Any

import pytest

from bot.desk import Wish
from bot.errors import Unsupported
from bot.playground.kubernetes import Behaviour
from strategies.events import Abort, Approve, Promote
from strategies.model import Outcome
from tests.bot.argo.place import ALICE, BOB, IMAGE, NAMESPACE, TARGET, Place, is_observed, opened, rollout, started


async def test_without_argo_rollouts_a_deploy_is_refused_with_what_to_install(tmp_path: Path) -> None:
    async with opened(tmp_path, custom=()) as place:
        await place.start()
        sentence = await place.refused("v2")
        with pytest.raises(Unsupported, match="Argo Rollouts is not installed in cluster prod"):
            await place.core.engine.look(TARGET)

    assert sentence == (
        "Not started. prod/shop/checkout: Argo Rollouts is not installed in cluster prod: it knows no "
        "rollouts.argoproj.io. Install its definitions and its controller, or name a Deployment under `workload`. "
        "Nothing changed."
    )


async def test_without_argo_rollouts_the_cluster_is_asked_for_them_seldom(tmp_path: Path) -> None:
    async with opened(tmp_path, custom=()) as place:
        await place.start()
        await place.core.elsewhere.idle()
        await place.clock.real_sleep(2.0)
        asked = [one for one in place.cluster.requests if one.resource == "rollouts"]
        assert len(asked) <= 2


async def test_a_rollout_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as place:
        await place.start()
        assert "There is no Rollout shop/checkout in cluster prod. Create it" in await place.refused("v2")


async def test_a_rollout_that_is_deleted_in_mid_rollout_ends_with_a_sentence(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)

    await place.kubectl("DELETE", "rollouts", "checkout")
    ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.CANCELLED
    assert "is gone" in ended.why


async def test_a_controller_that_does_nothing_is_told_and_a_late_one_goes_on(place: Place) -> None:
    place.cluster.rollouts_running = False
    rollout_id = await place.deploy("v2")
    await place.heard(rollout_id, "stuck")
    [why] = [facts["why"] for facts in await place.facts(rollout_id, "stuck")]

    place.cluster.rollouts_running = True
    ask = await place.asked(rollout_id)

    assert "is its controller running?" in why
    assert ask.is_open


async def test_a_rollout_that_ends_while_the_cluster_is_away_for_two_minutes_is_seen_to_have_ended(
    place: Place,
) -> None:
    rollout_id = await place.deploy("v2")
    ask = await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    await place.until_so(lambda thing: not thing["status"].get("pauseConditions"))

    place.cluster.faults.refusing = True
    place.cluster.faults.cut_watches()
    await place.healthy("v2")
    await place.clock.sleep(120)
    assert not (await place.saved(rollout_id)).rollout.is_final
    place.cluster.faults.refusing = False

    assert (await place.ended(rollout_id)).outcome is Outcome.HEALTHY


async def test_a_card_of_three_revisions_ago_moves_nothing(place: Place) -> None:
    """A yes that comes once its version is replaced is refused with the reason, and what waits now waits on."""
    rollout_id = await place.deploy("v2")
    ask = await place.asked(rollout_id)
    for tag in ("v3", "v4", "v5"):
        await place.set_image(tag)
        before = await place.until_so(lambda thing, tag=tag: paused_at(thing, tag))
    assert (await place.ended(rollout_id)).outcome is Outcome.SUPERSEDED

    decision = await place.core.engine.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    await place.core.engine.idle()

    assert decision.refusal is not None
    assert decision.refusal.sentence == (
        "Too late: the rollout of v2 to checkout in prod has ended (superseded). Nothing changed."
    )
    after = await place.until_so(lambda thing: paused_at(thing, "v5"))
    assert where(after) == where(before)
    assert [one.path for one in place.cluster.requests if one.verb == "patch" and one.path.endswith("/status")] == []


def where(thing: dict[str, Any]) -> list[object]:
    """Where the controller stands with a Rollout."""
    return [thing["status"].get(key) for key in ("currentPodHash", "currentStepIndex", "pauseConditions", "stableRS")]


def paused_at(thing: dict[str, object], tag: str) -> bool:
    spec, status = thing["spec"], thing["status"]
    assert isinstance(spec, dict)
    assert isinstance(status, dict)
    image = spec["template"]["spec"]["containers"][0]["image"]
    return is_observed(thing) and image == f"{IMAGE}:{tag}" and status.get("phase") == "Paused"


async def test_pods_that_cannot_start_are_told_with_the_reason_and_an_abort_leads_out(tmp_path: Path) -> None:
    thing = rollout()
    thing["spec"]["progressDeadlineSeconds"] = 10
    behaviours = {f"{IMAGE}:bad": Behaviour(outcome="image-pull-backoff")}
    async with opened(tmp_path, thing, behaviours=behaviours) as place:
        await place.healthy()
        await place.start()
        rollout_id = await place.deploy("bad")
        await place.heard(rollout_id, "stuck")
        [why] = [facts["why"] for facts in await place.facts(rollout_id, "stuck")]
        await place.act(rollout_id, lambda at: Abort(at, ALICE, "it cannot start"))
        ended = await place.ended(rollout_id)

    assert "has timed out progressing" in why
    assert ended.outcome is Outcome.ROLLED_BACK


async def test_forty_revisions_are_seen_and_the_way_back_goes_to_the_right_one(tmp_path: Path) -> None:
    thing = rollout(strategy={"canary": {"steps": []}}, replicas=1)
    thing["spec"]["revisionHistoryLimit"] = 50
    async with opened(tmp_path, thing) as place:
        await place.healthy()
        for number in range(2, 41):
            await place.set_image(f"v{number}")
            await place.healthy(f"v{number}")
        await place.start()
        seen = await place.look()
        back = started(await place.core.desk.rollback(Wish("checkout", None, "prod", ALICE), revision=7))
        ended = await place.ended(back.id)
        assert (await place.look()).stable_image == f"{IMAGE}:v7"

    assert len(seen.revisions) == 40
    assert ended.outcome is Outcome.HEALTHY


async def test_a_promote_where_people_are_asked_counts_as_its_authors_answer_only(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)

    decision = await place.core.engine.act(rollout_id, lambda at: Promote(at, ALICE))

    assert decision.refusal is not None
    assert (await place.look()).pauses


async def test_an_approval_that_the_controller_overlooks_is_brought_to_its_mind(place: Place) -> None:
    """Recorded case 15h: a promote was stored, and nothing followed for more than a minute."""
    rollout_id = await place.deploy("v2")
    ask = await place.asked(rollout_id)
    await place.quiet()
    place.cluster.overlook_rollout(NAMESPACE, "checkout")

    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.HEALTHY
    assert "stuck" not in await place.told(rollout_id)
    reminders = [facts for facts in await place.facts(rollout_id, "write") if str(facts["request"]).startswith("claim")]
    assert len(reminders) == 2, "one to remind it, one to give the claim back"
