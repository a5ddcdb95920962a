"""The engine moves rollouts by what it sees, saves before it acts, and never loses or doubles what people did."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk import Busy, Refused, Started, WhenBusy, Wish
from bot.errors import Forbidden, ServerFailed, Unreachable, Unsupported
from bot.perform import Outcome as Written
from bot.perform import describe
from bot.store.errors import StoreUnavailable
from bot.store.records import AuditEntry
from strategies.effects import Write
from strategies.events import Abort, Approve, Happening, Hold, Promote, Resume
from strategies.model import Outcome, Stage, Target
from strategies.position import position
from tests.bot.engine.conftest import ALICE, BOB, EVE, Bench


async def test_a_good_version_goes_live_after_its_approval(bench: Bench) -> None:
    rollout = await bench.deploy()
    ask = await bench.until_asked(rollout.id)
    assert bench.world.weight == 10

    decision = await bench.engine.act(rollout.id, lambda at: Approve(at, BOB, ask))

    assert decision.refusal is None
    assert await bench.until_ended(rollout.id) is Outcome.HEALTHY
    assert bench.world.stable.image == "shop/checkout:v2@sha256:shop/checkout:v2"
    assert (bench.world.weight, bench.world.canary.replicas) == (0, 0)


async def test_every_write_is_in_the_audit_before_and_after_it(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)

    entries = await bench.store.audit_entries(0, 1000, rollout.id)

    kinds = [entry.kind for entry in entries if entry.kind in ("write", "written")]
    assert kinds == ["write", "written"] * len(bench.world.writes)
    assert (await bench.store.verify()).is_sound


async def test_an_outcome_that_the_database_could_not_take_is_audited_as_soon_as_it_can(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes, refused = bench.store.audit, [StoreUnavailable("The database is locked by somebody else.")] * 3

    async def audit(entries: Sequence[Happening | AuditEntry], **about: Any) -> None:
        if isinstance(entries[0], AuditEntry) and entries[0].kind == "written" and refused:
            raise refused.pop()
        await takes(entries, **about)

    monkeypatch.setattr(bench.store, "audit", audit)
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)

    entries = await bench.store.audit_entries(0, 1000, rollout.id)

    assert not refused
    kinds = [entry.kind for entry in entries if entry.kind in ("write", "written")]
    assert kinds == ["write", "written"] * len(bench.world.writes)


async def test_a_look_that_changes_nothing_writes_no_row(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)
    before = await bench.store.load(rollout.id)
    for _ in range(5):
        bench.world.stir()
        await bench.engine.idle()
        await bench.clock.advance(1)

    after = await bench.store.load(rollout.id)

    assert before is not None
    assert after is not None
    assert after.lock_version == before.lock_version


async def test_a_look_that_changes_nothing_takes_no_lease_either(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)
    bench.commits.clear()

    for _ in range(5):
        bench.world.stir()
        await bench.engine.idle()

    assert bench.commits == []


async def test_what_another_process_works_on_is_not_written(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.pass_time(20)
    assert await bench.store.lease(rollout.id, "another process", timedelta(days=1))
    before, writes = await bench.rollout(rollout.id), len(bench.world.writes)

    bench.world.canary = replace(bench.world.canary, replicas=3)
    for _ in range(20):
        bench.world.stir()
        await bench.pass_time(30, step=30)

    assert await bench.rollout(rollout.id) == before
    assert len(bench.world.writes) == writes


async def test_forward_moves_are_decided_on_a_look_straight_from_the_server(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)

    assert bench.world.fresh_looks > 0


async def test_a_cluster_that_does_not_answer_is_tried_again_and_nothing_is_lost(bench: Bench) -> None:
    bench.world.failing = [Unreachable("prod-eu does not answer."), ServerFailed("prod-eu answered 500.")]
    rollout = await bench.deploy()

    assert await bench.until_asked(rollout.id)


async def test_a_cluster_that_was_away_for_long_is_not_blamed_on_the_pods(bench: Bench) -> None:
    bench.world.broken.add("shop/checkout:v2")
    rollout = await bench.deploy()
    await bench.pass_time(60, step=10)
    bench.world.blind = Unreachable("prod-eu does not answer.")
    await bench.pass_time(900, step=30)

    bench.world.blind = None
    await bench.pass_time(60, step=10)

    assert (await bench.rollout(rollout.id)).stage is Stage.WALKING
    await bench.pass_time(900, step=30)
    assert await bench.until_ended(rollout.id) is Outcome.ROLLED_BACK


async def test_a_write_that_is_forbidden_is_told_once_and_tried_again(bench: Bench) -> None:
    bench.world.failing = [Forbidden("may not patch deployments in shop")] * 3
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)

    entries = await bench.store.audit_entries(0, 1000, rollout.id)

    assert [entry.kind for entry in entries].count("write-failed") == 1
    stuck = [entry for entry in entries if entry.kind == "stuck"]
    assert [entry.facts["why"] for entry in stuck] == ["may not patch deployments in shop"]


async def test_after_a_crash_another_engine_goes_on_where_the_first_stopped(bench: Bench) -> None:
    rollout = await bench.deploy()
    ask = await bench.until_asked(rollout.id)
    writes = len(bench.world.writes)

    await bench.restart()

    assert len(bench.world.writes) == writes
    await bench.engine.act(rollout.id, lambda at: Approve(at, BOB, ask))
    assert await bench.until_ended(rollout.id) is Outcome.HEALTHY


async def test_what_was_pressed_in_a_process_that_died_then_is_done_by_another_that_was_there_before(
    bench: Bench,
) -> None:
    rollout = await bench.deploy()
    ask = await bench.until_asked(rollout.id)
    dying, bench.engine = bench.engine, bench.new_engine("two")
    await bench.engine.start()
    await bench.engine.idle()
    dying.wake = lambda _: None  # type: ignore[method-assign]

    await dying.act(rollout.id, lambda at: Approve(at, BOB, ask))
    await dying.stop()

    assert await bench.until_ended(rollout.id) is Outcome.HEALTHY


async def test_what_a_process_had_decided_when_it_died_is_done_by_another_that_was_there_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout = await bench.deploy()
    ask = await bench.until_asked(rollout.id)
    dead, bench.engine = bench.engine, bench.new_engine("two")
    await bench.engine.start()
    await bench.engine.idle()

    at_it = asyncio.Event()

    async def dies(*_: object) -> None:
        at_it.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(dead._writing, "write", dies)
    await dead.act(rollout.id, lambda at: Approve(at, BOB, ask))
    await at_it.wait()
    await bench.pass_time(30)
    assert bench.world.weight == 10
    await bench.pass_time(61)

    assert await bench.until_ended(rollout.id) is Outcome.HEALTHY
    for worker in dead._workers.values():
        worker.cancel()
    await dead.stop()


async def test_abort_brings_the_base_home_and_says_who_and_why(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)

    await bench.engine.act(rollout.id, lambda at: Abort(at, ALICE, "errors in the log"))

    assert await bench.until_ended(rollout.id) is Outcome.ROLLED_BACK
    ended = await bench.rollout(rollout.id)
    assert ended.why == "aborted by alice: “errors in the log”"
    assert bench.world.stable.image == "shop/checkout:v1"
    assert (bench.world.weight, bench.world.canary.replicas) == (0, 0)


async def test_a_refused_command_is_audited_and_changes_nothing(bench: Bench) -> None:
    rollout = await bench.deploy()
    before = await bench.rollout(rollout.id)

    decision = await bench.engine.act(rollout.id, lambda at: Abort(at, EVE, "no"))

    assert decision.refusal is not None
    assert await bench.rollout(rollout.id) == before
    entries = await bench.store.audit_entries(0, 1000, rollout.id)
    assert entries[-1].kind == "refused"
    assert entries[-1].actor.name == "eve"


async def test_two_promotes_of_what_both_saw_move_one_step(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.pass_time(20)
    saw = position(await bench.rollout(rollout.id))

    first = await bench.engine.act(rollout.id, lambda at: Promote(at, ALICE, saw))
    second = await bench.engine.act(rollout.id, lambda at: Promote(at, BOB, saw))

    assert first.refusal is None
    assert second.refusal is not None


async def test_a_paused_rollout_stays_until_it_is_resumed(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.pass_time(20)
    await bench.engine.act(rollout.id, lambda at: Hold(at, ALICE, "slow query"))

    await bench.pass_time(1200, step=30)

    assert (await bench.rollout(rollout.id)).walks[0].native.cursor == 1
    await bench.engine.act(rollout.id, lambda at: Resume(at, ALICE))
    assert await bench.until_asked(rollout.id)


async def test_one_place_holds_one_rollout_and_the_next_waits_its_turn(bench: Bench) -> None:
    first = await bench.deploy("v2")
    busy = await bench.desk.deploy(Wish("checkout", "v3", "prod", BOB))
    assert isinstance(busy, Busy)

    queued = await bench.desk.deploy(Wish("checkout", "v3", "prod", BOB, busy=WhenBusy.QUEUE))
    assert isinstance(queued, Started)
    await bench.engine.act(first.id, lambda at: Abort(at, ALICE, "make room"))
    await bench.until_ended(first.id)
    await bench.engine.idle()

    second = await bench.rollout(queued.rollout.id)
    assert second.stage is Stage.WALKING
    assert second.walks[0].base.version == "v1"


async def test_replacing_brings_the_base_home_before_the_next_begins(bench: Bench) -> None:
    first = await bench.deploy("v2")
    await bench.until_asked(first.id)

    await bench.desk.deploy(Wish("checkout", "v3", "prod", BOB, busy=WhenBusy.REPLACE))

    assert await bench.until_ended(first.id) is Outcome.SUPERSEDED
    live = await bench.store.live("checkout", "prod")
    assert live is not None
    assert live.candidate.version == "v3"


async def test_going_back_starts_a_rollout_to_the_version_before(bench: Bench) -> None:
    rollout = await bench.deploy("v2")
    ask = await bench.until_asked(rollout.id)
    await bench.engine.act(rollout.id, lambda at: Approve(at, BOB, ask))
    await bench.until_ended(rollout.id)

    answer = await bench.desk.rollback(Wish("checkout", None, "prod", ALICE, "bad feeling"))
    await bench.engine.idle()

    assert await bench.until_ended(answer.rollout.id) is Outcome.HEALTHY  # type: ignore[union-attr]
    assert bench.world.stable.image.startswith("shop/checkout:v1")  # type: ignore[union-attr]


async def test_names_that_nobody_knows_are_answered_with_the_nearest(bench: Bench) -> None:
    answer = await bench.desk.deploy(Wish("chekout", "v2", "prod", ALICE))

    assert isinstance(answer, Refused)
    assert answer.nearest == ("checkout",)


async def test_what_is_no_tag_is_no_version(bench: Bench) -> None:
    answer = await bench.desk.deploy(Wish("checkout", "v1 && rm", "prod", ALICE))

    assert isinstance(answer, Refused)
    assert "no valid version" in answer.sentence


async def test_a_stranger_starts_nothing(bench: Bench) -> None:
    answer = await bench.desk.deploy(Wish("checkout", "v2", "prod", EVE))

    assert isinstance(answer, Refused)
    assert await bench.store.live("checkout", "prod") is None


async def test_a_cluster_that_does_not_know_the_kind_any_more_is_told_once_and_asked_seldom(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.until_asked(rollout.id)
    bench.world.blind = Unsupported("Argo Rollouts is not installed in cluster prod-eu.")
    bench.world.stir()
    await bench.engine.idle()
    before = bench.world.looks
    await bench.pass_time(300, step=5)

    entries = await bench.store.audit_entries(0, 1000, rollout.id)

    stuck = [entry.facts["why"] for entry in entries if entry.kind == "stuck"]
    assert stuck == ["Argo Rollouts is not installed in cluster prod-eu."]
    assert bench.world.looks - before <= 6

    bench.world.blind = None
    await bench.pass_time(120, step=5)
    [ask] = [one.id for one in (await bench.rollout(rollout.id)).asks if one.is_open]
    await bench.engine.act(rollout.id, lambda at: Approve(at, BOB, ask))
    assert await bench.until_ended(rollout.id) is Outcome.HEALTHY


async def test_a_world_that_is_found_changed_again_and_again_is_audited_once_and_tried_more_and_more_seldom(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Write] = []

    async def changed(effect: Write, target: Target) -> Written:
        asked.append(effect)
        return Written(applied=False, sentence="The world changed.", request=describe(effect, target))

    perform = bench.world.perform
    monkeypatch.setattr(bench.world, "perform", changed)
    rollout = await bench.deploy()
    await bench.pass_time(60, step=0.2)
    entries = await bench.store.audit_entries(0, 1000, rollout.id)
    monkeypatch.setattr(bench.world, "perform", perform)

    assert [entry.kind for entry in entries if entry.kind.startswith("writ")] == ["write", "write-void"]
    assert 10 <= len(asked) <= 40
    assert await bench.until_asked(rollout.id)
