"""The same story on both databases and over both ways to Slack: ship, turn back, look, pause, abort, roll back, and be refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.playground.shop import FAILING, GOOD, RUNNING, SLOW
from strategies.model import Outcome
from tests.end_to_end.books import all_is_right, troubles
from tests.end_to_end.stage import Installation, Message, Stage, staged

TYPED = "<!channel> *b* & <x>"
SRE = "S01SRE00001"


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
async def test_the_main_job_from_the_first_deploy_to_the_last_rollback(
    tmp_path: Path, database: str | None, socket_mode: bool
) -> None:
    async with staged(tmp_path, Installation(database, socket_mode)) as stage:
        gate = await ships(stage)
        await refuses_strangers_and_late_clicks(stage, gate)
        await turns_back(stage)
        await pauses_and_aborts(stage)
        await rolls_back(stage)

        await all_is_right(stage)
        outcomes = [rollout.outcome for rollout in await stage.history()]
        assert outcomes == [Outcome.HEALTHY, Outcome.ROLLED_BACK, Outcome.ROLLED_BACK, Outcome.HEALTHY]
        assert troubles(stage) == []
        assert "an answer takes another way" not in [line["event"] for line in stage.log]


async def ships(stage: Stage) -> Message:
    """v1.4.2 goes live; the card as it was while it asked."""
    await stage.type("alice", f"/deploy checkout {GOOD} prod faster totals")
    await stage.tells("alice", f"Started: checkout {GOOD} to prod.")
    gate = await stage.shows("1 more approval needed")
    await stage.says(gate, "1 approval needed")
    await stage.press("alice", "Approve")
    await stage.tells("alice", "This needs the approver role")
    await stage.press("bob", "Approve")
    await stage.shows(f"{GOOD} is live")
    await stage.settled()
    assert len(group_pings(stage)) == 1, "only who is asked, only once"
    return gate


def group_pings(stage: Stage) -> list[str]:
    """The new messages that mentioned the approvers; a changed or a refused one makes no phone ring."""
    posted = [call for call in stage.slack.calls if call.method == "chat.postMessage" and call.ok]
    return [call.text("text") for call in posted if SRE in json.dumps(call.args)]


def texts_that_slack_reads(part: object) -> Iterator[str]:
    """Every text in which Slack looks for mentions."""
    match part:
        case {"type": "mrkdwn", "text": str(text)} | {"type": "message", "text": str(text)}:
            yield text
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from texts_that_slack_reads(inner)


async def refuses_strangers_and_late_clicks(stage: Stage, gate: Message) -> None:
    told = len(stage.slack.ephemerals("carol"))
    await stage.press("carol", "Approve", seen=gate)
    await stage.tells("carol", "Nothing changed")
    assert len(stage.slack.ephemerals("carol")) == told + 1
    for stranger in ("dave", "frank"):
        await stage.press(stranger, "Roll Back")
        await stage.tells(stranger, "Nothing changed")
        assert stage.slack.views(stranger) == []
    assert len(await stage.history()) == 1


async def turns_back(stage: Stage) -> None:
    await stage.type("alice", f"/deploy checkout {FAILING} prod")
    card = await stage.shows(f"rolled back to {GOOD}")
    assert "success rate" in stage.read(card)
    failed = await stage.says(card, "Checks failed")
    assert "limit ≥ 99%" in failed
    await stage.settled()


async def shows_how_things_stand(stage: Stage) -> None:
    before = len(stage.cards())
    for typed, part in (
        ("status checkout", "looking at latency"),
        ("list", "checkout in prod: paused at 10%"),
        ("history checkout", GOOD),
        (f"plan checkout {GOOD}", "50%"),
        ("audit checkout", f"asked for {SLOW}"),
        ("help", "/deploy APP VERSION"),
    ):
        told = len(stage.slack.ephemerals("carol"))
        await stage.type("carol", f"/rollout {typed}")

        async def answered(told: int = told) -> str | None:
            said = stage.slack.ephemerals("carol")[told:]
            return stage.read(said[0]) if said else None

        assert part in await stage.until(answered, typed), typed
    assert len(stage.cards()) == before


async def pauses_and_aborts(stage: Stage) -> None:
    await stage.type("alice", f"/deploy checkout {SLOW} prod")
    await stage.shows("1 more approval needed")
    await stage.type("bob", "/rollout pause checkout prod looking at latency")
    await stage.tells("bob", "Paused checkout in prod.")
    card = await stage.shows("looking at latency")
    await shows_how_things_stand(stage)
    await stage.press("bob", "Resume")
    await stage.says(card, "bob resumed it")
    await stage.press("alice", "Reject")
    await stage.tells("alice", "This needs the approver role")
    await stage.type("alice", "/abort checkout prod")
    await stage.fill_in("alice", "form.abort", {"reason": TYPED})
    card = await stage.shows(f"rolled back to {GOOD}")
    line = await stage.says(card, "alice aborted it")
    assert TYPED in line
    assert TYPED in stage.read(card)
    await stage.settled()
    for said in texts_that_slack_reads(stage.slack.thread("deploys", card["ts"])):
        assert "<!channel" not in said
    assert len(group_pings(stage)) == 2


async def rolls_back(stage: Stage) -> None:
    await stage.type("bob", "/rollback checkout prod customers complain")
    await stage.tells("bob", RUNNING)
    await stage.shows(f"{RUNNING} is live")
    await stage.settled()
