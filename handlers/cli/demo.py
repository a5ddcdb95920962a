"""`leadsman demo`: the bot itself, unchanged, against a Kubernetes, a Prometheus and a Slack that live in this process."""

import asyncio
import json
import shlex
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.clock import GuestClock
from bot.config import Config, ConfigWatch, Settings, load_config
from bot.config.names import nearest
from bot.config.shape import Commands
from bot.errors import LeadsmanError, NotConfigured
from bot.log import set_up
from bot.playground.clock import PlaygroundClock, StoryClock
from bot.playground.scenarios import SCENARIOS, Scenario, play
from bot.playground.shop import Shop
from bot.playground.slack import SlashCommand
from bot.playground.world import BOT_TOKEN, SIGNING_SECRET, Addresses, Playground
from handlers.app import App, serve
from handlers.cli.arguments import AsJson
from handlers.cli.console import fail, out, out_json, quit_with, run, talk
from handlers.cli.exits import Exit
from handlers.plain import Transcript
from handlers.slack.manifest import EVENTS_PATH, scopes, slash_commands
from strategies.phase import Word, phase

PORT = 8080
HEADLESS_SPEED = 60.0
PAGE_SPEED = 20.0
WORLD_SPEED = 1.0
"""A bot of one's own lives in real time."""
POD_SECONDS = 20.0
"""How long a pod takes to get ready."""
LONGEST_START = 3.0
"""Real seconds that nobody waits longer for the first pods."""
PATIENCE = 600.0
"""Real seconds after which a headless demo counts as stuck."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo that is set up: the playground, and the bot beside it."""

    playground: Playground
    app: App
    page: str


def demo(
    scenario: Annotated[str, typer.Option(help="Which story; see --list.")] = "good",
    headless: Annotated[
        bool, typer.Option("--headless", help="Play the story to its end and print the channel as text.")
    ] = False,
    speed: Annotated[float | None, typer.Option(min=0.1, max=1000, help="How much faster than real time.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port; 0 for any free one.")] = PORT,
    list_them: Annotated[bool, typer.Option("--list", help="List the stories.")] = False,
    world_only: Annotated[
        bool, typer.Option("--world-only", help="Serve the playground without the bot, for one of your own.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try it: nothing to set up, nothing leaves this machine.

    The bot runs unchanged against a Kubernetes, a Prometheus and a Slack that live in this process, with a page to type in.
    """
    if list_them:
        _list(as_json=as_json)
        return
    if scenario not in SCENARIOS:
        likely = nearest(scenario, SCENARIOS)
        hint = f"Did you mean {' or '.join(likely)}?" if likely else f"Known: {', '.join(SCENARIOS)}."
        fail(f"There is no scenario “{scenario[:80]}”. {hint}", Exit.USAGE)
    set_up(level=40)
    with tempfile.TemporaryDirectory(prefix="leadsman-demo-") as folder:
        if world_only:
            work = _world_only(Path(folder), SCENARIOS[scenario].run, speed or WORLD_SPEED, port)
        elif headless:
            work = _headless(Path(folder), SCENARIOS[scenario], speed or HEADLESS_SPEED)
        else:
            work = _page(Path(folder), SCENARIOS[scenario], speed or PAGE_SPEED, port)
        quit_with(run(work))


def _list(*, as_json: bool) -> None:
    if as_json:
        out_json({"scenarios": [{"name": name, "about": story.about} for name, story in SCENARIOS.items()]})
        return
    for name, story in SCENARIOS.items():
        out(f"{name:20} {story.about}")


async def _page(folder: Path, story: Scenario, speed: float, port: int) -> Exit:
    """Serve the page until Ctrl-C, which is how it is meant to end."""
    stage = await _set_up(folder, story.run, speed, port)
    story.prepare(stage.playground)

    def greet() -> None:
        stage.playground.slack.events_url = stage.app.address
        out("Leadsman demo, nothing leaves this machine")
        out(f"  Slack page   {stage.page}      open it and type  {story.typed}")
        out(f"  scenario     {story.name:27}others: leadsman demo --list")
        out("Ctrl-C stops it and forgets everything. To use your own Slack: leadsman help")
        sys.stdout.flush()

    try:
        await serve(stage.app, greet)
    finally:
        await stage.playground.stop()
    return Exit.DONE


async def _headless(folder: Path, story: Scenario, speed: float) -> Exit:
    """Play a story through; the channel is printed as it fills, and last how it ended."""
    stage = await _set_up(folder, story.run, speed, port=0)
    transcript = Transcript(out, _names(stage.playground))
    stage.playground.slack.subscribe(transcript.note)
    try:
        await stage.app.start()
        stage.playground.slack.events_url = stage.app.address
        story.prepare(stage.playground)
        async with asyncio.timeout(PATIENCE):
            await play(story, stage.playground)
        ending = await _ending(stage.app)
    except TimeoutError:
        talk(f"The story {story.name} did not come to its end within {PATIENCE:.0f} s.")
        return Exit.FAILED
    finally:
        await stage.app.stop()
        await stage.playground.stop()
    out(ending)
    if ending.startswith(story.ending):
        return Exit.DONE
    talk(f"It should have ended with: {story.ending}")
    return Exit.FAILED


def _names(playground: Playground) -> Callable[[str], str]:
    """People and groups by the names that the channel shows."""
    directory = playground.slack.directory
    known = {person.id: person.name for person in directory.people.values()}
    known |= {group.id: group.handle for group in directory.groups.values()}
    return lambda id_: known.get(id_, id_)


async def _world_only(folder: Path, run_as: Shop, speed: float, port: int) -> Exit:
    """The three emulators alone, and what a bot of one's own needs to find them, as a shell reads it."""
    clock = PlaygroundClock(speed)
    playground, addresses = await _playground(clock, run_as, port)
    try:
        environment = _environment(folder, run_as, playground, addresses, _free_port(), _free_port())
        playground.slack.events_url = f"http://{environment['LEADSMAN_LISTEN']}{EVENTS_PATH}"
        for name, value in environment.items():
            out(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        talk(f"Slack page   {addresses.slack}      in another shell: set these, then leadsman check, leadsman run")
        talk("Ctrl-C stops it and forgets everything.")
        await _stopped()
    finally:
        await playground.stop()
    return Exit.DONE


async def _stopped() -> None:
    """Return at SIGTERM or Ctrl-C."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


async def _set_up(folder: Path, run_as: Shop, speed: float, port: int) -> Stage:
    """The playground served, and the bot made for it: by settings and a configuration, as anywhere."""
    time = StoryClock(speed)
    playground, addresses = await _playground(time, run_as, port)
    environment = _environment(folder, run_as, playground, addresses, listen=0, internal=0)
    settings = Settings.from_environ(environment)
    config = load_config(Path(environment["LEADSMAN_CONFIG"]))
    if not isinstance(settings, Settings) or not isinstance(config, Config):
        raise LeadsmanError("The demo's own configuration is broken: install Leadsman again.")
    app = App(settings, ConfigWatch(settings.config, config), GuestClock(time))
    return Stage(playground, app, addresses.slack)


async def _playground(clock: PlaygroundClock, run_as: Shop, port: int) -> tuple[Playground, Addresses]:
    commands = [SlashCommand(one.command, one.description, one.usage_hint) for one in slash_commands(Commands())]
    pod_seconds = min(POD_SECONDS, LONGEST_START * clock.speed)
    playground = Playground(clock, scopes=scopes(), commands=commands, pod_seconds=pod_seconds, run=run_as)
    try:
        return playground, await playground.start(port)
    except OSError:
        await playground.stop()
        raise NotConfigured(
            f"Port {port} is taken by another program. Choose another: leadsman demo --port 0"
        ) from None


def _environment(
    folder: Path, run_as: Shop, playground: Playground, addresses: Addresses, listen: int, internal: int
) -> dict[str, str]:
    """Everything the bot is told, with its files written into `folder`. A port of 0: any that is free when it listens."""
    (folder / "analysis").mkdir()
    if run_as.templates:
        (folder / "analysis" / "checkout.yaml").write_text(run_as.templates)
    (folder / "leadsman.yaml").write_text(run_as.configuration(addresses.prometheus))
    (folder / "kubeconfig").write_text(json.dumps(playground.cluster.kubeconfig()))
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{addresses.slack}/api/",
        "DATABASE_URL": f"sqlite:///{folder}/leadsman.db",
        "LEADSMAN_CONFIG": str(folder / "leadsman.yaml"),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "LEADSMAN_LISTEN": f"127.0.0.1:{listen}",
        "LEADSMAN_INTERNAL": f"127.0.0.1:{internal}",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _ending(app: App) -> str:
    """How the newest rollout stands: `checkout/prod: Healthy v1.4.2`, or `checkout/prod: Degraded` with the reason."""
    newest = (await app.core.store.history("checkout", "prod", 1))[0]
    stands = phase(newest, None)
    end = newest.candidate.version if stands.word is Word.HEALTHY else f"({stands.sentence})"
    return f"{newest.app}/{newest.environment}: {stands.word} {end}"
