"""Everything that comes in from Slack, put together: one object to start, to ask and to stop."""

from collections.abc import Callable, Sequence

import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Access
from bot.clock import Clock
from bot.config.config import Config
from bot.config.settings import Settings
from bot.errors import LeadsmanError, NotConfigured
from handlers.core import Core
from handlers.slack.acting import Acting
from handlers.slack.actions import Actions
from handlers.slack.announcer import Announcer
from handlers.slack.answers import Answers
from handlers.slack.background import Background
from handlers.slack.bolt import bolt_app
from handlers.slack.clerk import SlackClerk
from handlers.slack.client import anonymous_client
from handlers.slack.commands import Commands
from handlers.slack.directory import SlackDirectory
from handlers.slack.drafts import Drafts
from handlers.slack.guard import LARGEST, Guard
from handlers.slack.intake import Intake
from handlers.slack.manifest import EVENTS_PATH
from handlers.slack.modals import Modals
from handlers.slack.opening import Opening
from handlers.slack.reports import Reports
from handlers.slack.socket import SocketMode

_DRAIN = 6.0
"""Real seconds that answers under way have at the end."""

log = structlog.get_logger("slack")


class SlackFront:
    """Listens for Slack, over HTTP or a socket as the settings say, and does what people ask for there."""

    def __init__(
        self,
        settings: Settings,
        config: Callable[[], Config],
        core: Core,
        client: AsyncWebClient,
        access: Access,
        clock: Clock,
        announcer: Announcer,
    ) -> None:
        """`client` is the one of `slack_client`. Raises NotConfigured, saying which setting is missing."""
        problems = settings.slack_problems()
        if problems or client.session is None:
            raise NotConfigured(" ".join(map(str, problems)) or "Slack's client has no session.")
        self._settings = settings
        self._clock = clock
        self._directory = SlackDirectory(client)
        self._background = Background()
        self._anonymous = anonymous_client(settings, client.session)
        self._unwelcome = "Slack has not answered yet"
        self._runner: web.AppRunner | None = None
        answers, drafts = Answers(client, client.session), Drafts(config, self._directory, clock)
        reports = Reports(core, config, access, announcer, drafts, clock)
        clerk = SlackClerk(
            core.store, Acting(core, config, access, clock), reports, answers, announcer, self._background, clock
        )
        self._intake = Intake(core.store, clock, clerk, clerk.lane)
        opening = Opening(core.store, core.observer, access, answers, announcer, drafts, clock, config)
        commands = Commands(config, core.store, self._intake, opening, self._background)
        actions = Actions(self._intake, opening, answers, self._background)
        modals = Modals(config, core.store, self._intake, clerk)
        self._app = bolt_app(self._anonymous, commands, actions, modals)
        token = settings.app_token
        self._socket = SocketMode(self._app, token.get_secret_value(), self._anonymous, clock) if token else None

    @property
    def address(self) -> str:
        """Where Slack's requests are taken, once started; empty in Socket Mode."""
        if self._runner is None:
            return ""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}{EVENTS_PATH}"

    async def start(self) -> None:
        """Take up what an earlier process stored and did not do, and begin to listen. Raises NotConfigured for a port that is taken."""
        self._intake.start()
        self._background.spawn(self._greet(), "asking Slack who we are")
        if self._socket is not None:
            self._socket.start()
        else:
            await self._listen()

    async def stop(self) -> None:
        """Take nothing more, then finish what was taken and answer it."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._socket is not None:
            await self._socket.stop()
        await self._intake.stop()
        await self._background.drain(_DRAIN)

    def missing(self) -> Sequence[str]:
        """What keeps Slack's events from flowing, in words; nothing when all is well."""
        away = [] if self._socket is None or self._socket.is_up else ["the connection to Slack"]
        return [*([self._unwelcome] if self._unwelcome else []), *away]

    async def _listen(self) -> None:
        secret = self._settings.signing_secret
        guard = Guard(secret.get_secret_value() if secret else "", self._app.async_dispatch, self._clock)
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post(EVENTS_PATH, guard.handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=5.0)
        await self._runner.setup()
        listen = self._settings.listen
        try:
            await web.TCPSite(self._runner, listen.host, listen.port).start()
        except OSError as error:
            raise NotConfigured(
                f"Leadsman cannot listen on {listen} ({error.strerror}). Stop what listens there, or set LEADSMAN_LISTEN."
            ) from None

    async def _greet(self) -> None:
        """Ask Slack who we are until it answers, so that a wrong token is seen at once and not at the first command."""
        while True:
            try:
                home = await self._directory.home()
            except LeadsmanError as error:
                if str(error) != self._unwelcome:
                    log.warning("Slack does not know us yet", error=str(error))
                self._unwelcome = str(error)
                if await self._background.pause(15.0):
                    return
            else:
                self._unwelcome = ""
                log.info("Slack knows us", workspace=home.team)
                return
