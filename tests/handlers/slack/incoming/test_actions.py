"""Buttons, pressed by people, twice, at once, too late, without the right, and by nobody who could."""

import asyncio
import copy
import json
from typing import Any

from handlers.slack import commands, intake, modals
from handlers.slack.actions import Actions
from handlers.slack.ids import ActionId, FormId
from handlers.slack.modals import _ASKED, _BEGUN, _PRESSED
from handlers.slack.views.forms import REASON_FORMS
from strategies.model import Outcome, Stage
from tests.handlers.slack.incoming.bot import Bot
from tests.handlers.slack.patience import SHORT, budget

SLACK_WAITS = 3.0
"""Real seconds."""


def test_what_an_acknowledgement_may_wait_for_leaves_time_to_send_it() -> None:
    for waits in (commands.PATIENCE + intake.PATIENCE, modals.READ + intake.PATIENCE, modals.BUDGET):
        assert waits < SLACK_WAITS - SHORT


def blocks(message: dict[str, Any]) -> str:
    return json.dumps(message.get("blocks"), ensure_ascii=False)


async def value_of(bot: Bot, action: str) -> str:
    """What the button on the newest card carries."""
    elements = [element for block in (await bot.card())["blocks"] for element in block.get("elements", ())]
    return next(str(element["value"]) for element in elements if element.get("action_id") == action)


async def forge(bot: Bot, action: str, value: str, user: str = "U01ALICE001", stamp: str = "1.1") -> Any:
    """A click that no screen would make, signed all the same."""
    card = await bot.card()
    real = await bot.slack.press("alice", card["ts"], "rollout.details")
    payload = copy.deepcopy(real.payload)
    payload["user"]["id"] = user
    payload["actions"][0] |= {"action_id": action, "value": value, "action_ts": stamp}
    return await bot.slack.deliver("interactive", payload)


async def test_two_people_who_press_promote_at_once_move_one_step(bot: Bot) -> None:
    rollout = await bot.deployed()
    card = await bot.card()
    await asyncio.gather(
        bot.slack.press("alice", card["ts"], "rollout.promote"), bot.slack.press("bob", card["ts"], "rollout.promote")
    )
    await bot.asked()

    async def refused() -> str | None:
        return next((one for name in ("alice", "bob") for one in bot.private(name) if "Nothing changed." in one), None)

    sentence = await bot.until(refused)
    assert "promoted it" in sentence and "nav.card" in sentence
    assert [len(await bot.audited(kind)) for kind in ("promoted", "refused")] == [1, 1]
    assert (await bot.live() or rollout).walks[0].native.cursor == 2


async def test_a_delivery_that_comes_twice_at_one_moment_acts_once_and_says_nothing(bot: Bot) -> None:
    await bot.deployed()
    bot.slack.faults.duplicated_deliveries = 1
    delivery = await bot.press("alice", "rollout.promote")
    assert delivery.acked
    await bot.asked()
    again = await bot.slack.deliver("interactive", delivery.payload)
    assert again.acked
    await bot.type("alice", "/rollout help")
    await bot.told("alice", "What can be typed")
    assert [len(await bot.audited(kind)) for kind in ("promoted", "refused")] == [1, 0]


async def test_a_double_click_is_answered_with_who_was_faster(bot: Bot) -> None:
    await bot.deployed()
    await asyncio.gather(bot.press("alice", "rollout.promote"), bot.press("alice", "rollout.promote"))
    assert "You promoted it" in await bot.told("alice", "Nothing changed.")
    assert len(await bot.audited("promoted")) == 1


async def test_an_old_card_on_a_screen_does_nothing_and_leads_to_the_current_one(bot: Bot) -> None:
    await bot.deployed()
    old = await bot.card()
    await bot.press("alice", "rollout.promote")
    await bot.asked()
    await bot.press("bob", "ask.approve")
    await bot.paused(50)
    await bot.slack.press("carol", old["ts"], "rollout.promote", seen=old)
    said = await bot.told("carol", "has moved on since you looked")
    assert "nav.card" in said and "/archives/" in said
    assert len(await bot.audited("promoted")) == 1


async def test_an_abort_asks_for_a_reason_and_the_form_closes_when_it_is_done(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.press("alice", "rollout.abort")
    view = await bot.view("alice")
    delivery = await bot.slack.submit("alice", view["id"], {"reason": "too slow"})
    assert delivery.acked
    await bot.form_closes("alice")
    assert (await bot.ended(rollout)).outcome is Outcome.ROLLED_BACK


async def test_a_form_that_comes_too_late_says_so_instead_of_closing(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.press("alice", "rollout.abort")
    view = await bot.view("alice")
    await bot.type("bob", "/abort checkout I was faster")
    await bot.ended(rollout)
    await bot.slack.submit("alice", view["id"], {"reason": "too slow"})
    await bot.form_says("alice", "Too late", "Nothing changed.")


async def test_a_form_sent_twice_acts_once_and_closes(bot: Bot) -> None:
    await bot.deployed()
    await bot.press("alice", "rollout.abort")
    view = await bot.view("alice")
    bot.slack.faults.duplicated_deliveries = 1
    delivery = await bot.slack.submit("alice", view["id"], {"reason": "too slow"})
    assert delivery.acked
    await bot.form_closes("alice")
    with budget(modals, "BUDGET", SHORT):
        again = await bot.slack.deliver("interactive", delivery.payload)
    assert "This was sent before" in json.dumps(again.ack)
    assert len(await bot.audited("aborted")) == 1


async def test_a_reason_of_blanks_is_no_reason(bot: Bot) -> None:
    await bot.deployed()
    await bot.press("alice", "rollout.abort")
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"reason": "     "})
    assert "Say why" in bot.slack.form_errors(view["id"])["reason"]
    assert (await bot.live() or await bot.deployed()).stage is Stage.WALKING


async def test_roll_back_and_retry_of_a_card_that_is_no_longer_the_latest_are_refused(bot: Bot) -> None:
    first = await bot.deployed()
    await bot.type("alice", "/abort checkout too slow")
    await bot.ended(first)
    await bot.shows("rollout.retry")
    old = await bot.card()
    await bot.type("alice", "/rollout retry checkout")
    await bot.paused(10)
    await bot.slack.press("alice", old["ts"], "rollout.retry", seen=old)
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"reason": "again"})
    await bot.form_says("alice", "has begun since you looked")


async def test_a_healthy_card_rolls_back_to_what_ran_before(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("bob", "/promote checkout --full urgent, checked by hand")
    assert (await bot.ended(rollout)).outcome is Outcome.HEALTHY
    await bot.shows("rollout.rollback")
    await bot.press("alice", "rollout.rollback")
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"reason": "empty carts"})

    async def back() -> bool:
        history = await bot.core.store.history("checkout", "prod", 1)
        return history[0].candidate.version == "v1.4.1" and history[0].outcome is Outcome.HEALTHY

    await bot.until(back)


async def test_details_open_for_whoever_asks(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.press("carol", "rollout.details")
    view = await bot.view("carol")
    assert view["callback_id"] == "form.details" and rollout.id in blocks(view)


async def test_a_vote_counts_once_and_the_last_one_opens_the_gate(bot: Bot) -> None:
    await bot.deployed()
    await bot.press("alice", "rollout.promote")
    await bot.asked()
    await bot.press("alice", "ask.approve")
    await bot.told("alice", "Not approved. This needs the approver role in prod; you have deployer.")
    await asyncio.gather(bot.press("bob", "ask.approve"), bot.press("bob", "ask.approve"))
    await bot.paused(50)
    assert len(await bot.audited("approved")) == 1


HOSTILE = (
    "",
    "x",
    "../../etc/passwd:walking.1",
    "r1:walking.99999999999",
    "r1:promoting.-1",
    "\x00:walking.1",
    "🚀:walking.1",
    "r1:" + "walking" * 400,
    '{"rollout": "r1"}',
)


async def test_tampered_values_are_refused_calmly(bot: Bot) -> None:
    await bot.deployed()
    for number, value in enumerate(HOSTILE):
        delivery = await forge(bot, "rollout.promote", value, stamp=f"2.{number}")
        assert delivery.acked, value

    async def all_refused() -> bool:
        return sum("carries nothing that Leadsman knows" in one for one in bot.private("alice")) == len(HOSTILE)

    await bot.until(all_refused)
    assert await bot.audited("promoted") == []


async def test_a_value_of_a_rollout_that_is_not_is_refused_calmly(bot: Bot) -> None:
    await bot.deployed()
    await forge(bot, "rollout.promote", "nosuch:walking.1")
    await bot.told("alice", "That rollout is not known here.")
    await forge(bot, "ask.approve", "nosuch:ask-1", stamp="1.2")
    await forge(bot, "rollout.abort", "nosuch:walking.1", stamp="1.3")
    await bot.told("alice", "Leadsman knows no such rollout.")


async def test_a_question_of_another_rollout_cannot_be_answered(bot: Bot) -> None:
    rollout = await bot.deployed()
    await forge(bot, "ask.approve", f"{rollout.id}:{rollout.id}-99", user="U02BOB00001")
    await bot.told("alice", "That question is not one of checkout in prod.")


async def test_a_button_of_an_earlier_version_is_answered_in_private(bot: Bot) -> None:
    await bot.deployed()
    delivery = await forge(bot, "rollout.ship_it", "r1")
    assert delivery.acked
    assert "Promote to" not in await bot.told("alice", "of an earlier Leadsman")


BARRED = {
    "U04DAVE0001": "You are a guest in this workspace.",
    "U05ERIN0001": "This account is deactivated",
    "U06FRANK001": "You are from another workspace.",
    "U00BOT00001": "Bots cannot act here.",
    "U0NOBODY001": "Slack knows nobody by this id.",
}


async def test_who_is_no_full_member_of_the_workspace_can_do_nothing(bot: Bot) -> None:
    await bot.deployed()
    value = await value_of(bot, "rollout.promote")
    for user in BARRED:
        assert (await forge(bot, "rollout.promote", value, user=user)).acked

    async def all_refused() -> bool:
        whys = [str(facts["why"]) for facts in await bot.audited("refused")]
        return all(any(sentence in why for why in whys) for sentence in BARRED.values())

    await bot.until(all_refused)
    assert await bot.audited("promoted") == []


async def test_somebody_without_a_role_is_told_which_one_it_takes(bot: Bot) -> None:
    grace = bot.slack.directory.add_person("grace")
    bot.slack.directory.channel("deploys").members.append(grace.id)
    await bot.deployed()
    await bot.press("grace", "rollout.promote")
    await bot.told("grace", "you have no role. Nothing changed. Ask sre, or see /rollout help roles.")


async def test_a_role_that_was_taken_away_a_moment_ago_is_gone(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("bob", "/rollout status checkout")
    await bot.press("alice", "rollout.promote")
    await bot.asked()
    bot.slack.directory.group("sre").users.remove("U02BOB00001")
    await bot.press("bob", "ask.approve")
    await bot.told("bob", "This needs the approver role in prod; you have no role.")


async def test_where_slack_does_not_say_who_somebody_is_nothing_is_done(bot: Bot) -> None:
    await bot.deployed()
    bot.slack.faults.status("users.info", 503, times=2)
    await bot.press("alice", "rollout.promote")
    await bot.told("alice", "Slack did not say which roles you have. Nothing changed.")
    assert len(await bot.audited("refused")) == 1
    assert await bot.audited("promoted") == []


async def test_a_card_that_cannot_change_at_once_says_in_its_place_that_the_click_was_heard(bot: Bot) -> None:
    await bot.deployed()
    bot.slack.faults.rate_limit("chat.update", times=1000, retry_after=1)
    await bot.announcer.idle()
    await bot.press("alice", "rollout.promote")
    heard = await bot.shows("Promoted by <@U01ALICE001>")
    assert '"rollout.promote"' not in blocks(heard)
    bot.slack.faults.clear()
    await bot.asked()
    assert "Promoted by <@U01ALICE001>…" not in blocks(await bot.shows("ask.approve"))


async def test_a_form_that_takes_long_is_acknowledged_before_it_is_done_and_says_later_what_became_of_it(
    bot: Bot,
) -> None:
    await bot.deployed()
    await bot.press("alice", "rollout.abort")
    view = await bot.view("alice")
    bot.slack.faults.hang("users.info")
    with budget(modals, "BUDGET", SHORT):
        delivery = await bot.slack.submit("alice", view["id"], {"reason": "too slow"})
    assert delivery.acked
    assert "This form will say what became of it" in blocks(bot.slack.views("alice")[0])
    bot.slack.faults.release()

    async def told() -> bool:
        return "Slack did not say which roles you have" in blocks(bot.slack.views("alice")[0])

    await bot.until(told)


async def test_a_click_whose_time_is_over_says_that_its_form_did_not_open(bot: Bot) -> None:
    await bot.deployed()
    bot.slack.faults.error("views.open", "expired_trigger_id")
    await bot.press("alice", "rollout.abort")
    await bot.told("alice", "The form was not opened, for it came too late for Slack. Nothing changed.")


async def test_an_answer_takes_another_way_when_its_address_is_used_up(bot: Bot) -> None:
    await bot.deployed()
    real = await bot.press("alice", "rollout.details")
    payload = copy.deepcopy(real.payload)
    payload["actions"][0] |= {"action_id": "rollout.resume", "value": await value_of(bot, "rollout.promote")}
    payload |= {"response_url": "https://127.0.0.1:1/nobody/listens"}
    assert (await bot.slack.deliver("interactive", payload)).acked
    await bot.told("alice", "Nothing to resume")


def test_every_button_and_menu_has_a_listener() -> None:
    nobody: Any = None
    assert Actions(nobody, nobody, nobody, nobody).ids == set(ActionId)


def test_every_form_that_can_be_sent_has_an_order() -> None:
    assert {*REASON_FORMS, FormId.DEPLOY} == set(FormId) - {FormId.DETAILS, FormId.NOTE}
    assert {*_PRESSED, *_ASKED, *_BEGUN} == REASON_FORMS
