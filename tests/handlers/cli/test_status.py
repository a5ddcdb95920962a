"""`leadsman status` says what the card says, from the database alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.config import Config, load_config
from bot.store import Store
from handlers.cli.exits import Exit
from handlers.plain import message_lines
from handlers.slack.views.card import Drawing, card
from strategies.model import Rollout, Seen
from strategies.snapshot import snapshot
from tests.handlers.cli.conftest import Shell
from tests.handlers.slack.saying.states import STATES, at, seen


async def keep(shell: Shell, rollout: Rollout, looked: Seen | None) -> None:
    """Save a rollout with what was last seen, as the bot does."""
    store = Store.open(f"sqlite:///{shell.folder}/leadsman.db", clock=SystemClock())
    await store.migrate()
    saved = await store.create(rollout, at=at(0))
    if looked is not None and not rollout.is_final:
        await store.save(saved, rollout, seen={rollout.walks[0].id: looked}, at=at(9))
    await store.close()


@pytest.fixture
def configured(shell: Shell) -> Config:
    shell.shop()
    found = load_config(Path("leadsman.yaml"))
    assert isinstance(found, Config)
    return found


@pytest.mark.parametrize("name", ["moving", "checks", "gate-1-of-2", "paused", "rolling-back", "queued", "starting"])
async def test_its_words_are_the_words_of_the_card(shell: Shell, configured: Config, name: str) -> None:
    made = STATES[name]()
    await keep(shell, made, seen(made))

    ended = await shell.beside("status", "checkout", "prod")

    assert ended.code == Exit.DONE, ended.err
    blocks = card(snapshot(made, seen(made), at(9)), Drawing(0, at(9), {"approver": ("@sre",)})).payload()["blocks"]
    names = {actor.id: actor.name for actor in (made.by, *(vote.by for ask in made.asks for vote in ask.votes))}
    names |= {hold.by.id: hold.by.name for hold in made.holds}
    wanted = [
        line
        for block in blocks
        if block["type"] not in ("actions", "context")
        for line in message_lines({"blocks": [block]}, lambda one: names.get(one, one))
    ]
    printed = ended.out.splitlines()
    assert [line for line in wanted if line not in printed] == []
    assert printed[: len(wanted)] == wanted


async def test_at_a_gate_it_shows_who_is_asked_until_when_and_the_claim(shell: Shell, configured: Config) -> None:
    made = STATES["gate-1-of-2"]()
    await keep(shell, made, seen(made))

    text = (await shell.beside("status", "checkout")).out
    assert "Asked @sre, 1 more needed, not @alice who started it" in text
    assert "No answer by " in text
    assert "Claim main/ro7q2k/3" in text
    assert "✋ Waiting for approval" in text
    assert "leadsman abort --direct checkout prod" in text

    found = (await shell.beside("status", "checkout", "--json")).json
    assert found["exit"] == Exit.DONE
    assert (found["phase"], found["card"], found["claim"]) == ("Paused", "Waiting for approval", "main/ro7q2k/3")
    assert found["asked"]["roles"] == ["approver"]
    assert found["asked"]["yes"] == ["bob"]
    assert found["asked"]["until"].startswith("2026-03-02T")


async def test_the_live_rollout_is_shown_before_a_newer_one_that_waits(shell: Shell, configured: Config) -> None:
    await keep(shell, STATES["moving"](), None)
    store = Store.open(f"sqlite:///{shell.folder}/leadsman.db", clock=SystemClock())
    queued = STATES["queued"]()
    await store.create(replace(queued, id="later", created=at(30)), at=at(30))
    await store.close()
    assert (await shell.beside("status", "checkout", "--json")).json["rollout"] == "ro7q2k"


async def test_what_people_typed_cannot_steer_the_terminal(shell: Shell, configured: Config) -> None:
    await keep(shell, replace(STATES["moving"](), reason="quick\x1b]0;owned\x07 \u202efix"), None)
    text = (await shell.beside("status", "checkout")).out
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "owned" in text
    json = await shell.beside("status", "checkout", "--json")
    assert "\u202e" not in json.out
    assert json.json["reason"] == "quick\x1b]0;owned\x07 \u202efix"


async def test_where_there_was_no_rollout_yet_it_says_how_to_start_one(shell: Shell, configured: Config) -> None:
    store = Store.open(f"sqlite:///{shell.folder}/leadsman.db", clock=SystemClock())
    await store.migrate()
    await store.close()
    ended = await shell.beside("status", "checkout")
    assert (ended.code, ended.out) == (Exit.FAILED, "")
    assert ended.err == "No rollout of checkout in prod yet. In Slack: /deploy APP VERSION [ENV] [REASON]\n"


async def test_it_reads_while_the_bot_has_the_database(shell: Shell, configured: Config) -> None:
    await keep(shell, STATES["moving"](), None)
    store = Store.open(f"sqlite:///{shell.folder}/leadsman.db", clock=SystemClock())
    try:
        assert (await shell.beside("status", "checkout")).code == Exit.DONE
        taken = await shell.beside("db", "upgrade")
        assert taken.code == Exit.UNREACHABLE
        assert "Another Leadsman" in taken.err
    finally:
        await store.close()


async def test_a_database_of_another_version_is_one_sentence(shell: Shell, configured: Config) -> None:
    (shell.folder / "leadsman.db").touch()
    ended = await shell.beside("status", "checkout")
    assert ended.code == Exit.USAGE
    assert "leadsman db upgrade" in ended.err
