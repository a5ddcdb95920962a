"""What kubectl, Argo CD or CI begin gets a card and its gates, once, with who did it as far as the cluster tells."""

from pathlib import Path

from strategies.argo.driver import Start
from strategies.events import Abort, Approve
from strategies.model import AskEnd, Outcome
from tests.bot.argo.place import ALICE, BOB, IMAGE, Place, configured, is_healthy, opened, rollout


async def test_an_image_set_by_kubectl_gets_a_rollout_of_ours_with_its_gate(place: Place) -> None:
    await place.set_image("v2")
    found = await place.live()
    ask = await place.asked(found.id)

    assert (found.candidate.version, found.walks[0].argo.start) == ("v2", Start.ELSEWHERE)
    assert (found.by.name, found.by.surface) == ("kubectl-argo-rollouts", "kubectl-argo-rollouts")
    await place.act(found.id, lambda at: Approve(at, BOB, ask.id))
    ended = await place.ended(found.id)
    assert ended.outcome is Outcome.HEALTHY, ended.why
    assert ended.walks[0].base.image == f"{IMAGE}:v1"


async def test_what_is_under_way_when_the_bot_starts_gets_its_card_and_no_second_one_after_a_restart(
    place: Place,
) -> None:
    await place.stop()
    await place.set_image("v2")
    await place.until_so(lambda thing: thing["status"].get("phase") == "Paused")

    await place.start()
    found = await place.live()
    await place.asked(found.id)
    await place.stop()
    await place.start()
    await place.asked(found.id)
    await place.core.elsewhere.idle()

    assert [one.id for one in await place.core.store.history("checkout", "prod", 10)] == [found.id]


async def test_a_rollout_of_ours_gets_no_second_card(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Abort(at, ALICE, "enough seen"))
    await place.ended(rollout_id)
    await place.core.elsewhere.idle()

    assert [one.id for one in await place.core.store.history("checkout", "prod", 10)] == [rollout_id]


async def test_a_promotion_by_kubectl_ends_the_question_and_is_told(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)

    await place.promote()
    ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.HEALTHY
    assert [ask.ended for ask in ended.asks] == [AskEnd.VOID]
    assert "ask-void" in await place.told(rollout_id)


async def test_another_version_in_mid_rollout_ends_ours_and_gets_a_card_of_its_own(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)

    await place.set_image("v3", manager="argocd-controller")
    ended = await place.ended(rollout_id)
    other = await place.live()

    assert ended.outcome is Outcome.SUPERSEDED
    assert "argocd-controller" in ended.why
    assert (other.candidate.version, other.by.name) == ("v3", "argocd-controller")
    assert await place.asked(other.id)


async def test_a_retry_by_kubectl_of_what_we_aborted_gets_a_card(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Abort(at, ALICE, "enough seen"))
    await place.ended(rollout_id)

    await place.kubectl("PATCH", "rollouts", "checkout", {"status": {"abort": False}}, part="/status")
    again = await place.live()

    assert (again.candidate.version, again.walks[0].argo.start, again.by.name) == ("v2", Start.ELSEWHERE, "unknown")
    assert await place.asked(again.id)


async def test_a_claim_of_ours_that_nobody_remembers_is_taken_up_under_its_own_id(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)
    await place.stop()
    for file in place.folder.glob("leadsman.db*"):
        file.unlink()

    await place.start()
    await place.core.elsewhere.idle()
    assert await place.core.store.live("checkout", "prod") is None
    await place.core.adopt()
    found = await place.live()
    ask = await place.asked(found.id)
    await place.act(found.id, lambda at: Approve(at, BOB, ask.id))

    assert found.id == rollout_id
    assert (await place.ended(rollout_id)).outcome is Outcome.HEALTHY


async def test_a_rollout_that_the_configuration_takes_in_later_is_looked_after_from_then_on(tmp_path: Path) -> None:
    async with opened(tmp_path, rollout(), rollout(name="billing")) as place:
        await place.healthy()
        await place.until_so(is_healthy, "billing")
        await place.start(configured(workload={"rollout": "billing", "container": "web"}))
        await place.set_image("v2")
        await place.until_so(lambda thing: thing["status"].get("phase") == "Paused")
        await place.core.elsewhere.idle()
        assert await place.core.store.live("checkout", "prod") is None

        place.write(configured())
        await place.core.reconfigure()
        found = await place.live()

    assert found.walks[0].target.workload == "checkout"


async def test_a_first_deployment_gets_no_card_since_nothing_was_there_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as place:
        await place.start()
        await place.cluster.apply(rollout())
        await place.healthy()
        await place.core.elsewhere.idle()
        assert await place.core.store.history("checkout", "prod", 10) == ()
