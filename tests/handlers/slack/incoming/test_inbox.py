"""Nothing that was acknowledged is lost, nothing is done twice, and nobody is told that something was saved that was not."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.store import database
from bot.store.errors import StoreUnavailable
from bot.store.records import DeliveryKind, Saved
from bot.store.store import Store
from handlers.slack import intake
from handlers.slack.orders import Act, Begin, Caller, Order, Start, from_body, to_body
from strategies.allowed import Verb
from strategies.events import Position
from strategies.model import Stage
from strategies.position import position
from tests.handlers.slack.incoming.bot import PATIENCE, Bot, running
from tests.handlers.slack.patience import SHORT, budget

ALICE = Caller("U01ALICE001", channel="C01DEPLOYS1")
DEPLOY = to_body(Begin(Start.DEPLOY, "checkout", "prod", "v1.4.2"), ALICE)


def test_an_order_comes_out_of_the_inbox_as_it_went_in() -> None:
    orders: list[Order] = [
        Act(Verb.PROMOTE, "r1", Position(Stage.WALKING, (3,)), reason="<!channel> & “x”"),
        Act(Verb.APPROVE, "r1", ask="r1-7"),
        Begin(Start.ROLLBACK, "checkout", "prod", number=3, live="r2"),
    ]
    for order in orders:
        assert from_body(json.loads(json.dumps(to_body(order, ALICE)))) == (order, ALICE)


async def stored_by_a_process_that_died(folder: Path, key: str, body: dict[str, object], ago: timedelta) -> None:
    clock = SystemClock()
    store = Store.open(f"sqlite:///{folder}/leadsman.db", clock=clock)
    assert await store.receive(key, DeliveryKind.COMMAND, body, clock.wall() - ago)
    await store.close()


async def test_what_was_stored_before_a_crash_is_done_after_it_and_only_once(bot: Bot, tmp_path: Path) -> None:
    await bot.stop()
    await stored_by_a_process_that_died(tmp_path, "command:1", DEPLOY, timedelta(minutes=14))
    await bot.start()
    await bot.paused(10)
    await bot.told("alice", "Started: checkout v1.4.2 to prod.")
    await bot.stop()
    await bot.start()
    await bot.type("alice", "/rollout help")
    await bot.told("alice", "What can be typed")
    assert len(await bot.audited("requested")) == 1


async def test_what_lay_there_for_longer_than_fifteen_minutes_is_not_done_and_its_author_is_told(
    bot: Bot, tmp_path: Path
) -> None:
    await bot.stop()
    await stored_by_a_process_that_died(tmp_path, "command:1", DEPLOY, timedelta(minutes=16))
    await bot.start()
    await bot.told("alice", "more than 15 minutes later. Nothing changed.")
    assert await bot.live() is None
    assert len(await bot.audited("refused")) == 1


async def test_an_order_from_before_a_crash_still_means_what_its_author_saw(bot: Bot, tmp_path: Path) -> None:
    rollout = await bot.deployed()
    saw = position(rollout)
    await bot.press("alice", "rollout.promote")
    await bot.asked()
    await bot.stop()
    promote = to_body(Act(Verb.PROMOTE, rollout.id, saw), ALICE)
    await stored_by_a_process_that_died(tmp_path, "click:1", promote, timedelta(seconds=5))
    await bot.start()
    await bot.told("alice", "has moved on since you looked")
    assert len(await bot.audited("promoted")) == 1


async def test_an_order_for_a_place_that_was_taken_out_of_the_configuration_is_refused(
    bot: Bot, tmp_path: Path
) -> None:
    await bot.stop()
    gone = to_body(Begin(Start.DEPLOY, "checkout", "moon", "v1.4.2"), ALICE)
    await stored_by_a_process_that_died(tmp_path, "command:1", gone, timedelta(seconds=5))
    await bot.start()
    await bot.told("alice", "checkout has no environment “moon”.")


async def test_an_entry_that_nobody_can_read_stops_nobody_else(bot: Bot, tmp_path: Path) -> None:
    await bot.stop()
    await stored_by_a_process_that_died(tmp_path, "old:1", {"kind": "Dance"}, timedelta(seconds=5))
    await stored_by_a_process_that_died(tmp_path, "command:2", DEPLOY, timedelta(seconds=4))
    await bot.start()
    await bot.paused(10)

    async def settled() -> bool:
        return await bot.core.store.inbox_pending(10) == ()

    await bot.until(settled)


async def test_a_command_that_slack_brings_twice_is_done_once(bot: Bot) -> None:
    delivery = await bot.type("alice", "/deploy checkout v1.4.2 prod")
    again = await bot.slack.deliver("slash_commands", delivery.payload)
    assert again.acked and again.ack == ""
    await bot.paused(10)
    assert len(await bot.audited("requested")) == 1
    assert "busy" not in "".join(bot.private("alice"))


async def test_an_order_is_settled_in_the_very_save_that_carries_it_out(bot: Bot, tmp_path: Path) -> None:
    """So that a crash at whatever moment after it cannot carry it out once more."""
    await bot.deployed()
    unsettled: list[int] = []

    def look(_: Saved) -> None:
        with closing(sqlite3.connect(tmp_path / "leadsman.db")) as other:
            unsettled.append(other.execute("SELECT count(*) FROM inbox WHERE done_at IS NULL").fetchone()[0])

    bot.core.engine.listen(look)
    await bot.type("alice", "/promote checkout")
    await bot.asked()
    await bot.type("bob", "/rollout approve checkout")
    await bot.paused(50)
    assert unsettled and set(unsettled) == {0}


async def test_without_a_database_the_acknowledgement_says_that_nothing_was_done(bot: Bot) -> None:
    await bot.deployed()
    await bot.core.store.close()
    await bot.type("alice", "/deploy checkout v1.5.0 prod")
    await bot.type("alice", "/promote checkout")
    said = [one for one in bot.private("alice") if "Not done: Leadsman cannot save anything right now" in one]
    assert len(said) == 2 and all("Nothing changed." in one for one in said)
    delivery = await bot.press("alice", "rollout.promote")
    assert delivery.acked

    async def told() -> bool:
        return sum("cannot save anything right now" in one for one in bot.private("alice")) == 3

    await bot.until(told)


async def test_where_the_answer_to_a_save_is_lost_nobody_is_told_that_nothing_changed(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = bot.core.store.receive
    lost: list[object] = []

    async def losing(*delivery: Any) -> bool:
        is_new = await receive(*delivery)
        if not lost:
            lost.append(delivery)
            raise StoreUnavailable("The connection broke while saving.", maybe_applied=True)
        return is_new

    monkeypatch.setattr(bot.core.store, "receive", losing)
    delivery = await bot.type("alice", "/deploy checkout v1.4.2 prod")
    assert delivery.ack == "" and lost
    await bot.paused(10)
    assert len(await bot.audited("requested")) == 1


async def test_a_form_says_that_it_was_not_saved_and_stays(bot: Bot) -> None:
    await bot.deployed()
    await bot.press("alice", "rollout.abort")
    view = await bot.view("alice")
    await bot.core.store.close()
    await bot.slack.submit("alice", view["id"], {"reason": "too slow"})
    [shown] = bot.slack.views("alice")
    assert "cannot save anything right now" in json.dumps(shown["blocks"])


async def test_a_database_that_is_locked_delays_the_act_but_never_the_acknowledgement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT", PATIENCE)
    async with running(tmp_path) as bot:
        await bot.deployed()
        card = await bot.card()
        with closing(sqlite3.connect(tmp_path / "leadsman.db", timeout=PATIENCE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with budget(intake, "PATIENCE", SHORT):
                typed, pressed = await asyncio.gather(
                    bot.type("alice", "/rollout pause checkout looking"),
                    bot.slack.press("alice", card["ts"], "rollout.promote"),
                )
            assert typed.acked and pressed.acked
            assert "database is slow just now" in bot.private("alice")[-1]
            other.execute("ROLLBACK")
        await bot.shows("looking")


async def test_what_was_acknowledged_before_a_stop_is_done_before_it_ends(bot: Bot) -> None:
    await asyncio.gather(*(bot.type(user, "/deploy checkout v1.4.2 prod") for user in ("alice", "bob", "carol")))
    await bot.stop()
    store = Store.open(bot.settings.database_url.get_secret_value(), clock=bot.clock)
    pending, live = await store.inbox_pending(10), await store.live("checkout", "prod")
    await store.close()
    assert pending == () and live is not None
    said = [sentence for told in bot.everything_private().values() for sentence in told]
    assert len(said) == 3 and said.count("Started: checkout v1.4.2 to prod.") == 1
    await bot.start()
