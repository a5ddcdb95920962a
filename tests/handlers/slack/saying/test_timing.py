"""What is said stays right however slow the way to Slack is, and however late the database answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.store.records import CardRecord, OutboxRow
from handlers.plain import message_lines
from strategies.events import Hold
from tests.handlers.slack.saying.rooms import CAROL, Room

APPS = ("checkout", "search", "payments", "stock", "mail", "login")


@pytest.fixture
async def busy_room(tmp_path: Path) -> AsyncIterator[Room]:
    """A room with several apps, and none of Slack's lenience that we do not count on."""
    room = Room(tmp_path, APPS)
    await room.open()
    room.workspace.records.rates.post_burst = 2
    yield room
    await room.close()


def refused(room: Room) -> list[str]:
    """The messages for which Slack asked for patience."""
    return [call.text("text") for call in room.workspace.calls if call.status == 429]


async def test_messages_held_up_on_their_way_do_not_reach_slack_all_at_once(
    busy_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = busy_room
    for app in APPS:
        await room.deploy(app=app)
    await room.pass_time(15)
    post, free = room.client.chat_postMessage, room.clock.monotonic() + 6

    async def held_up(**message: Any) -> Any:
        await room.clock.real_sleep(free - room.clock.monotonic())
        return await post(**message)

    monkeypatch.setattr(room.client, "chat_postMessage", held_up)
    for number in range(len(APPS)):
        await room.engine.act(f"ro{number + 1}", lambda at: Hold(at, CAROL, "looking"))
    while room.clock.monotonic() < free:
        await room.clock.advance(0.25)
        await room.announcer._resting.wait()
    await room.pass_time(20)
    assert refused(room) == []
    told = [line for card in room.cards() for one in room.thread(card) for line in message_lines(one)]
    assert len([line for line in told if "paused it: “looking”" in line]) == len(APPS)


async def test_what_was_posted_to_a_channels_name_counts_when_its_id_is_known(busy_room: Room) -> None:
    room = busy_room
    for app in APPS:
        rollout = await room.deploy(app=app)
        await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, "looking"))
    await room.pass_time(60)
    assert refused(room) == []
    assert all(len(room.thread(card)) > 1 for card in room.cards())


async def test_a_line_that_was_sent_while_the_outbox_was_read_is_not_sent_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database may show the outbox as it was a moment ago, and show it late."""
    rollout = await room.deploy()
    await room.pass_time(10)
    telling, pending, post = room.store.telling, room.store.pending_tells, room.client.chat_postMessage
    earlier: list[tuple[OutboxRow, ...]] = []
    sending, read, go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def telling_later(rows: Sequence[int], at: Any) -> None:
        earlier.append(await pending(100))
        await telling(rows, at)

    async def held_up(**message: Any) -> Any:
        sending.set()
        await go.wait()
        return await post(**message)

    async def read_slowly(limit: int) -> tuple[OutboxRow, ...]:
        if not sending.is_set() or read.is_set():
            return await pending(limit)
        read.set()
        await asyncio.gather(*room.announcer._busy.values())
        return earlier[0]

    monkeypatch.setattr(room.store, "telling", telling_later)
    monkeypatch.setattr(room.store, "pending_tells", read_slowly)
    monkeypatch.setattr(room.client, "chat_postMessage", held_up)
    await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, "looking"))
    await room.clock.advance(0.1)
    await sending.wait()
    saved = await room.store.load(rollout.id)
    assert saved is not None
    room.announcer.nudge(saved)
    await room.clock.advance(0.1)
    await read.wait()
    go.set()
    await room.pass_time(10)
    [card] = room.cards()
    told = [line for one in room.thread(card) for line in message_lines(one)]
    assert len([line for line in told if "paused it: “looking”" in line]) == 1


async def test_a_card_that_somebody_asked_for_while_it_was_posted_is_not_posted_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_of, asking, go = room.store.card_of, asyncio.Event(), asyncio.Event()

    async def read_slowly(rollout_id: str) -> CardRecord | None:
        found = await card_of(rollout_id)
        if not asking.is_set():
            asking.set()
            await go.wait()
        return found

    monkeypatch.setattr(room.store, "card_of", read_slowly)
    asked = asyncio.create_task(room.announcer.address("ro1"))
    await asking.wait()
    rollout = await room.deploy()
    await room.pass_time(5)
    go.set()
    await asked
    await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, "looking"))
    await room.pass_time(5)
    [card] = room.cards()
    assert "looking" in str(card["blocks"])
    assert asked.result() == await room.announcer.address("ro1")


async def test_a_card_on_which_a_click_was_shown_while_it_changed_is_drawn_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout = await room.deploy()
    await room.pass_time(10)
    update, taken, go = room.client.chat_update, asyncio.Event(), asyncio.Event()

    async def answered_late(**message: Any) -> Any:
        answer = await update(**message)
        taken.set()
        await go.wait()
        return answer

    monkeypatch.setattr(room.client, "chat_update", answered_late)
    await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, "looking"))
    await room.clock.advance(0.1)
    await taken.wait()
    record, heard = await room.store.card_of(rollout.id), await room.announcer.heard(rollout.id, ("Approved…",))
    assert record is not None and heard is not None
    await update(channel=record.channel, ts=record.ts, **heard.payload())
    room.announcer.redraw(rollout.id)
    go.set()
    await room.pass_time(20)
    [card] = room.cards()
    assert "Approved…" not in str(card["blocks"])
    assert "rollout.resume" in str(card["blocks"])


async def test_cards_whose_answers_were_lost_leave_one_even_if_slack_does_not_let_us_look_at_once(room: Room) -> None:
    faults = room.workspace.faults
    faults.lose_answer("chat.postMessage", times=2)
    faults.rate_limit("conversations.history", retry_after=5)
    await room.deploy()
    await room.pass_time(60)
    [card] = room.cards()
    assert room.thread(card) != []


@pytest.mark.parametrize("trouble", ["ratelimited", "not_in_channel", "internal_error"])
async def test_a_line_that_may_be_there_is_looked_up_until_slack_lets_us_look(room: Room, trouble: str) -> None:
    rollout = await room.deploy()
    await room.pass_time(10)
    faults = room.workspace.faults
    faults.lose_answer("chat.postMessage")
    if trouble == "ratelimited":
        faults.rate_limit("conversations.replies", retry_after=5)
    else:
        faults.error("conversations.replies", trouble)
    await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, "looking"))
    await room.pass_time(400, step=2)
    told = [line for card in room.cards() for one in room.thread(card) for line in message_lines(one)]
    assert len([line for line in told if "paused it: “looking”" in line]) == 1
