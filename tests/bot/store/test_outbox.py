"""What is to be told: one card a rollout and the newest wins, lines in order, decisions first, nothing lost."""

import math
from datetime import timedelta

import pytest

from bot.store.errors import Stale
from bot.store.records import CardRecord, Tell, TellKind, Urgency
from strategies.events import What
from tests.bot.store.builders import at, happening, rollout


def card(name: str = "r1", urgency: Urgency = Urgency.NORMAL) -> Tell:
    return Tell(TellKind.CARD, name, urgency)


def line(name: str = "r1", urgency: Urgency = Urgency.NORMAL, **facts) -> Tell:
    return Tell(TellKind.LINE, name, urgency, happening(What.WEIGHT, **facts))


async def put(store, *tells: Tell, name: str = "r1") -> None:
    saved = await store.load(name) or await store.create(rollout(name, app=name), at=at(0))
    await store.save(saved, saved.rollout, tells=tells, at=at(0))


async def waiting(store) -> list[Tell]:
    return [row.tell for row in await store.pending_tells(99)]


async def test_what_is_told_comes_out_as_it_went_in_with_its_facts(store):
    tells = [card(), line(weight=10, rate=math.inf, note=None), line(text="<!channel>\0")]
    await put(store, *tells)
    assert await waiting(store) == tells


async def test_a_newer_card_takes_the_place_of_one_that_waits_and_an_answer_about_the_old_does_not_settle_it(store):
    await put(store, card())
    (old,) = await store.pending_tells(9)
    await put(store, card())
    (new,) = await store.pending_tells(9)
    assert new.id > old.id
    await store.told([old.id], at(1))
    assert [row.id for row in await store.pending_tells(9)] == [new.id]
    await store.told([new.id], at(2))
    assert await store.pending_tells(9) == ()
    await put(store, card())
    assert (await store.pending_tells(9))[0].id > new.id


async def test_a_card_that_was_urgent_stays_urgent_until_it_is_told(store):
    await put(store, card(urgency=Urgency.DECISION))
    await put(store, card())
    assert await waiting(store) == [card(urgency=Urgency.DECISION)]


async def test_decisions_go_first_and_never_past_earlier_lines_of_their_own_rollout(store):
    await put(store, line("calm", n=1), name="calm")
    await put(store, line("busy", n=2), line("busy", Urgency.DECISION, n=3), name="busy")
    order = [tell.event.facts["n"] for tell in await waiting(store)]
    assert order == [2, 3, 1]


async def test_a_line_that_failed_holds_back_the_later_ones_of_its_rollout_until_its_next_try(store, clock):
    await put(store, line(n=1), line(n=2))
    await put(store, line("r2", n=3), name="r2")
    first = (await store.pending_tells(9))[0]
    await store.tell_failed(first.id, "not_in_channel\0", clock.wall() + timedelta(seconds=30))
    assert [tell.event.facts["n"] for tell in await waiting(store)] == [3]
    await clock.advance(30)
    again = await store.pending_tells(9)
    assert [row.tell.event.facts["n"] for row in again] == [1, 2, 3]
    assert (again[0].tries, again[0].error) == (1, "not_in_channel�")


async def test_a_card_that_has_to_wait_for_its_next_try_holds_back_no_line(store, clock):
    await put(store, card(), line(n=1))
    first = (await store.pending_tells(9))[0]
    await store.tell_failed(first.id, "ratelimited", clock.wall() + timedelta(seconds=30))
    await put(store, card())
    assert await waiting(store) == [line(n=1)]


async def test_a_send_that_was_begun_is_known_as_begun_until_its_answer_is_noted(store):
    await put(store, line(n=1))
    (row,) = await store.pending_tells(9)
    await store.telling([row.id], at(5))
    assert (await store.pending_tells(9))[0].begun_at == at(5)
    await store.tell_failed(row.id, "channel_not_found", at(-1))
    assert (await store.pending_tells(9))[0].begun_at is None


async def test_told_lines_are_gone_from_the_queue_and_keep_their_place_in_the_thread(store):
    await put(store, line(n=1), line(n=2), line(n=3))
    one, two, three = await store.pending_tells(9)
    await store.told([one.id, two.id], at(1), {one.id: "17.1", two.id: "17.2"})
    assert [row.id for row in await store.pending_tells(9)] == [three.id]
    assert await store.line_positions("r1") == {one.id: "17.1", two.id: "17.2"}
    assert await store.prune(at(2)) == 2
    assert await store.line_positions("r1") == {}


async def test_what_could_not_be_saved_is_not_told(store):
    saved = await store.create(rollout(), at=at(0))
    await store.save(saved, saved.rollout, at=at(1))
    with pytest.raises(Stale):
        await store.save(saved, saved.rollout, tells=[card(), line(n=1)], at=at(2))
    assert await waiting(store) == []


async def test_the_cards_record_is_none_until_it_was_sent_and_then_the_last_one_sent(store):
    await store.create(rollout(), at=at(0))
    assert await store.card_of("r1") is None
    for drawing in (1, 2):
        await store.remember_card("r1", CardRecord("C0DEPLOYS", "1.2", f"hash{drawing}", drawing))
    assert await store.card_of("r1") == CardRecord("C0DEPLOYS", "1.2", "hash2", 2)
    assert await store.card_of("nobody") is None
