"""What the channel hears of a rollout: in order, once, within Slack's limits, and right again after every kind of trouble."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Started, WhenBusy, Wish
from handlers.plain import message_lines
from handlers.slack.views.prose import person
from strategies.events import Abort, Approve, Hold
from strategies.model import Outcome
from tests.handlers.slack.saying.rooms import ALICE, BOB, CAROL, CONFIG, Room


def lines(room: Room, card: Mapping[str, Any]) -> list[str]:
    return [" ".join(message_lines(one)) for one in room.thread(card)]


def header(card: Mapping[str, Any]) -> str:
    return str(card["blocks"][0]["text"]["text"])


async def through(room: Room, rollout_id: str) -> None:
    """A canary from its start to its end, with both approvals."""
    ask = await room.ask(rollout_id)
    await room.engine.act(rollout_id, lambda at: Approve(at, BOB, ask, "flat, ship it"))
    await room.pass_time(3)
    await room.engine.act(rollout_id, lambda at: Approve(at, CAROL, ask))
    for _ in range(60):
        await room.pass_time(10, step=1)
        if (await room.rollout(rollout_id)).is_final:
            break
    await room.pass_time(60, step=1)


WHOLE_THREAD = [
    "@U01ALICE001 started v2. Plan: 10% → 2 min → 2 approvals → 50% → 1 min → 100%, at least 3 min.",
    "10% of traffic is on v2. 1 of 1 canary pods ready.",
    "@S01SRE00001 2 approvals needed to move v2 from 10% to 50%.",
    "@U02BOB00001 approved, 1 of 2: “flat, ship it”",
    "@U03CAROL001 approved, 2 of 2",
    "Approved: v2 goes to 50% now.",
    "50% of traffic is on v2. 2 of 2 canary pods ready.",
    "Every step is done: v2 takes all traffic now.",
    "v2 is live: all traffic after",
]


def assert_whole(room: Room, card: Mapping[str, Any]) -> None:
    told = lines(room, card)
    assert len(told) == len(WHOLE_THREAD), told
    assert all(line.startswith(begin) for line, begin in zip(told, WHOLE_THREAD, strict=True)), told


async def test_a_healthy_canary_is_one_message_in_the_channel_and_one_ping(room: Room) -> None:
    rollout = await room.deploy()
    await through(room, rollout.id)
    (card,) = room.workspace.messages("deploys")
    assert header(card) == "checkout in prod: v2 is live"
    assert_whole(room, card)
    pings = [one for one in room.thread(card) if '"usergroup"' in json.dumps(one["blocks"])]
    assert len(pings) == 1


async def test_the_first_post_has_no_mentions_and_no_buttons(room: Room) -> None:
    await room.deploy()
    await room.pass_time(3)
    first = next(call for call in room.workspace.calls if call.method == "chat.postMessage")
    assert "U01ALICE001" not in json.dumps(first.args)
    assert not [block for block in first.args["blocks"] if block["type"] == "actions"]
    assert [block for block in room.cards()[0]["blocks"] if block["type"] == "actions"]


async def test_a_failure_mentions_the_starter_where_the_channel_sees_it(room: Room) -> None:
    rollout = await room.deploy()
    await room.ask(rollout.id)
    await room.engine.act(rollout.id, lambda at: Abort(at, BOB, "support reports *errors* <!channel>"))
    await room.pass_time(40, step=1)
    seen = [one for one in room.workspace.messages("deploys") if one.get("subtype") == "thread_broadcast"]
    assert len(seen) == 1
    assert '"user_id": "U01ALICE001"' in json.dumps(seen[0]["blocks"])
    assert " ".join(message_lines(seen[0])).endswith("v2 was stopped by @U02BOB00001. Rolling back to v1 now.")
    (card,) = room.cards()
    assert header(card) == "checkout in prod: rolled back to v1"
    assert "@U02BOB00001 aborted it: “support reports *errors* <!channel>”" in lines(room, card)
    assert not any("<!channel>" in str(one["text"]) for one in room.thread(card))


async def test_a_reminder_mentions_the_starter_alone_once_and_leads_to_the_card(tmp_path: Path) -> None:
    room = Room(
        tmp_path, config=CONFIG.replace("from: [approver]}", "from: [approver], deadline: 4m, onDeadline: hold}")
    )
    await room.open()
    rollout = await room.deploy()
    await room.ask(rollout.id)
    await room.pass_time(200, step=1)
    (card,) = room.cards()
    (reminder,) = [one for one in room.thread(card) if "Still asked: 0 of 2 approvals so far. By " in str(one["text"])]
    address = await room.announcer.address(rollout.id)
    said = json.dumps(reminder["blocks"])
    assert address and address in said
    assert '"user_id": "U01ALICE001"' in said and '"usergroup"' not in said
    await room.close()


async def test_a_replaced_card_names_the_new_version_and_links_to_its_card(room: Room) -> None:
    rollout = await room.deploy()
    await room.ask(rollout.id)
    answer = await room.desk.deploy(Wish("checkout", "v3", "prod", ALICE, busy=WhenBusy.REPLACE))
    assert isinstance(answer, Started)
    await room.pass_time(60, step=1)
    replaced = next(one for one in room.cards() if header(one) == "checkout in prod: replaced by v3")
    address = await room.announcer.address(answer.rollout.id)
    assert address and address in json.dumps(replaced["blocks"])


async def test_the_card_of_what_was_live_says_what_is_live_now_and_offers_no_way_back_of_its_own(room: Room) -> None:
    first = await room.deploy()
    await through(room, first.id)
    (was,) = room.cards()
    assert "Roll Back" in json.dumps(was["blocks"])
    second = await room.deploy("v3")
    await through(room, second.id)
    was, now = room.cards()
    assert header(was) == "checkout in prod: v2 was live, now v3"
    assert header(now) == "checkout in prod: v3 is live"
    address = await room.announcer.address(second.id)
    said = json.dumps(was["blocks"])
    assert address and address in said
    assert "Roll Back" not in said and "Roll Back" in json.dumps(now["blocks"])


async def test_what_changes_nothing_on_the_card_is_not_sent(room: Room) -> None:
    await room.deploy()
    await room.pass_time(20)
    before = len([call for call in room.workspace.calls if call.method == "chat.update"])
    for _ in range(20):
        room.worlds["checkout"].stir()
        await room.pass_time(1)
    assert len([call for call in room.workspace.calls if call.method == "chat.update"]) == before


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_a_lost_answer_leads_to_no_double(room: Room, method: str) -> None:
    room.workspace.faults.lose_answer(method)
    rollout = await room.deploy()
    await room.pass_time(30)
    room.workspace.faults.lose_answer(method)
    await through(room, rollout.id)
    (card,) = room.cards()
    assert header(card) == "checkout in prod: v2 is live"
    assert_whole(room, card)


async def test_every_answer_may_be_lost_once_and_the_thread_is_whole(room: Room) -> None:
    rollout = await room.deploy()
    ask = await room.ask(rollout.id)
    room.workspace.faults.lose_answer("chat.postMessage", times=1)
    await room.engine.act(rollout.id, lambda at: Approve(at, BOB, ask, "flat, ship it"))
    await room.pass_time(20)
    room.workspace.faults.lose_answer("chat.postMessage", times=1)
    await room.engine.act(rollout.id, lambda at: Approve(at, CAROL, ask))
    await room.pass_time(300, step=1)
    (card,) = room.cards()
    assert_whole(room, card)


@pytest.mark.parametrize("status", [500, 503])
async def test_after_an_outage_card_and_thread_are_right_and_say_how_long_it_was(room: Room, status: int) -> None:
    rollout = await room.deploy()
    ask = await room.ask(rollout.id)
    room.workspace.faults.status("*", status, times=10_000)
    await room.engine.act(rollout.id, lambda at: Approve(at, BOB, ask, "flat, ship it"))
    await room.pass_time(40, step=1)
    await room.engine.act(rollout.id, lambda at: Approve(at, CAROL, ask))
    await room.pass_time(200, step=1)
    assert (await room.rollout(rollout.id)).outcome is Outcome.HEALTHY
    room.workspace.faults.clear()
    await room.pass_time(120, step=1)
    (card,) = room.cards()
    assert header(card) == "checkout in prod: v2 is live"
    told = lines(room, card)
    assert [line.split()[0] for line in told[:-1]] == [line.split()[0] for line in WHOLE_THREAD]
    assert told[-1].startswith("Slack was unreachable 09:02 UTC to 09:0")


async def test_slack_that_asks_for_patience_gets_it(room: Room) -> None:
    await room.deploy()
    await room.pass_time(5)
    room.workspace.faults.rate_limit("chat.postMessage", times=1, retry_after=20)
    room.workspace.faults.rate_limit("chat.update", times=1, retry_after=20)
    begun = room.clock.monotonic()
    await room.pass_time(200, step=1)
    refused = [call for call in room.workspace.calls if call.status == 429]
    assert {call.method for call in refused} == {"chat.postMessage", "chat.update"}
    for call in refused:
        later = [one.real for one in room.workspace.calls if one.method == call.method and one.real > call.real]
        assert min(later) >= call.real + 20
    assert room.clock.monotonic() - begun >= 200
    assert header(room.cards()[0]) == "checkout in prod: 2 approvals needed"


@pytest.mark.parametrize("trouble", ["not_in_channel", "channel_not_found", "is_archived"])
async def test_a_channel_that_is_shut_is_told_once_to_the_starter_and_everything_is_kept(
    room: Room, trouble: str
) -> None:
    channel = room.workspace.directory.channel("deploys")
    if trouble == "not_in_channel":
        channel.members.remove(room.workspace.records.app.bot_user)
    elif trouble == "is_archived":
        channel.is_archived = True
    else:
        channel.name = "elsewhere"
    rollout = await room.deploy()
    await room.pass_time(700, step=2)
    told = [
        one for one in room.workspace.calls if one.method == "chat.postMessage" and one.args["channel"] == "U01ALICE001"
    ]
    assert len(told) == 1
    assert trouble in json.dumps(told[0].args["blocks"])
    assert len([one for one in room.workspace.calls if one.method == "chat.postMessage"]) < 8
    channel.name, channel.is_archived = "deploys", False
    channel.members.append(room.workspace.records.app.bot_user)
    await room.pass_time(400, step=2)
    (card,) = room.cards()
    assert header(card) == "checkout in prod: 2 approvals needed"
    assert (await room.rollout(rollout.id)).asks[0].is_open


async def test_a_card_that_somebody_deleted_is_posted_again(room: Room) -> None:
    rollout = await room.deploy()
    await room.pass_time(5)
    (card,) = room.cards()
    post = room.workspace.records.posts.find(str(card["ts"]), "C01DEPLOYS1")
    assert post is not None
    room.workspace.records.posts.remove(post)
    await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, "looking"))
    await room.pass_time(20)
    (again,) = room.cards()
    assert again["ts"] != card["ts"]
    assert header(again) == "checkout in prod: paused at 10%"


async def test_a_new_process_goes_on_where_the_old_one_died(room: Room) -> None:
    rollout = await room.deploy()
    await room.pass_time(5)
    ask = await room.ask(rollout.id)
    room.workspace.faults.lose_answer("chat.postMessage")
    await room.engine.act(rollout.id, lambda at: Approve(at, BOB, ask, "flat, ship it"))
    await room.clock.advance(0.3)
    await room.stop()
    await room.start()
    await room.engine.start()
    await room.pass_time(70, step=1)
    await room.engine.act(rollout.id, lambda at: Approve(at, CAROL, ask))
    await room.pass_time(300, step=1)
    (card,) = room.cards()
    assert_whole(room, card)


async def test_a_reason_of_five_thousand_characters_is_whole_in_the_thread(room: Room) -> None:
    reason = "<@U02BOB00001> & *x* " * 238
    rollout = await room.deploy()
    await room.pass_time(5)
    await room.engine.act(rollout.id, lambda at: Hold(at, CAROL, reason))
    await room.pass_time(10)
    (card,) = room.cards()
    told = next(line for line in lines(room, card) if "paused it" in line)
    assert " ".join(reason.split()) in told
    assert len(json.dumps(card["blocks"])) < 5_000


async def test_the_click_is_shown_before_its_effect(room: Room) -> None:
    rollout = await room.deploy()
    await room.ask(rollout.id)
    heard = await room.announcer.heard(rollout.id, ("Approved by ", person(BOB.actor), "…"))
    assert heard is not None
    blocks = heard.payload()["blocks"]
    assert not [block for block in blocks if block["type"] == "actions"]
    assert "Approved by <@U02BOB00001>…" in json.dumps(blocks, ensure_ascii=False)
    assert await room.announcer.heard("nothing", ("x",)) is None


async def test_the_card_has_an_address_once_it_stands(room: Room) -> None:
    assert await room.announcer.address("ro1") is None
    rollout = await room.deploy()
    await room.pass_time(3)
    (card,) = room.cards()
    assert str(card["ts"]).replace(".", "") in (await room.announcer.address(rollout.id) or "")


async def test_a_rollout_that_waits_in_the_queue_has_its_own_card(room: Room) -> None:
    from bot.desk import Started, WhenBusy, Wish

    await room.deploy()
    await room.pass_time(5)
    answer = await room.desk.deploy(Wish("checkout", "v3", "prod", ALICE, busy=WhenBusy.QUEUE))
    assert isinstance(answer, Started)
    await room.pass_time(10)
    assert [header(card) for card in room.cards()][-1] == "checkout in prod: v3 queued"


async def test_a_message_that_cannot_be_made_holds_none_of_the_others_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, apps=("checkout", "search"))
    await room.open()
    made = room.announcer._teller.prepare

    async def broken(row: Any, place: Any) -> Any:
        if row.tell.rollout_id == "ro1" and row.tell.kind == "line":
            raise ZeroDivisionError
        return await made(row, place)

    monkeypatch.setattr(room.announcer._teller, "prepare", broken)
    await room.deploy()
    await room.deploy(app="search")
    await room.pass_time(20)
    told = {header(card).split()[0]: len(lines(room, card)) for card in room.cards()}
    assert told == {"checkout": 0, "search": 2}
    await room.close()


async def test_a_card_that_shows_a_click_is_drawn_again_even_if_slack_fails_meanwhile(room: Room) -> None:
    rollout = await room.deploy()
    await room.ask(rollout.id)
    record, (card,) = await room.store.card_of(rollout.id), room.cards()
    assert record is not None
    heard = await room.announcer.heard(rollout.id, ("Approved…",))
    assert heard is not None
    await room.client.chat_update(channel=record.channel, ts=record.ts, **heard.payload())
    room.workspace.faults.status("chat.update", 500)
    room.announcer.redraw(rollout.id)
    await room.pass_time(20)
    assert room.cards()[0]["blocks"][:-1][-1]["type"] == "actions"
    assert header(room.cards()[0]) == header(card)
