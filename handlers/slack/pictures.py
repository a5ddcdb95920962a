"""Charts on their way to Slack: made beside everything else, since a chart never delays a decision or a card."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.charts import ChartData, ChartRenderer, alt_text, render_svg
from bot.clock import Clock
from bot.errors import LeadsmanError
from bot.evidence import Evidence
from handlers.slack.budget import Budget
from handlers.slack.messenger import Messenger
from handlers.slack.views.card import Picture
from strategies.judge.verdict import Verdict
from strategies.model import Activity, Rollout

log = structlog.get_logger("slack")

MOST = 1_000
"""Pictures kept; the oldest go first."""

_AT_ONCE = 2
_TITLE = 120


@dataclass(frozen=True, slots=True)
class Key:
    """What a picture shows: an analysis, which of its runs, and how that stood."""

    activity: str
    sequence: int
    verdict: Verdict


class Pictures:
    """Makes each picture once, in the background, and says when it is there."""

    def __init__(
        self, evidence: Evidence, renderer: ChartRenderer, messenger: Messenger, budget: Budget, clock: Clock
    ) -> None:
        self._evidence = evidence
        self._renderer = renderer
        self._messenger = messenger
        self._budget = budget
        self._clock = clock
        self._made: dict[Key, Picture | None] = {}
        self._latest: dict[tuple[str, int], Picture] = {}
        self._making: dict[Key, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def of(self, activity: Activity) -> Picture | None:
        """The picture of an analysis: as it stands if that is made, else the one before, so that cards do not flicker."""
        return self._made.get(_key(activity)) or self._latest.get((activity.id, activity.sequence))

    def is_made(self, activity: Activity) -> bool:
        """Whether the picture of an analysis as it stands was made, or cannot be."""
        return _key(activity) in self._made

    def want(self, rollout: Rollout, activity: Activity, ready: Callable[[Picture], None]) -> None:
        """Make it, and call `ready` when it is there; never, where its numbers cannot be had."""
        key = _key(activity)
        if key in self._made:
            picture = self._made[key]
            if picture is not None:
                ready(picture)
            return
        if key not in self._making:
            self._making[key] = asyncio.create_task(self._make(key, rollout, activity), name=f"chart {activity.id}")
        self._making[key].add_done_callback(lambda _: self._call(key, ready))

    @property
    def making(self) -> tuple[asyncio.Task[None], ...]:
        """What is being made."""
        return tuple(self._making.values())

    async def stop(self) -> None:
        """Give up what is being made."""
        tasks = self.making
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _call(self, key: Key, ready: Callable[[Picture], None]) -> None:
        picture = self._made.get(key)
        if picture is not None:
            ready(picture)

    async def _make(self, key: Key, rollout: Rollout, activity: Activity) -> None:
        try:
            async with self._turn:
                data = await self._evidence.chart(rollout, activity, self._clock.now())
                picture = await self._uploaded(data, rollout, activity) if data is not None else None
                self._keep(key, picture)
        except LeadsmanError as error:
            log.info("no chart", rollout=rollout.id, error=str(error))
            self._keep(key, None)
        finally:
            self._making.pop(key, None)

    def _keep(self, key: Key, picture: Picture | None) -> None:
        self._made[key] = picture
        if picture is not None:
            self._latest[key.activity, key.sequence] = picture
        while len(self._made) > MOST:
            del self._made[next(iter(self._made))]
        while len(self._latest) > MOST:
            del self._latest[next(iter(self._latest))]

    async def _uploaded(self, data: ChartData, rollout: Rollout, activity: Activity) -> Picture:
        png = await self._renderer.png(render_svg(data))
        while (wait := self._budget.file_wait()) > 0:
            await self._clock.real_sleep(wait)
        alt = alt_text(data)
        name = f"{rollout.app}-{rollout.environment}-{data.metric}.png"
        over = self._budget.filing()
        try:
            file = await self._messenger.upload(name, png, data.title[:_TITLE], alt)
        finally:
            over()
        return Picture(file, alt, await self._evidence.before(rollout, activity, self._clock.now()))


def _key(activity: Activity) -> Key:
    return Key(activity.id, activity.sequence, activity.run.phase)
