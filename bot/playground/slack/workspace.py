"""The workspace: all its parts put together and served."""

from collections.abc import Callable, Iterable, Mapping

from aiohttp import web

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.answers import Answers
from bot.playground.slack.calls import Call
from bot.playground.slack.changes import Bulletin, Change
from bot.playground.slack.courier import Courier, Delivery, Kind
from bot.playground.slack.directory import Directory, seed
from bot.playground.slack.faults import Faults
from bot.playground.slack.identity import Installed, SlashCommand, Team
from bot.playground.slack.modals import Modals
from bot.playground.slack.page import Page, Welcome
from bot.playground.slack.people import People
from bot.playground.slack.posts import Posts
from bot.playground.slack.rates import Rates
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json
from bot.playground.slack.responses import ResponseUrls
from bot.playground.slack.shared_files import Files
from bot.playground.slack.sockets import Sockets
from bot.playground.slack.triggers import Triggers
from bot.playground.slack.views import Views
from bot.playground.slack.webapi import WebApi


class Workspace:
    """A Slack workspace with one app in it, served over HTTP at one address.

    `/` is the page for people, `/api/METHOD` the Web API, `/link` Socket Mode, `/response/…` the response_urls,
    `/upload` and `/files` the
    files. Set `events_url` to have deliveries signed and posted there; while it is None they go over an open socket.
    """

    def __init__(
        self,
        clock: PlaygroundClock,
        *,
        signing_secret: str,
        bot_token: str,
        app_token: str,
        scopes: Iterable[str],
        events: Iterable[str] = (),
        commands: Iterable[SlashCommand] = (),
        team: Team | None = None,
        app_name: str = "leadsman",
        welcome: Welcome | None = None,
    ) -> None:
        app = Installed(signing_secret, bot_token, app_token, frozenset(scopes), frozenset(events), name=app_name)
        self.records = _records(clock, team or Team(), app)
        self.records.commands = list(commands)
        self.faults = Faults()
        self._sockets = Sockets(self.records, self.faults)
        self._courier = Courier(self.records, self._sockets, self.faults)
        self._answers = Answers(self.records)
        self._api = WebApi(self.records, self.faults)
        self._people = People(self.records, self._courier, self._answers)
        self._modals = Modals(self.records, self._courier)
        self._page = Page(self.records, self._people, self._modals, welcome or Welcome())
        self._runner: web.AppRunner | None = None
        self.command = self._people.command
        self.say = self._people.say
        self.press = self._people.press
        self.suggest = self._people.suggest
        self.event = self._people.event
        self.open_home = self._people.open_home
        self.press_in_view = self._modals.press
        self.submit = self._modals.submit
        self.close = self._modals.close

    @property
    def directory(self) -> Directory:
        """People, channels and groups: add to them, or change them."""
        return self.records.directory

    @property
    def rates(self) -> Rates:
        """The rate limits; `rates.enforced = False` turns them off."""
        return self.records.rates

    @property
    def commands(self) -> list[SlashCommand]:
        """The registered commands. While there are none, every command is delivered."""
        return self.records.commands

    @commands.setter
    def commands(self, commands: Iterable[SlashCommand]) -> None:
        self.records.commands = list(commands)

    @property
    def calls(self) -> list[Call]:
        """Every call to the Web API so far."""
        return self.records.calls

    @property
    def events_url(self) -> str | None:
        """Where signed requests go; None for Socket Mode."""
        return self._courier.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self._courier.events_url = url

    @property
    def courier(self) -> Courier:
        """Who delivers; its `budget` is the app's time to acknowledge."""
        return self._courier

    @property
    def sockets(self) -> Sockets:
        """The open sockets: `drop` and `ask_to_leave` cause trouble."""
        return self._sockets

    async def deliver(self, kind: Kind, payload: Json, retry: int = 0) -> Delivery:
        """Bring any payload to the app, an earlier delivery's for example, signed and timed as all others."""
        return await self._courier.deliver(kind, payload, retry)

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of every new or changed message, view and file; the returned function ends it."""
        return self.records.bulletin.subscribe(callback)

    def messages(self, channel: str) -> list[Json]:
        """What all see in a channel, oldest first, threads folded."""
        where = self.directory.channel(channel)
        return [self.records.posts.told(post) for post in self.records.posts.top(where.id)]

    def thread(self, channel: str, ts: str) -> list[Json]:
        """A parent and its replies, oldest first."""
        where = self.directory.channel(channel)
        return [self.records.posts.told(post) for post in self.records.posts.thread(where.id, ts)]

    def ephemerals(self, user: str) -> list[Json]:
        """What only this person sees, oldest first."""
        return [post.told() for post in self.records.posts.ephemerals(self.directory.person(user).id)]

    def views(self, user: str) -> list[Json]:
        """The person's open modals, the visible one last."""
        return self.records.views.stack(self.directory.person(user).id)

    def home(self, user: str) -> Json | None:
        """The person's Home tab, if the app published one."""
        return self.records.views.home(self.directory.person(user).id)

    def form_errors(self, view_id: str) -> Mapping[str, str]:
        """What stands in red in a modal, by block id."""
        return self._modals.errors.get(view_id, {})

    def app(self) -> web.Application:
        """The routes, for a server of one's own."""
        app = web.Application(client_max_size=20 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_get("/link/", self._sockets.handle)
        app.router.add_get("/link", self._sockets.handle)
        app.router.add_post("/response/{kind}/{token}", self._answers.handle)
        app.router.add_post("/upload/{ticket}", self._upload)
        app.router.add_get("/files/{id}/{name}", self._file)
        self._page.route(app)
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve; the address comes back, without a slash at its end. The Web API lies at `address + "/api/"`."""
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.records.serve_at(f"http://{host}:{self._runner.addresses[0][1]}")
        return self.records.base

    async def stop(self) -> None:
        """Close everything; what hung is let go."""
        self.faults.clear()
        self._page.stop()
        await self._sockets.close()
        await self._courier.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.records.files.by_ticket(request.match_info["ticket"])
        body = await request.read()
        if file is None or file.content is not None or len(body) != file.length:
            return web.Response(status=400, text="the upload does not match what was announced")
        file.content = body
        return web.Response(text=f"OK - {len(body)}")

    async def _file(self, request: web.Request) -> web.Response:
        file = self.records.files.find(request.match_info["id"])
        if file is None or file.content is None:
            return web.Response(status=404, text="no such file")
        return web.Response(body=file.content, content_type=file.mimetype)


def _records(clock: PlaygroundClock, team: Team, app: Installed) -> Records:
    bulletin = Bulletin()
    directory = Directory(team, app)
    seed(directory)
    return Records(
        clock=clock,
        team=team,
        app=app,
        bulletin=bulletin,
        directory=directory,
        posts=Posts(clock, bulletin),
        files=Files(clock, bulletin),
        views=Views(clock, bulletin, team, app),
        triggers=Triggers(clock),
        responses=ResponseUrls(clock),
        rates=Rates(clock),
    )
