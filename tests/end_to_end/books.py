"""What must be so after every story, whatever it was about."""

import json
from collections.abc import Iterable

from bot.playground.slack.calls import Call
from strategies.model import Rollout
from tests.end_to_end.stage import ACCOUNT, Stage


def refused(calls: Iterable[Call]) -> list[str]:
    """The calls that Slack did not take, without those it was told to fail: of these it does not even read the token."""
    return [f"{call.method}: {call.result} {call.args}" for call in calls if not call.ok and call.token]


def troubles(stage: Stage) -> list[str]:
    """What was logged as a warning or worse. A machine that is too busy for a tick is none of ours."""
    bad = [line for line in stage.log if line["level"] != "info" and not line["logger"].startswith("apscheduler")]
    return [f"{line['event']}\n{line.get('exception', line)}" for line in bad]


def one_card_each(stage: Stage, rollouts: Iterable[Rollout]) -> None:
    """One message in the channel for a rollout, in their order."""
    about = [card["metadata"]["event_payload"]["card"] for card in stage.slack.messages("deploys") if _is_card(card)]
    assert about == [rollout.id for rollout in rollouts]
    assert len(stage.cards()) == len(about), "nothing else stands in the channel"


def _is_card(message: dict[str, object]) -> bool:
    return message.get("thread_ts") in (None, message["ts"])


def no_line_twice(stage: Stage) -> None:
    """Every line of a thread was posted once."""
    for card in stage.cards():
        said = stage.slack.thread("deploys", card["ts"])[1:]
        numbers = [one["metadata"]["event_payload"].get("line") for one in said if "metadata" in one]
        numbers = [number for number in numbers if number is not None]
        assert sorted(set(numbers)) == numbers, f"each once, in their order: {stage.transcript()}"


def forbidden(stage: Stage) -> list[str]:
    """What the cluster did not let our account do: its roles allow everything that it asks for."""
    ours = [one for one in stage.playground.cluster.requests if one.user == ACCOUNT]
    return [f"{one.verb} {one.path}" for one in ours if one.status in (401, 403)]


async def audit_is_sound(stage: Stage) -> None:
    assert (await stage.store.verify()).findings == ()


async def no_secret_was_told(stage: Stage) -> None:
    """No log line, message, form, file name or audit entry holds a secret."""
    entries = await stage.store.audit_entries(0, 10_000)
    places = {
        "the log": json.dumps(stage.log),
        "the channel": json.dumps([stage.slack.thread("deploys", card["ts"]) for card in stage.cards()]),
        "private messages": json.dumps([stage.slack.ephemerals(one) for one in stage.slack.directory.people]),
        "what was sent": json.dumps([call.args for call in stage.slack.calls]),
        "the audit": " ".join(map(repr, entries)),
    }
    for place, text in places.items():
        for secret in stage.secrets:
            assert secret not in text, f"{secret} stands in {place}"


async def all_is_right(stage: Stage) -> None:
    """Everything of the above."""
    await stage.settled()
    assert refused(stage.slack.calls) == []
    assert forbidden(stage) == []
    one_card_each(stage, await stage.history())
    no_line_twice(stage)
    await audit_is_sound(stage)
    await no_secret_was_told(stage)
