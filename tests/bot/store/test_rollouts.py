"""Rollouts come back as they were saved, once live in a place, and never change after their end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import AlreadyExists, NotFound
from bot.store.errors import Final, Occupied, Stale
from bot.store.records import CardRecord, DeliveryKind
from strategies.events import What
from strategies.model import Outcome, Stage
from tests.bot.store.builders import at, ended, happening, rollout, seen


async def test_a_rollout_comes_back_exactly_as_it_was_saved(store):
    made = rollout()
    created = await store.create(made, at=at(0), due_at=at(5))
    assert await store.load("r1") == created
    assert created.rollout == made
    changed = replace(made, reason="because", count=3)
    saved = await store.save(created, changed, due_at=at(60), seen=seen(), at=at(1))
    again = await store.load("r1")
    assert again == saved
    assert (again.rollout, again.due_at, again.seen, again.seen_at) == (changed, at(60), seen(), at(1))


async def test_an_unknown_rollout_is_none_and_saving_over_it_is_refused(store):
    assert await store.load("nobody") is None
    created = await store.create(rollout(), at=at(0))
    stranger = replace(created, rollout=rollout("r2", app="cart"))
    with pytest.raises(NotFound):
        await store.save(stranger, stranger.rollout, at=at(1))


async def test_of_two_who_loaded_the_same_the_second_to_save_is_refused_and_leaves_nothing(store):
    created = await store.create(rollout(), at=at(0))
    await store.save(created, replace(created.rollout, why="first"), at=at(1))
    with pytest.raises(Stale):
        await store.save(created, replace(created.rollout, why="second"), happenings=[happening()], at=at(2))
    assert (await store.load("r1")).rollout.why == "first"
    assert await store.audit_entries(0, 10) == ()


async def test_the_last_snapshot_stays_until_a_newer_one_is_saved(store):
    saved = await store.create(rollout(), at=at(0))
    saved = await store.save(saved, saved.rollout, seen=seen(10), at=at(1))
    saved = await store.save(saved, saved.rollout, at=at(2))
    assert (saved.seen, saved.seen_at) == (seen(10), at(1))


async def test_a_second_live_rollout_in_one_place_is_refused_with_the_first_ones_id(store):
    await store.create(rollout("r1"), at=at(0))
    with pytest.raises(Occupied) as refused:
        await store.create(rollout("r2", stage=Stage.PREFLIGHT), happenings=[happening()], at=at(1))
    assert refused.value.rollout_id == "r1"
    assert await store.load("r2") is None
    await store.create(rollout("r3", environment="stage"), at=at(2))
    await store.create(rollout("r4", app="cart"), at=at(2))


async def test_a_queued_one_may_wait_but_not_begin_while_another_lives(store):
    first = await store.create(rollout("r1"), at=at(0))
    waiting = await store.create(rollout("r2", stage=Stage.QUEUED), at=at(1))
    with pytest.raises(Occupied):
        await store.save(waiting, replace(waiting.rollout, stage=Stage.PREFLIGHT), at=at(2))
    await store.save(first, ended(first.rollout), at=at(3))
    waiting = await store.load("r2")
    begun = await store.save(waiting, replace(waiting.rollout, stage=Stage.PREFLIGHT), at=at(4))
    assert await store.live("checkout", "prod") == begun.rollout


async def test_an_end_makes_those_due_that_wait_in_its_place_and_whoever_loaded_them_before_must_look_again(store):
    first = await store.create(rollout("r1"), at=at(0))
    waiting = await store.create(rollout("r2", stage=Stage.QUEUED), at=at(1))
    await store.create(rollout("r3", app="cart", stage=Stage.QUEUED), at=at(1))
    await store.save(first, ended(first.rollout), at=at(3))
    with pytest.raises(Stale):
        await store.save(waiting, waiting.rollout, at=at(4))
    assert await store.claim_due(at(3), "a", timedelta(seconds=30), 9) == ["r2"]


async def test_the_same_id_twice_is_refused(store):
    await store.create(rollout("r1"), at=at(0))
    with pytest.raises(AlreadyExists):
        await store.create(rollout("r1", app="cart"), at=at(1))


async def test_an_ended_rollout_never_changes_but_its_card_may(store):
    saved = await store.create(rollout(), at=at(0))
    saved = await store.save(saved, ended(saved.rollout), due_at=at(99), at=at(1))
    assert saved.due_at is None
    with pytest.raises(Final):
        await store.save(saved, rollout(), at=at(2))
    card = CardRecord("C1", "1.2", "abc", 7)
    await store.remember_card("r1", card)
    assert await store.card_of("r1") == card
    assert await store.load("r1") == saved


async def test_what_a_rollout_is_called_never_changes(store):
    saved = await store.create(rollout(), at=at(0))
    with pytest.raises(ValueError, match="never change"):
        await store.save(saved, replace(saved.rollout, environment="stage"), at=at(1))


async def test_rollouts_are_found_by_place_stage_and_outcome(store):
    good = await store.create(rollout("good", created=1), at=at(1))
    await store.save(good, ended(good.rollout, when=10), at=at(10))
    bad = await store.create(rollout("bad", created=2), at=at(2))
    await store.save(bad, ended(bad.rollout, Outcome.ROLLED_BACK, when=20), at=at(20))
    better = await store.create(rollout("better", created=3), at=at(3))
    await store.save(better, ended(better.rollout, when=30), at=at(30))
    live = await store.create(rollout("live", created=4), at=at(4))
    for number in (2, 1):
        await store.create(rollout(f"wait{number}", stage=Stage.QUEUED, created=4 + number), at=at(9))
    await store.create(rollout("elsewhere", environment="stage"), at=at(9))

    assert await store.live("checkout", "prod") == live.rollout
    assert await store.live("checkout", "nowhere") is None
    assert [each.id for each in await store.queued("checkout", "prod")] == ["wait1", "wait2"]
    assert [each.id for each in await store.last_healthy("checkout", "prod", 5)] == ["better", "good"]
    assert [each.id for each in await store.last_healthy("checkout", "prod")] == ["better"]
    assert [each.id for each in await store.history("checkout", "prod", 3)] == ["wait2", "wait1", "live"]
    page = await store.history("checkout", "prod", 9, before=at(4))
    assert [each.id for each in page] == ["better", "bad", "good"]
    assert {each.rollout.id for each in await store.all_live()} == {"live", "elsewhere"}


async def test_the_delivery_an_act_settles_is_settled_with_it_or_not_at_all(store):
    for key in ("a", "b"):
        await store.receive(key, DeliveryKind.COMMAND, {"text": key}, at(0))
    first, second = await store.inbox_pending(9)
    saved = await store.create(rollout(), [happening(What.REQUESTED)], at=at(0), delivery=first.id)
    assert await store.inbox_pending(9) == (second,)
    await store.save(saved, saved.rollout, at=at(1))
    with pytest.raises(Stale):
        await store.save(saved, saved.rollout, at=at(2), delivery=second.id)
    assert await store.inbox_pending(9) == (second,)
