"""The command line as a person runs it in a folder of their own, and a playground for it to reach."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.config.shape import Commands
from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.slack import SlashCommand
from bot.playground.world import BOT_TOKEN, SIGNING_SECRET, Playground
from handlers.cli import app
from handlers.cli.guides import ENVIRONMENT
from handlers.slack.manifest import scopes, slash_commands

PATIENCE = 120.0
"""Real seconds after which what a test waits for does not come any more, on a machine however busy."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """A folder to run commands in, with an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {}

    def __call__(self, *typed: str, **environ: str) -> Ended:
        found = CliRunner().invoke(app, typed, env={**self.environ, **environ}, prog_name="leadsman")
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ended(found.exit_code, found.stdout, found.stderr)

    async def beside(self, *typed: str, **environ: str) -> Ended:
        """The same, while the servers of the test go on."""
        return await asyncio.to_thread(self, *typed, **environ)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def edit(self, old: str, new: str) -> None:
        path = self.folder / "leadsman.yaml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def shop(self, prometheus: str = "http://127.0.0.1:9") -> None:
        """Lay down the configuration of the playground's shop."""
        self.write("analysis/checkout.yaml", shop.TEMPLATES)
        self.write("leadsman.yaml", shop.configuration(prometheus))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name, _ in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
async def playground(shell: Shell) -> AsyncIterator[Playground]:
    """A served playground; the shell's folder and environment are those of a bot for it."""
    commands = [SlashCommand(one.command, one.description, one.usage_hint) for one in slash_commands(Commands())]
    made = Playground(PlaygroundClock(60), scopes=scopes(), commands=commands, pod_seconds=1)
    addresses = await made.start()
    shell.shop(addresses.prometheus)
    shell.write("kubeconfig", json.dumps(made.cluster.kubeconfig()))
    settings: Mapping[str, str] = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{addresses.slack}/api/",
    }
    shell.environ.update(settings)
    yield made
    await made.stop()
