"""Rollouts that somebody else began: kubectl, Argo CD or CI changed a Rollout that the configuration names.

Each gets a rollout of ours with its card, its gates and its audit, once for each time that the template begins to move.
The watches tell of it; nothing is polled. What was told is remembered by the store alone: the candidate's pod hash
stands in the newest rollout of the place.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.clock import Clock
from bot.config.config import ARGO, Config, Environment
from bot.engine import Engine
from bot.errors import LeadsmanError
from bot.observe import Observer
from bot.store.errors import Occupied
from bot.store.records import Saved
from bot.store.store import Store
from bot.tells import tells
from strategies.argo.authors import OURS
from strategies.argo.driver import Argo, Start
from strategies.argo.seen import ArgoSeen
from strategies.events import Happening, What
from strategies.model import Actor, Outcome, Revision, Rollout, Stage, Walk, WorkloadKind
from strategies.native.containers import image_version
from strategies.sighting import Sighting

UNKNOWN = "unknown"

RETRY = 30.0
"""Real seconds until a Rollout that could not be looked at is looked at again."""

_UNTOUCHED = (Outcome.REFUSED, Outcome.CANCELLED)
"""Ends that leave the Rollout as it was: it moves on, and is no news a second time."""

log = structlog.get_logger("elsewhere")


class Elsewhere:
    """Notices what is begun elsewhere: `look_after` the places at the start and after each change of the configuration."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        observer: Observer,
        config: Callable[[], Config],
        clock: Clock,
        ids: Callable[[], str],
    ) -> None:
        """`config` gives the configuration in force, `ids` a new rollout id each time."""
        self._engine = engine
        self._store = store
        self._observer = observer
        self._config = config
        self._clock = clock
        self._ids = ids
        self._places: dict[str, Environment] = {}
        self._dirty: set[str] = set()
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._failed: dict[str, str] = {}
        observer.subscribe(self._stirred)
        engine.listen(self._ended)

    def look_after(self) -> None:
        """Follow every Rollout that the configuration names now, look at each new one, forget those it does not name any more."""
        places = {
            _key(place): place for place in self._config().environments() if place.target.kind is WorkloadKind.ROLLOUT
        }
        for key in [key for key, place in self._places.items() if places.get(key) != place]:
            self._observer.unfollow(key)
            del self._places[key]
        for key in places.keys() - self._places.keys():
            self._places[key] = places[key]
            self._wake(key)

    async def idle(self) -> None:
        """Wait until nothing is being looked at."""
        while running := [*self._looking.values()]:
            await asyncio.gather(*running, return_exceptions=True)

    async def stop(self) -> None:
        """Look at nothing any more."""
        self._stopping = True
        tasks = [*self._looking.values(), *self._later]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, saved: Saved) -> None:
        """The end of one may show what was begun beside it."""
        if saved.rollout.is_final:
            self._stirred(_named(saved.rollout.app, saved.rollout.environment))

    def _stirred(self, key: str) -> None:
        if key in self._places:
            self._wake(key)

    def _wake(self, key: str) -> None:
        if self._stopping:
            return
        self._dirty.add(key)
        if key not in self._looking:
            self._looking[key] = asyncio.create_task(self._look(key), name=f"looking at {key}")

    async def _look(self, key: str) -> None:
        try:
            while key in self._dirty:
                self._dirty.discard(key)
                if key in self._places:
                    await self._looked(key, self._places[key])
                    self._failed.pop(key, None)
        except LeadsmanError as error:
            if self._failed.get(key) != str(error):
                log.warning("looked at again later", place=key, error=str(error))
            self._failed[key] = str(error)
            self._again(key)
        except Exception:
            log.exception("a look for what is begun elsewhere failed", place=key)
            self._again(key)
        finally:
            self._looking.pop(key, None)

    def _again(self, key: str) -> None:
        async def waking() -> None:
            await self._clock.real_sleep(RETRY)
            self._wake(key)

        task = asyncio.create_task(waking())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _looked(self, key: str, place: Environment) -> None:
        """One look, and a rollout of ours where it is news. What seems so in the cache is looked at afresh first."""
        await self._observer.follow(key, place.target)
        if not is_free(self._observer.glimpse(place.target)):
            return
        if await self._store.live(place.app, place.name) is not None:
            return
        seen = await self._observer.observe(place.target, fresh=True)
        if isinstance(seen, ArgoSeen) and is_free(seen) and not await self._is_known(place, seen):
            await self._taken_up(place, seen)

    async def _is_known(self, place: Environment, seen: ArgoSeen) -> bool:
        """Whether the newest rollout there was about this very template, and nothing has moved since."""
        newest = await self._store.history(place.app, place.name, 1)
        if not newest or not isinstance(newest[0].walks[0].driver, Argo):
            return False
        last, argo = newest[0], newest[0].walks[0].argo
        hashes = {argo.pod_hash, argo.found_hash if argo.start is Start.ELSEWHERE else ""}
        untouched = last.outcome in _UNTOUCHED and seen.current_hash in hashes
        return untouched or last.ended is None or last.ended >= seen.at

    async def _taken_up(self, place: Environment, seen: ArgoSeen) -> None:
        rollout = elsewhere(self._config(), place, seen, self._ids())
        facts = {"version": rollout.candidate.version, "strategy": rollout.strategy, "reason": rollout.reason}
        happenings = (Happening(What.REQUESTED, rollout.created, rollout.by, facts),)
        now = rollout.created
        try:
            saved = await self._store.create(rollout, happenings, tells(rollout.id, happenings), at=now, due_at=now)
        except Occupied:
            return
        self._engine.wake(rollout.id)
        self._engine.saved(saved)


def is_free(seen: Sighting) -> bool:
    """Whether the controller is under way from a stable version to another, and nobody's claim is on it.

    A first deployment is no rollout: nothing was there before. One that is claimed has its card, with us or with another
    installation, or is taken up under its own id (`bot.adoption`).
    """
    if not isinstance(seen, ArgoSeen) or (seen.claim is not None and seen.claim.rollout):
        return False
    moves = seen.stable_hash not in ("", seen.current_hash) and bool(seen.current_hash)
    return seen.exists and seen.observed and moves and not seen.aborted


def elsewhere(config: Config, place: Environment, seen: ArgoSeen, rollout_id: str) -> Rollout:
    """The rollout of ours for what is seen under way: by whom, as far as the cluster tells.

    Where we changed the spec last ourselves, whoever set it going again since (a retry) left no trace.
    """
    client = UNKNOWN if seen.manager in ("", OURS) else seen.manager
    argo = replace(
        config.argo(place.app, place.name, Start.ELSEWHERE), found_hash=seen.current_hash, base_hash=seen.stable_hash
    )
    image, base = seen.image or "", seen.stable_image or ""
    return Rollout(
        id=rollout_id,
        instance=config.instance,
        app=place.app,
        environment=place.name,
        candidate=Revision(image_version(image), image),
        by=Actor(id=client, name=client, surface=client),
        created=seen.at,
        strategy=ARGO,
        walks=(Walk(place.cluster, place.target, argo, Revision(image_version(base), base), seen.desired),),
        stage=Stage.PREFLIGHT,
        policy=config.policy(place.app, place.name),
    )


def _key(place: Environment) -> str:
    return _named(place.app, place.name)


def _named(app: str, environment: str) -> str:
    """The key that a place is followed under. Without a slash: those with one belong to rollouts."""
    return f"{app}@{environment}"
