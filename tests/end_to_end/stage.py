"""The bot as an operator starts it, from an environment and files, beside the whole playground; and the people in its channel."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from bot.clock import GuestClock
from bot.config import Config, ConfigWatch, Settings, load_config
from bot.config.shape import Commands
from bot.log import set_up
from bot.playground import shop
from bot.playground.clock import PlaygroundClock, StoryClock
from bot.playground.shop import Shop
from bot.playground.slack import SlashCommand
from bot.playground.world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Addresses, Playground
from bot.rbac import rbac_documents
from handlers.app import App
from handlers.plain import message_lines
from handlers.slack import socket
from handlers.slack.manifest import scopes, slash_commands
from strategies.model import Rollout
from tests.handlers.slack.patience import budget, patient
from tests.real.ports import free_port

SPEED = 75.0
"""So fast that Slack's pace is what a story waits for, and so slow that a machine that stands still for some seconds misses no deadline."""
PATIENCE = 120.0
"""Real seconds after which what a test waits for does not come any more."""

DATABASE_PASSWORD = "sentinel-of-the-database"

CONFIGURATION = """\
slack: {{channel: "#deploys"}}
clusters:
  demo: {{prometheus: {prometheus}}}
roles:
  deployer: ["*"]
  approver: ["@sre"]
strategies:
  careful:
    canary:
      steps:
        - setWeight: 10
        - analysis:
            templates: [{{templateName: success-rate}}]
            args: [{{name: pod-hash, valueFrom: {{podTemplateHashValue: Latest}}}}]
        - gate: {{approvals: 1, from: [approver], deadline: 4h, onDeadline: abort}}
        - setWeight: 50
        - pause: {{duration: 1m}}
apps:
  checkout:
    image: {image}
    environments:
      prod:
        cluster: demo
        namespace: {namespace}
        workload: {{deployment: checkout, container: web}}
        traffic: {{nginx: {{ingress: checkout, stableService: checkout, canaryService: checkout-canary}}}}
        strategy: careful
analysisTemplates: ./analysis/*.yaml
"""
"""The shop's own, with a shorter plan."""

TEMPLATES = (
    shop.TEMPLATES.replace("interval: 1m", "interval: 20s")
    .replace("count: 5", "count: 3")
    .replace("failureLimit: 2", "failureLimit: 1")
)


def configuration(prometheus: str) -> str:
    """`leadsman.yaml` for the shop's Deployment."""
    return CONFIGURATION.format(prometheus=prometheus, image=shop.IMAGE, namespace=shop.NAMESPACE)


SHOP = Shop("Deployment", shop.objects, configuration, TEMPLATES)
ACCOUNT = "system:serviceaccount:leadsman:leadsman"
Message = Mapping[str, Any]
Look = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Installation:
    """How Leadsman is installed.

    `database`: its address, a file in the test's folder if none. `run`: how the shop is run.
    """

    database: str | None = None
    socket_mode: bool = False
    run: Shop = SHOP


async def access(playground: Playground, configuration: Path) -> Mapping[str, Any]:
    """The kubeconfig of the account that Leadsman runs as: it has the roles that are printed for it, and nothing else."""
    config = load_config(configuration)
    assert isinstance(config, Config), config
    who = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "leadsman", "namespace": "leadsman"}}
    await playground.cluster.apply(who, *rbac_documents(config, "demo"))
    found: dict[str, Any] = playground.cluster.kubeconfig()
    found["users"][0]["user"] = {"token": playground.cluster.token_for("leadsman", "leadsman")}
    return found


async def prepare(folder: Path, playground: Playground, addresses: Addresses, how: Installation) -> dict[str, str]:
    """Write the files that an operator writes; the environment that goes with them."""
    (folder / "analysis").mkdir()
    if how.run.templates:
        (folder / "analysis" / "checkout.yaml").write_text(how.run.templates)
    (folder / "leadsman.yaml").write_text(how.run.configuration(addresses.prometheus))
    (folder / "kubeconfig").write_text(json.dumps(await access(playground, folder / "leadsman.yaml")))
    transport = {"SLACK_APP_TOKEN": APP_TOKEN} if how.socket_mode else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        **transport,
        "SLACK_API_URL": f"{addresses.slack}/api/",
        "DATABASE_URL": how.database or f"sqlite:///{folder}/leadsman.db",
        "LEADSMAN_CONFIG": str(folder / "leadsman.yaml"),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "LEADSMAN_LISTEN": f"127.0.0.1:{free_port()}",
        "LEADSMAN_INTERNAL": f"127.0.0.1:{free_port()}",
    }


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Everything in an installation that nobody may ever read."""
    token = json.loads(Path(environment["KUBECONFIG"]).read_text())["users"][0]["user"]["token"]
    return (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, DATABASE_PASSWORD, str(token))


class Stage:
    """A running bot, and everybody around it."""

    def __init__(self, playground: Playground, app: App, environment: Mapping[str, str], log: io.StringIO) -> None:
        self.playground = playground
        self.slack = playground.slack
        self.app = app
        self.store = app.core.store
        self.secrets = secrets_of(environment)
        self.internal = f"http://{environment['LEADSMAN_INTERNAL']}"
        self.place = ("checkout", "prod")
        self._log = log
        self._changed = asyncio.Event()
        self.slack.subscribe(lambda _: self._changed.set())
        app.core.engine.listen(lambda _: self._changed.set())

    @property
    def log(self) -> list[dict[str, Any]]:
        """What was logged so far."""
        return [json.loads(line) for line in self._log.getvalue().splitlines()]

    async def until(self, look: Look, what: str, seconds: float = PATIENCE) -> Any:
        """What `look` gives, as soon as it gives something: asked after every change in Slack and in the store."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := await look()):
                    self._changed.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), 0.25)
        except TimeoutError:
            raise AssertionError(f"{what} did not come; the channel:\n{self.transcript()}") from None
        return found

    # What people do

    async def type(self, who: str, text: str) -> None:
        """Somebody types a command, and it is acknowledged."""
        delivery = await self.slack.command(who, "deploys", text)
        assert delivery.acked, delivery

    async def press(self, who: str, label: str, *, seen: Message | None = None) -> None:
        """Somebody presses the button whose label begins so on the newest card, or on the copy of it that they still see."""

        async def look() -> tuple[Message, Message] | None:
            card = seen or self.card()
            button = next((one for one in _buttons(card) if one["text"]["text"].startswith(label)), None)
            return (card, button) if button else None

        card, button = await self.until(look, f"the button {label}")
        delivery = await self.slack.press(
            who, card["ts"], button["action_id"], button.get("value"), seen=dict(seen) if seen else None
        )
        assert delivery.acked, delivery

    async def fill_in(self, who: str, form: str, values: Mapping[str, str]) -> None:
        """Somebody fills in the form that opened, and sends it; it closes."""

        async def opened() -> Message | None:
            return next((view for view in self.slack.views(who) if view["callback_id"] == form), None)

        view = await self.until(opened, f"the form {form}")
        delivery = await self.slack.submit(who, view["id"], values)
        assert delivery.acked, delivery
        assert self.slack.form_errors(view["id"]) == {}

    # What people read

    def cards(self) -> list[Message]:
        """The messages of the channel itself, without what was sent there from a thread."""
        return [one for one in self.slack.messages("deploys") if one.get("thread_ts") in (None, one["ts"])]

    def card(self) -> Message:
        """The newest one; empty while there is none."""
        return next(reversed(self.cards()), {})

    def thread(self, card: Message) -> list[str]:
        """The lines below a card, as they are read."""
        return [self.read(one) for one in self.slack.thread("deploys", card["ts"])[1:]]

    def read(self, message: Message) -> str:
        """A message as a person reads it."""
        directory = self.slack.directory
        names = {one.id: one.name for one in directory.people.values()}
        names |= {one.id: one.handle for one in directory.groups.values()}
        return "\n".join(message_lines(message, lambda id_: names.get(id_, id_)))

    def transcript(self) -> str:
        """The whole channel, for a test that failed."""
        private = [f"({who}) {one['text']}" for who in ("alice", "bob") for one in self.slack.ephemerals(who)]
        told = ["\n".join([self.read(card), *self.thread(card)]) for card in self.cards()]
        failed = [f"{call.method}: {call.result}" for call in self.slack.calls if not call.ok]
        troubles = [line for line in self.log if line["level"] != "info"]
        return "\n\n".join([*told, *private, *failed, *map(str, troubles)])

    async def shows(self, text: str) -> Message:
        """The newest card, as soon as it has this text."""

        async def look() -> Message | None:
            return self.card() if text in self.read(self.card()) else None

        found: Message = await self.until(look, f"a card with “{text}”")
        return found

    async def says(self, card: Message, text: str) -> str:
        """The line of a card's thread with this text, as soon as it is there."""

        async def look() -> str | None:
            return next((line for line in self.thread(card) if text in line), None)

        found: str = await self.until(look, f"a line with “{text}”")
        return found

    async def tells(self, who: str, text: str) -> str:
        """What only this person reads, as soon as something has this text."""

        async def look() -> str | None:
            private = map(self.read, reversed(self.slack.ephemerals(who)))
            return next((one for one in private if text in one), None)

        found: str = await self.until(look, f"“{text}” for {who} alone")
        return found

    async def settled(self) -> None:
        """Return when every rollout has ended and everything is told."""

        async def look() -> bool:
            return not await self.store.all_live() and not await self.store.untold()

        await self.until(look, "the end of all telling")

    # What machines read

    async def get(self, path: str) -> tuple[int, str]:
        """The answer of the internal listener."""
        async with aiohttp.ClientSession() as session, session.get(self.internal + path) as answer:
            return answer.status, await answer.text()

    async def history(self) -> list[Rollout]:
        """The rollouts of `place`, an app and its environment, the oldest first."""
        return list(await self.store.history(*self.place, 50))[::-1]


def _buttons(card: Message) -> Iterator[Message]:
    for block in card.get("blocks", ()):
        yield from (one for one in block.get("elements", ()) if one.get("type") == "button")


@contextlib.contextmanager
def logging_to(stream: io.StringIO, secrets: tuple[str, ...]) -> Iterator[None]:
    """Logging as `leadsman run` sets it up, and as it was before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    set_up(secrets, stream=stream)
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()


@contextlib.contextmanager
def answered_in_time(playground: Playground) -> Iterator[None]:
    """Acknowledgements and forms take as long as the machine does; a connection is given up as ever, for some stories are about it."""
    pings, grace = budget(socket, "PING", socket.PING), budget(socket, "GRACE", socket.GRACE)
    with patient(playground.slack), pings, grace:
        yield


@asynccontextmanager
async def opened(
    folder: Path, how: Installation, time: PlaygroundClock, pod_seconds: float = 20.0
) -> AsyncIterator[tuple[Playground, dict[str, str]]]:
    """The playground, served, and the environment of an installation in it."""
    commands = [SlashCommand(one.command, one.description, one.usage_hint) for one in slash_commands(Commands())]
    playground = Playground(time, scopes=scopes(), commands=commands, pod_seconds=pod_seconds, run=how.run)
    addresses = await playground.start()
    environment = await prepare(folder, playground, addresses, how)
    if not how.socket_mode:
        playground.slack.events_url = f"http://{environment['LEADSMAN_LISTEN']}/slack/events"
    try:
        yield playground, environment
    finally:
        await playground.stop()


@asynccontextmanager
async def staged(
    folder: Path, how: Installation, before: Callable[[Playground], None] = lambda _: None
) -> AsyncIterator[Stage]:
    """A started bot in a started playground. `before` may change the world before the bot sees it."""
    log = io.StringIO()
    time = StoryClock(SPEED)
    async with opened(folder, how, time) as (playground, environment):
        settings = Settings.from_environ(environment)
        config = load_config(Path(environment["LEADSMAN_CONFIG"]))
        assert isinstance(settings, Settings), settings
        assert isinstance(config, Config), config
        before(playground)
        with logging_to(log, settings.secrets()), answered_in_time(playground):
            app = App(settings, ConfigWatch(settings.config, config), GuestClock(time))
            await app.start()
            try:
                if how.socket_mode and not playground.slack.faults.refused_handshakes:
                    await asyncio.wait_for(playground.slack.sockets.opened(), PATIENCE)
                yield Stage(playground, app, environment, log)
            finally:
                await app.stop()
