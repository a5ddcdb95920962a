"""Beginning anew on a Rollout: retry, the way back from what was aborted, a named revision, a restart."""

from bot.desk import Refused, Wish
from strategies.argo.driver import Start
from strategies.events import Abort, Approve
from strategies.model import Outcome
from tests.bot.argo.place import ALICE, BOB, IMAGE, Place, is_observed, started

WISH = Wish("checkout", None, "prod", ALICE)


async def aborted(place: Place, tag: str = "v2") -> None:
    rollout_id = await place.deploy(tag)
    await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Abort(at, ALICE, "enough seen"))
    await place.ended(rollout_id)


async def gone_live(place: Place, tag: str) -> None:
    rollout_id = await place.deploy(tag)
    ask = await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    assert (await place.ended(rollout_id)).outcome is Outcome.HEALTHY


async def test_what_was_aborted_is_retried_with_its_gate(place: Place) -> None:
    await aborted(place)

    again = started(await place.core.desk.retry(WISH))
    ask = await place.asked(again.id)
    await place.act(again.id, lambda at: Approve(at, BOB, ask.id))

    assert again.walks[0].argo.start is Start.RETRY
    assert (await place.ended(again.id)).outcome is Outcome.HEALTHY
    assert (await place.look()).stable_image == f"{IMAGE}:v2"


async def test_after_an_abort_a_rollback_lets_the_rollout_ask_for_the_stable_version_again(place: Place) -> None:
    await aborted(place)

    back = started(await place.core.desk.rollback(WISH))
    ended = await place.ended(back.id)

    assert (back.candidate.version, ended.outcome) == ("v1", Outcome.HEALTHY), ended.why
    seen = await place.look()
    assert (seen.image, seen.aborted, seen.status) == (f"{IMAGE}:v1", False, "Healthy")


async def test_a_rollback_goes_to_the_revision_that_is_named_and_to_no_other(place: Place) -> None:
    await gone_live(place, "v2")
    await gone_live(place, "v3")

    missing = await place.core.desk.rollback(WISH, revision=99)
    assert isinstance(missing, Refused)
    assert missing.sentence == (
        "Not started. Unable to find revision 99 in the Rollout's history; it has 3, 2, 1. Nothing changed."
    )
    back = started(await place.core.desk.rollback(WISH, revision=1))
    assert (await place.ended(back.id)).outcome is Outcome.HEALTHY
    assert (await place.look()).stable_image == f"{IMAGE}:v1"


async def test_a_restart_replaces_every_pod_and_ends_healthy(place: Place) -> None:
    before = {pod["metadata"]["name"] for pod in place.cluster.list("Pod", "shop")}

    again = started(await place.core.desk.restart(WISH))
    ended = await place.ended(again.id)

    assert ended.outcome is Outcome.HEALTHY, ended.why
    after = {
        pod["metadata"]["name"]
        for pod in place.cluster.list("Pod", "shop")
        if not pod["metadata"].get("deletionTimestamp")
    }
    assert len(after) == 4
    assert not before & after


async def test_the_version_that_runs_is_not_deployed_again_and_the_one_before_an_abort_is_retried(place: Place) -> None:
    assert "v1 already runs there" in await place.refused("v1")
    await aborted(place)
    assert "v2 was aborted there, and the Rollout still asks for it. Retry it instead." in await place.refused("v2")


async def test_what_was_aborted_by_kubectl_is_retried_too(place: Place) -> None:
    await gone_live(place, "v2")
    await place.core.elsewhere.stop()
    await place.set_image("v3")
    await place.until_so(lambda thing: is_observed(thing) and thing["status"].get("phase") == "Paused")
    await place.kubectl("PATCH", "rollouts", "checkout", {"status": {"abort": True}}, part="/status")
    await place.until_so(lambda thing: thing["status"].get("phase") == "Degraded")

    again = started(await place.core.desk.retry(WISH))

    assert (again.candidate.version, again.walks[0].argo.start) == ("v3", Start.RETRY)
    assert await place.asked(again.id)
