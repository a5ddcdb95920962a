"""A Rollout of Argo's from the channel: gates, analyses, the ways back, other hands in the cluster, and a controller that sleeps."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from bot.playground.argo_shop import checks
from bot.playground.shop import FAILING, GOOD, RUNNING, SLOW
from strategies.model import Outcome
from tests.end_to_end.argo import (
    Hands,
    Thing,
    blue_green,
    canary,
    is_healthy,
    is_paused_for_people,
    kinds,
)
from tests.end_to_end.books import all_is_right, troubles
from tests.end_to_end.held_time import HeldTime
from tests.end_to_end.stage import Installation, Message, Stage, staged

STEPS: tuple[Thing, ...] = (
    {"setWeight": 20},
    {"analysis": checks("success-rate")},
    {"pause": {}},
    {"setWeight": 60},
    {"pause": {"duration": "30s"}},
)


async def test_a_canary_from_two_approvals_to_an_abort_a_retry_and_an_undo(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation(run=canary(*STEPS, approvals=2))) as stage:
        hands = Hands(stage)
        await ships_with_two_approvals(stage, hands)
        await fails_its_analysis(stage, hands)
        await aborts_and_retries(stage, hands)
        await rolls_back(stage, hands)

        await all_is_right(stage)
        outcomes = [rollout.outcome for rollout in await stage.history()]
        assert outcomes == [
            Outcome.HEALTHY,
            Outcome.ROLLED_BACK,
            Outcome.ROLLED_BACK,
            Outcome.HEALTHY,
            Outcome.HEALTHY,
        ]
        assert troubles(stage) == []


async def ships_with_two_approvals(stage: Stage, hands: Hands) -> None:
    """Bob's two presses at once are one yes; Carol's is the second."""
    await stage.type("alice", f"/deploy checkout {GOOD} prod faster totals")
    gate = await stage.shows("2 approvals needed")
    assert hands.serving() == {RUNNING: 80, GOOD: 20}
    await stage.press("alice", "Approve")
    await stage.tells("alice", "This needs the approver role")
    await asyncio.gather(stage.press("bob", "Approve", seen=gate), stage.press("bob", "Approve", seen=gate))
    card = await stage.shows("1 more approval needed")
    assert is_paused_for_people(hands.rollout())
    await stage.press("carol", "Approve")
    await stage.shows(f"{GOOD} is live")
    await stage.settled()
    lines = stage.thread(card)
    assert len([line for line in lines if "bob approved" in line]) == 1, lines
    assert (hands.serving(), hands.asks_for()) == ({GOOD: 100}, GOOD)


async def fails_its_analysis(stage: Stage, hands: Hands) -> None:
    """The controller aborts; the card says why, with both versions in the table, and what the Rollout still asks for."""
    await stage.type("alice", f"/deploy checkout {FAILING} prod")
    card = await stage.shows(f"rolled back to {GOOD}")
    await stage.says(card, "Argo Rollouts aborted")
    await stage.settled()
    shown = stage.read(stage.card())
    assert "success rate 9" in shown and "limit ≥ 99%" in shown and "2 of 2 samples failed" in shown
    assert f"The Rollout still asks for {FAILING}" in shown
    assert (hands.serving(), hands.asks_for()) == ({GOOD: 100}, FAILING)


async def aborts_and_retries(stage: Stage, hands: Hands) -> None:
    await stage.type("alice", f"/deploy checkout {SLOW} prod")
    await stage.shows("2 approvals needed")
    await stage.type("alice", "/abort checkout prod latency looks odd")
    card = await stage.shows(f"rolled back to {GOOD}")
    await stage.says(card, "alice aborted it: “latency looks odd”")
    await stage.settled()
    assert hands.rollout()["status"]["abort"] is True
    await stage.type("alice", "/rollout retry rollout checkout prod")
    await stage.shows("2 approvals needed")
    assert len(stage.cards()) == 4
    await asyncio.gather(stage.press("bob", "Approve"), stage.press("carol", "Approve"))
    await stage.shows(f"{SLOW} is live")
    await stage.settled()
    assert hands.serving() == {SLOW: 100}


async def rolls_back(stage: Stage, hands: Hands) -> None:
    """Undo, then to the end past every step: nobody is asked on the way back."""
    await stage.type("bob", "/rollback checkout prod customers complain")
    await stage.shows(f"{GOOD} is live")
    await stage.settled()
    assert "steps in" not in stage.read(stage.card()), "it went past all of them"
    newest = (await stage.history())[-1]
    assert (newest.asks, hands.serving(), hands.asks_for()) == ((), {GOOD: 100}, GOOD)


async def test_blue_green_is_looked_at_before_and_after_its_switch_and_a_failed_preview_never_goes_live_by_a_retry(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, Installation(run=blue_green(abortScaleDownDelaySeconds=86_400))) as stage:
        hands = Hands(stage)
        await stage.type("alice", f"/deploy checkout {GOOD} prod")
        await stage.shows("1 more approval needed")
        assert hands.serving() == {RUNNING: 100}
        await stage.press("bob", "Approve")
        await stage.shows(f"{GOOD} is live")
        await stage.settled()
        [first] = await stage.history()
        assert [len(one.run.metrics) for one in first.activities] == [1, 2], "before the switch, and after it"

        await stage.type("alice", f"/deploy checkout {FAILING} prod")
        await stage.shows(f"rolled back to {GOOD}")
        await stage.settled()
        await stage.type("alice", "/rollout retry checkout prod")
        await stage.tells("alice", "A retry now would skip the gate")
        assert (hands.serving(), hands.rollout()["status"]["abort"]) == ({GOOD: 100}, True)
        await stage.type("alice", "/rollback checkout prod")
        await stage.until(lambda: has_ended(stage, 3), "the way back")
        assert (hands.serving(), hands.asks_for()) == ({GOOD: 100}, GOOD)

        await all_is_right(stage)
        assert troubles(stage) == []


async def has_ended(stage: Stage, count: int) -> bool:
    rollouts = await stage.history()
    return len(rollouts) == count and rollouts[-1].is_final


async def test_what_other_hands_do_in_the_cluster_is_seen_told_and_recorded_and_never_answered_for_another_version(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, Installation(run=canary({"setWeight": 20}, {"pause": {}}))) as stage:
        hands = Hands(stage)
        await starts_and_promotes_by_kubectl(stage, hands)
        await moves_on_under_a_stale_card(stage, hands)

        await hands.delete()
        card = await stage.shows("cancelled")
        await stage.says(card, "is gone")
        await all_is_right(stage)
        assert troubles(stage) == []


async def starts_and_promotes_by_kubectl(stage: Stage, hands: Hands) -> None:
    await hands.set_image(GOOD)
    card = await stage.shows("1 more approval needed")
    await stage.says(card, "by an unknown person, not through Leadsman")
    await hands.promote()
    await stage.shows(f"{GOOD} is live")
    await stage.says(card, "keeps no trace of who did it")
    await stage.settled()
    [rollout] = await stage.history()
    entries = await stage.store.audit_entries(0, 1_000, rollout.id)
    assert {"ask-void", "promoted"} <= set(kinds(entries))
    assert "write" not in kinds([entry for entry in entries if "promote" in str(entry.facts.get("request"))])


async def moves_on_under_a_stale_card(stage: Stage, hands: Hands) -> None:
    """Three newer versions later, a press on the card of the first moves nothing."""
    await stage.type("alice", f"/deploy checkout {SLOW} prod")
    stale: Message = dict(await stage.shows("[Approve"))
    for version in ("v1.5.2", "v1.5.3", "v1.5.4"):
        await hands.set_image(version)
        await hands.until(is_paused_for_people)
    await stage.until(lambda: is_about(stage, "v1.5.4"), "a card of its own")
    await stage.shows("1 more approval needed")
    await stage.press("bob", "Approve", seen=stale)
    await stage.tells("bob", "Nothing changed")
    assert is_paused_for_people(hands.rollout())
    assert hands.serving() == {GOOD: 80, "v1.5.4": 20}


async def is_about(stage: Stage, version: str) -> bool:
    newest = (await stage.history())[-1]
    return newest.candidate.version == version and not newest.is_final


async def test_a_controller_that_sleeps_is_told_of_and_an_end_that_nobody_could_watch_is_seen(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation(run=canary({"setWeight": 20}, {"pause": {}}))) as stage:
        hands, cluster = Hands(stage), stage.playground.cluster
        cluster.rollouts_running = False
        await is_told_within_a_minute(stage)
        cluster.rollouts_running = True

        await stage.shows("1 more approval needed")
        await stage.press("bob", "Approve")
        await hands.until(lambda thing: not thing["status"].get("pauseConditions"))
        cluster.faults.refusing = True
        cluster.faults.cut_watches()
        await hands.until(is_healthy)
        await cluster.clock.sleep(120)
        assert not (await stage.history())[0].is_final
        cluster.faults.refusing = False

        await stage.shows(f"{GOOD} is live")
        await all_is_right(stage)


async def is_told_within_a_minute(stage: Stage) -> None:
    """The deploy is written, and a minute later by the story's own time it is told that nothing came of it; not before."""
    time = HeldTime(stage)
    await stage.type("alice", f"/deploy checkout {GOOD} prod")
    await stage.until(lambda: is_owed(stage), "a look after the write")
    time.pass_by(59)
    await stage.app.core.engine.tick()
    await stage.app.core.engine.idle()
    assert await moments(stage, "stuck") == []
    time.pass_by(1)
    card = await stage.shows("is its controller running?")
    await stage.says(card, "Nothing moves")
    [written, *_], [told] = await moments(stage, "written"), await moments(stage, "stuck")
    assert told - written == timedelta(minutes=1)
    time.go_on()


async def is_owed(stage: Stage) -> bool:
    """Whether it was seen that the controller has not reacted yet."""
    return any(rollout.walks[0].argo.owed for rollout in await stage.history())


async def moments(stage: Stage, kind: str) -> list[datetime]:
    """When this happened to the newest rollout, by the audit log."""
    newest = (await stage.history())[-1]
    return [entry.at for entry in await stage.store.audit_entries(0, 1_000, newest.id) if entry.kind == kind]
