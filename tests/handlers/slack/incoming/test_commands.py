"""Slash commands, typed by people into a real workspace."""

from strategies.model import AskEnd, Outcome, Stage
from tests.handlers.slack.incoming.bot import Bot


async def test_a_mistake_is_answered_at_once_with_the_nearest_names_and_how_to_type_it(bot: Bot) -> None:
    await bot.type("alice", "/deploy chekout v1.4.2 prod")
    [said] = bot.private("alice")
    assert "No app “chekout”. Did you mean checkout?" in said and "/deploy APP VERSION [ENV]" in said
    await bot.type("alice", "/rollout promot checkout")
    assert "Did you mean promote?" in bot.private("alice")[-1]
    assert bot.said() == []


async def test_a_version_that_is_no_tag_is_refused_and_shown_as_typed(bot: Bot) -> None:
    await bot.type("alice", "/deploy checkout *bold*&<!channel> prod")
    said = await bot.told("alice", "is no valid version")
    assert "*bold*&<!channel>" in said and '"type": "rich_text"' in said
    assert '"type": "broadcast"' not in said
    await bot.type("alice", f"/deploy checkout {'x' * 5000} prod")
    assert len(await bot.told("alice", "xxxx")) < 4000
    assert await bot.live() is None


async def test_a_deploy_without_words_opens_the_form_and_the_form_starts_a_rollout(bot: Bot) -> None:
    await bot.type("alice", "/deploy")
    view = await bot.view("alice")
    filled = {"app": "checkout", "version": "v1.4.2", "environment": "prod", "reason": "faster totals"}
    await bot.slack.submit("alice", view["id"], filled)
    await bot.form_closes("alice")
    await bot.paused(10)
    rollout = await bot.live()
    assert rollout is not None
    assert (rollout.candidate.version, rollout.reason, rollout.by.name) == ("v1.4.2", "faster totals", "alice")


async def test_a_deploy_without_a_version_opens_the_form_with_its_app(bot: Bot) -> None:
    await bot.type("alice", "/deploy checkout")
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"version": "v1.4.2", "environment": "prod"})
    await bot.paused(10)


async def test_everything_wrong_in_the_deploy_form_stands_under_its_field_and_what_was_typed_stays(bot: Bot) -> None:
    await bot.type("alice", "/deploy")
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"app": "checkout", "version": "no tag!", "environment": "staging"})
    errors = bot.slack.form_errors(view["id"])
    assert "v1.4.2" in errors["version"] and "prod" in errors["environment"]
    assert bot.slack.views("alice")[0]["state"]["values"]["version"]["version"]["value"] == "no tag!"


async def test_a_refusal_takes_the_place_of_the_deploy_form(bot: Bot) -> None:
    await bot.type("alice", "/deploy")
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"app": "billing", "version": "v1", "environment": "staging"})
    await bot.form_says("alice", "Not started.", "Nothing changed.")


async def test_a_live_rollout_in_the_way_is_a_question_and_keeping_it_forgets_the_new_one(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("bob", "/deploy checkout v1.5.0 prod because it is better")
    said = await bot.told("bob", "busy.queue")
    assert "v1.5.0 was not started" in said
    [choice] = bot.slack.ephemerals("bob")
    await bot.slack.press("bob", choice["ts"], "busy.keep")

    async def gone() -> bool:
        return bot.slack.ephemerals("bob") == []

    await bot.until(gone)
    assert await bot.core.store.queued("checkout", "prod") == ()


async def test_queueing_puts_the_new_version_behind_the_live_one(bot: Bot) -> None:
    live = await bot.deployed()
    await bot.type("bob", "/deploy checkout v1.5.0 prod because it is better")
    await bot.told("bob", "busy.queue")
    [choice] = bot.slack.ephemerals("bob")
    await bot.slack.press("bob", choice["ts"], "busy.queue")
    await bot.told("bob", "Queued: checkout v1.5.0 to prod.")
    [queued] = await bot.core.store.queued("checkout", "prod")
    assert (queued.after, queued.reason, queued.by.name) == (live.id, "because it is better", "bob")
    assert len(bot.slack.ephemerals("bob")) == 1


async def test_replacing_brings_the_live_one_home_and_starts_the_new_version(bot: Bot) -> None:
    live = await bot.deployed()
    await bot.type("bob", "/deploy checkout v1.5.0 prod")
    await bot.told("bob", "busy.replace")
    [choice] = bot.slack.ephemerals("bob")
    await bot.slack.press("bob", choice["ts"], "busy.replace")
    assert (await bot.ended(live)).outcome is Outcome.SUPERSEDED
    await bot.paused(10)
    begun = await bot.live()
    assert begun is not None and begun.candidate.version == "v1.5.0"


async def test_replacing_another_rollout_than_the_one_that_was_shown_is_refused(bot: Bot) -> None:
    live = await bot.deployed()
    await bot.type("bob", "/deploy checkout v1.5.0 prod")
    await bot.told("bob", "busy.replace")
    [choice] = bot.slack.ephemerals("bob")
    await bot.type("alice", "/abort checkout too slow")
    await bot.ended(live)
    second = await bot.deployed("v1.5.1")
    await bot.slack.press("bob", choice["ts"], "busy.replace")
    await bot.told("bob", "has begun since you looked")
    assert (await bot.live() or live).id == second.id


async def test_an_abort_with_its_reason_brings_the_old_version_back(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("alice", "/abort checkout <!channel> *it* burns & smokes")
    ended = await bot.ended(rollout)
    assert ended.outcome is Outcome.ROLLED_BACK
    assert "<!channel> *it* burns & smokes" in ended.why


async def test_an_abort_without_a_reason_opens_its_form(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("alice", "/abort checkout prod")
    view = await bot.view("alice")
    assert view["callback_id"] == "form.abort"
    await bot.slack.submit("alice", view["id"], {"reason": "it burns"})
    await bot.form_closes("alice")
    assert (await bot.ended(rollout)).outcome is Outcome.ROLLED_BACK


async def test_a_rollback_of_a_live_rollout_is_an_abort_with_its_reason(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("alice", "/rollback checkout customers complain")
    ended = await bot.ended(rollout)
    assert ended.outcome is Outcome.ROLLED_BACK and "customers complain" in ended.why


async def test_five_thousand_letters_of_reason_are_kept_whole(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("alice", f"/abort checkout prod {'long ' * 1000}")
    await bot.ended(rollout)
    [aborted] = await bot.audited("aborted")
    assert str(aborted["reason"]).count("long") == 1000


async def test_pause_and_resume_are_answered_in_private_and_shown_on_the_card(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("bob", "/rollout pause checkout slow query, looking")
    await bot.told("bob", "Paused checkout in prod.")
    await bot.shows("slow query, looking")
    await bot.type("bob", "/rollout resume checkout")
    await bot.told("bob", "Resumed checkout in prod.")


async def test_an_approval_is_for_the_one_question_that_is_open(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("bob", "/rollout approve checkout")
    assert "asks nothing right now" in bot.private("bob")[-1]
    await bot.type("alice", "/promote checkout")
    ask = await bot.asked()
    await bot.type("alice", "/rollout approve checkout")
    await bot.told("alice", "Not approved. This needs the approver role in prod; you have deployer.")
    await bot.type("bob", "/rollout approve checkout looks fine")
    await bot.paused(50)
    rollout = await bot.live()
    assert rollout is not None
    answered = rollout.ask(ask.id)
    assert answered is not None and answered.ended is AskEnd.APPROVED


async def test_a_rejection_without_a_reason_opens_its_form_and_aborts(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("alice", "/promote checkout")
    await bot.asked()
    await bot.type("carol", "/rollout reject checkout")
    view = await bot.view("carol")
    await bot.slack.submit("carol", view["id"], {"reason": "p95 is close to the limit"})
    ended = await bot.ended(rollout)
    assert ended.outcome is Outcome.ROLLED_BACK and "p95 is close to the limit" in ended.why


async def test_a_skip_needs_the_approver_and_its_form_is_not_even_opened_for_others(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("alice", "/rollout skip checkout")
    said = await bot.told("alice", "This needs the approver role in prod; you have deployer.")
    assert "Nothing changed. Ask " in said
    assert bot.slack.views("alice") == []
    await bot.type("bob", "/rollout skip checkout")
    assert (await bot.view("bob"))["callback_id"] == "form.skip"


async def test_nothing_live_is_said_with_what_was_wanted(bot: Bot) -> None:
    await bot.type("alice", "/promote checkout")
    assert "Nothing to promote: no rollout of checkout in prod is live. Nothing changed." in bot.private("alice")[-1]


async def test_retry_starts_the_version_again_that_did_not_go_live(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.type("alice", "/abort checkout too slow")
    await bot.ended(rollout)
    await bot.type("alice", "/rollout retry rollout checkout")
    await bot.paused(10)
    again = await bot.live()
    assert again is not None and again.id != rollout.id and again.candidate.version == "v1.4.2"
    assert again.stage is Stage.WALKING


async def test_how_things_stand_is_told_in_private(bot: Bot) -> None:
    await bot.deployed()
    before = len(bot.said())
    for typed, part in (
        ("status checkout", "v1.4.2"),
        ("list", "checkout in prod"),
        ("history checkout", "history"),
        ("plan checkout v1.5.0", "50%"),
        ("audit checkout", "asked for v1.4.2"),
        ("help", "/deploy APP VERSION"),
        ("help roles", "approver"),
    ):
        seen = len(bot.private("carol"))
        await bot.type("carol", f"/rollout {typed}")

        async def answered(seen: int = seen) -> str | None:
            return bot.private("carol")[-1] if len(bot.private("carol")) > seen else None

        assert part in await bot.until(answered), typed
    assert len(bot.said()) == before


async def test_a_plan_beside_a_live_rollout_says_that_it_is_in_the_way_and_not_that_nobody_knows_it(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("carol", "/rollout plan checkout v1.5.0")
    said = await bot.told("carol", "v1.4.2 is on its way to checkout in prod.")
    assert "A deploy asks whether to queue v1.5.0 until that has ended, or to replace it." in said
    assert "not known to be live" not in said
    assert "earlier rollout" not in said


async def test_a_live_rollout_in_the_way_of_a_form_is_a_question_beside_it(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("bob", "/deploy")
    view = await bot.view("bob")
    await bot.slack.submit("bob", view["id"], {"app": "checkout", "version": "v1.5.0", "environment": "prod"})
    await bot.form_says("bob", "is on its way there")
    await bot.told("bob", "busy.queue")


async def test_retry_while_a_rollout_is_live_says_so(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("alice", "/rollout retry checkout")
    assert "Nothing to retry: v1.4.2 is on its way to checkout in prod." in bot.private("alice")[-1]


async def test_a_guest_is_shown_nothing_and_opens_nothing(bot: Bot) -> None:
    await bot.deployed()
    await bot.type("dave", "/rollout status checkout")
    await bot.told("dave", "You are a guest in this workspace.")
    await bot.type("dave", "/deploy")
    await bot.press("dave", "rollout.details")

    async def refused() -> bool:
        return sum("You are a guest" in one for one in bot.private("dave")) == 3

    await bot.until(refused)
    assert bot.slack.views("dave") == []
