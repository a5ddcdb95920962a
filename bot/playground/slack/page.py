"""The page's own endpoints: what a person sees, live, and what they do."""

from dataclasses import dataclass

from aiohttp import web

from bot.playground.slack.modals import Modals
from bot.playground.slack.people import People
from bot.playground.slack.records import Records


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the page says before anything happened: its title, a sentence, and what to type first."""

    title: str = "Playground"
    hint: str = "Type this and press Enter:"
    suggestion: str = "/deploy checkout v1.4.2 prod"


class Page:
    """Serves the page."""

    def __init__(self, records: Records, people: People, modals: Modals, welcome: Welcome) -> None:
        self._records, self._people, self._modals, self._welcome = records, people, modals, welcome

    def route(self, app: web.Application) -> None:
        """Add the page's routes."""

    def stop(self) -> None:
        """End the live streams."""
