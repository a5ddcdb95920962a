"""The engine: load, look, decide, save, act, and look again, for every rollout that something concerns.

Level-triggered and crash-only. What was decided, its audit entries and what people are to be told are saved in one transaction before
anything is done; every write is guarded by what it was decided on, so that doing it twice, late or never is seen at the next look and
nothing worse. Woken, not polling: a watch event, a press, a measurement or a due time wakes exactly the rollout it concerns; the tick
only finds what is due. One worker for each rollout, held by a lease in the database, so several processes can share the work.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.clock import Clock
from bot.errors import LeadsmanError, PermanentError, TemporaryError, Unsupported
from bot.forward import is_forward
from bot.leases import LEASE, Leases, Taken
from bot.lookout import Lookout
from bot.measuring import Measuring
from bot.metrics import Metrics
from bot.ports import Gatekeeper, Hands, Meter, Sight
from bot.starting import Request
from bot.store.errors import Occupied, Stale
from bot.store.records import AuditEntry, Saved, Tell, TellKind
from bot.store.store import Store
from bot.tells import tells
from bot.writing import Writing
from strategies.argo.seen import ArgoSeen
from strategies.decision import Decision
from strategies.due import due
from strategies.effects import Write, effects, measures
from strategies.events import (
    Begin,
    Blocked,
    Command,
    Event,
    Found,
    Happening,
    Preflighted,
    Undone,
)
from strategies.judge.template import Template
from strategies.machine import decide
from strategies.model import Outcome, Rollout, Seen, Stage, Target
from strategies.sighting import Sighting

RETRY = 5.0
"""Real seconds until a failed look or write is tried again, unless the error says otherwise."""

SELDOM = 60.0
"""Real seconds until a cluster that does not know what we ask for is asked again: somebody has to install it first."""

CHANGED = 0.2
"""Real seconds until a write that found the world changed is decided anew: our picture of it has to catch up first. Twice as long each
time that it is found changed again, up to `RETRY`."""

PATIENCE = 3.0
"""Real seconds that a stop waits for what is under way: a pod that is told to go has 30 in all, and there is more to close."""

ROUNDS = 200
"""How often one wake may look, decide and act before it gives the others a turn."""

BATCH = 200
"""How many due rollouts one tick claims."""

log = structlog.get_logger("engine")


class Engine:
    """Moves rollouts. `start` it, `wake` it, `act` on its rollouts, `stop` it."""

    def __init__(
        self,
        store: Store,
        sight: Sight,
        hands: Hands,
        meter: Meter,
        gatekeeper: Gatekeeper,
        clock: Clock,
        *,
        owner: str,
        observes: Callable[[], bool] = lambda: False,
        metrics: Metrics | None = None,
    ) -> None:
        """`owner` names this process in leases. `observes` says whether nothing may be patched (`mode: observe`)."""
        self._metrics = metrics or Metrics()
        self._store = store
        self._sight = sight
        self._gatekeeper = gatekeeper
        self._clock = clock
        self._owner = owner
        self._observes = observes
        self._ticked = clock.monotonic()
        self._stopping = False
        self._dirty: set[str] = set()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[Saved], None]] = []
        self._lookout = Lookout(sight, clock, observes)
        self._leases = Leases(store, clock, owner)
        self._measuring = Measuring(meter, clock, self.wake)
        self._writing = Writing(store, hands, clock, self._metrics)
        self._loaded: dict[str, Saved] = {}
        sight.subscribe(self._stirred)

    @property
    def last_tick(self) -> float:
        """When the tick ran last, in monotonic seconds: `/healthz` looks at it."""
        return self._ticked

    def listen(self, listener: Callable[[Saved], None]) -> None:
        """Call `listener` after every save, and for each rollout taken up at the start: the announcer sends what the outbox holds."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Take up every rollout that lives, as the database has it."""
        self._lookout.wake()
        self._loaded = {saved.rollout.id: saved for saved in await self._store.all_live()}
        for saved in tuple(self._loaded.values()):
            self.saved(saved)
            self.wake(saved.rollout.id)

    async def idle(self) -> None:
        """Wait until no rollout is being worked on."""
        while running := [*self._workers.values()]:
            await asyncio.gather(*running, return_exceptions=True)

    async def stop(self) -> None:
        """Begin nothing new, finish the writes under way, and give the leases back.

        A cluster that does not answer is not waited for: what was under way then is looked at by whoever comes next.
        """
        self._stopping = True
        for task in [*self._tasks]:
            task.cancel()
        if running := [*self._workers.values()]:
            _, late = await asyncio.wait(running, timeout=PATIENCE)
            for worker in late:
                worker.cancel()
        await self.idle()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._leases.give_all_back()

    async def tick(self) -> None:
        """Find what is due. Runs about once a second; after a gap, or a jump of the wall clock, we count as newly awake."""
        now, real = self._clock.now(), self._clock.monotonic()
        slept = real - self._ticked > LEASE.total_seconds()
        self._ticked = real
        self._lookout.clear = not self._clock.jumped()
        if slept:
            self._lookout.wake()
        for rollout_id in await self._store.claim_due(now, self._owner, LEASE, BATCH):
            self._leases.note(rollout_id)
            self.wake(rollout_id)

    async def look(self, target: Target) -> Sighting:
        """What a target looks like now, straight from the API server. Raises `LeadsmanError` when it cannot be seen."""
        return await self._sight.observe(target, fresh=True)

    def _stirred(self, key: str) -> None:
        """An event concerns somebody's target: one of ours, if the key has our form."""
        rollout_id, ours, _ = key.partition("/")
        if ours:
            self.wake(rollout_id)

    def wake(self, rollout_id: str) -> None:
        """Look at this rollout now."""
        if self._stopping:
            return
        self._dirty.add(rollout_id)
        if rollout_id not in self._workers:
            self._workers[rollout_id] = asyncio.create_task(self._work(rollout_id), name=f"rollout {rollout_id}")

    async def act(
        self, rollout_id: str, made: Callable[[datetime], Command], *, delivery: int | None = None
    ) -> Decision:
        """Let a person's command decide. A refused one is audited and changes nothing. Raises `LeadsmanError` if it cannot be saved.

        It is due at once: where this process dies before it acts, another one does.
        """
        while True:
            saved = await self._store.load(rollout_id)
            if saved is None:
                raise PermanentError("That rollout is not known here. Nothing changed.")
            event = made(self._clock.now())
            decision = decide(saved.rollout, event)
            if decision.refusal is not None:
                await self._refused(saved.rollout, event, decision.refusal.sentence, delivery)
                return decision
            try:
                await self._save(saved, decision.rollout, decision.happenings, None, event.at, delivery=delivery)
            except Stale:
                continue
            self.wake(rollout_id)
            return decision

    async def _refused(self, rollout: Rollout, event: Command, why: str, delivery: int | None) -> None:
        facts = {"command": type(event).__name__, "why": why}
        entry = AuditEntry("refused", event.at, event.by.actor, facts)
        await self._store.audit([entry], rollout_id=rollout.id, at=event.at, delivery=delivery)

    # One rollout's worker

    async def _work(self, rollout_id: str) -> None:
        """Look, decide and act until nothing concerns this rollout any more."""
        try:
            rounds = 0
            while rollout_id in self._dirty and rounds < ROUNDS and not self._stopping:
                self._dirty.discard(rollout_id)
                rounds += 1
                await self._step_or_again(rollout_id)
                await self._leases.renew(rollout_id)
        except Taken:
            self._dirty.discard(rollout_id)
            self._later(rollout_id, RETRY)
        except LeadsmanError as error:
            self._again(rollout_id, error)
        except Exception:
            log.exception("a rollout's worker failed", rollout=rollout_id)
            self._later(rollout_id, RETRY)
        finally:
            await self._leases.give_back(rollout_id)
            self._workers.pop(rollout_id, None)
            if rollout_id in self._dirty:
                self.wake(rollout_id)

    async def _step_or_again(self, rollout_id: str) -> None:
        """One step; where somebody saved in between, the rollout is loaded and decided anew."""
        try:
            await self._step(rollout_id)
        except Stale:
            self._dirty.add(rollout_id)

    def _again(self, rollout_id: str, error: LeadsmanError) -> None:
        """What failed is tried again: nothing is lost, the next look begins anew."""
        delay = SELDOM if isinstance(error, Unsupported) else RETRY
        if isinstance(error, TemporaryError) and error.delay is not None:
            delay = error.delay
        log.warning("tried again later", rollout=rollout_id, error=str(error), delay=delay)
        self._later(rollout_id, delay)

    def _later(self, rollout_id: str, seconds: float) -> None:
        async def waking() -> None:
            await self._clock.real_sleep(seconds)
            self.wake(rollout_id)

        self._spawn(waking())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Background work, tracked so that it can be drained."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _step(self, rollout_id: str) -> None:
        await self._writing.settle(rollout_id)
        saved = self._loaded.pop(rollout_id, None) or await self._store.load(rollout_id)
        if saved is None or saved.rollout.is_final:
            self._forget(rollout_id, saved)
            return
        match saved.rollout.stage:
            case Stage.QUEUED:
                await self._begin(saved)
            case Stage.PREFLIGHT:
                await self._preflight(saved)
            case _:
                await self._move(saved)

    def _forget(self, rollout_id: str, saved: Saved | None) -> None:
        for walk in saved.rollout.walks if saved else ():
            self._lookout.forget(rollout_id, walk)
        self._measuring.results(rollout_id)
        self._writing.forget(rollout_id)

    async def _begin(self, saved: Saved) -> None:
        """A queued rollout whose place is free starts; the oldest first."""
        rollout = saved.rollout
        waiting = await self._store.queued(rollout.app, rollout.environment)
        if await self._store.live(rollout.app, rollout.environment) or not waiting or waiting[0].id != rollout.id:
            return
        try:
            await self._decided(saved, Begin(self._clock.now()))
        except Occupied:
            return
        self._dirty.add(rollout.id)

    async def _preflight(self, saved: Saved) -> None:
        rollout = saved.rollout
        problems: list[str] = []
        notes: list[str] = []
        templates: list[Template] = []
        found: list[Found] = []
        for walk in rollout.walks:
            checked = await self._gatekeeper.check(Request.of(rollout, walk))
            problems += [str(problem) for problem in checked.problems]
            notes += checked.notes
            templates += checked.templates
            if checked.base is not None and checked.seen is not None:
                found.append(Found(walk.id, checked.base, checked.replicas, checked.seen))
        event = Preflighted(
            self._clock.now(), tuple(problems), tuple(found), tuple(dict.fromkeys(notes)), tuple(templates)
        )
        await self._decided(saved, event)
        self._dirty.add(rollout.id)

    async def _move(self, saved: Saved) -> None:
        """One look at each target of a moving rollout, and what follows from it."""
        for event in self._measuring.results(saved.rollout.id):
            saved = await self._decided(saved, event)
        for walk_id in [walk.id for walk in saved.rollout.walks]:
            if not saved.rollout.is_final:
                saved = await self._look(saved, walk_id)
        if saved.rollout.is_final:
            await self._after(saved)
            return
        for measure in measures(saved.rollout, self._clock.now()):
            if work := self._measuring.begin(saved.rollout, measure):
                self._spawn(work)

    async def _look(self, saved: Saved, walk_id: str) -> Saved:
        rollout_id, walk = saved.rollout.id, saved.rollout.walk(walk_id)
        try:
            look = await self._lookout.look(rollout_id, walk)
        except Unsupported as error:
            await self._decided(saved, Blocked(self._clock.now(), walk_id, str(error)))
            raise
        saved = await self._decided(saved, look, {walk_id: look.seen})
        wanted = self._wanted(saved, walk_id, look.seen)
        if any(is_forward(saved.rollout, one) or self._writing.applied.knows(rollout_id, one) for one in wanted):
            look = await self._lookout.look(rollout_id, walk, fresh=True)
            saved = await self._decided(saved, look, {walk_id: look.seen})
            wanted = self._wanted(saved, walk_id, look.seen)
        if isinstance(look.seen, ArgoSeen):
            self._writing.applied.obeyed(rollout_id, walk_id, wanted)
        elif saved.rollout.walk(walk_id).converged:
            self._writing.applied.settled(rollout_id, walk_id)
        return await self._perform(saved, walk_id, wanted)

    def _wanted(self, saved: Saved, walk_id: str, seen: Sighting) -> tuple[Write, ...]:
        if self._observes():
            return ()
        return effects(saved.rollout, saved.rollout.walk(walk_id), seen, self._clock.now())

    async def _decided(self, saved: Saved, event: Event, seen: dict[str, Sighting] | None = None) -> Saved:
        """Decide, and save what changed. A look that changes nothing writes no row."""
        decision = decide(saved.rollout, event)
        news = seen is not None and any(not _same(saved.seen.get(key), one) for key, one in seen.items())
        due_at = due(decision.rollout, event.at, self._lookout.awake)
        if decision.rollout == saved.rollout and not decision.happenings and not news and due_at == saved.due_at:
            return saved
        await self._leases.take(saved.rollout.id)
        return await self._save(saved, decision.rollout, decision.happenings, seen, due_at)

    async def _save(
        self,
        saved: Saved,
        rollout: Rollout,
        happenings: tuple[Happening, ...],
        seen: dict[str, Sighting] | None,
        due_at: datetime | None,
        *,
        delivery: int | None = None,
    ) -> Saved:
        """Save what was decided. What was due next at that moment may have passed since: it is due all the same."""
        now = self._clock.now()
        result = await self._store.save(
            saved,
            rollout,
            happenings=happenings,
            tells=(*tells(rollout.id, happenings), *await self._outlived(saved.rollout, rollout)),
            due_at=due_at,
            seen={**saved.seen, **seen} if seen else None,
            at=now,
            delivery=delivery,
        )
        self._metrics.count(result.rollout, happenings)
        self.saved(result)
        return result

    async def _outlived(self, before: Rollout, after: Rollout) -> tuple[Tell, ...]:
        """What was live until this version is says so on its card no more."""
        if before.is_final or after.outcome is not Outcome.HEALTHY:
            return ()
        live = await self._store.last_healthy(after.app, after.environment)
        return tuple(Tell(TellKind.CARD, one.id) for one in live)

    def saved(self, saved: Saved) -> None:
        """Tell the listeners that the outbox may have something new."""
        for listener in self._listeners:
            listener(saved)

    async def _perform(self, saved: Saved, walk_id: str, wanted: tuple[Write, ...]) -> Saved:
        """Do the writes in order. One that fails, or finds the world changed, stops the rest: the next look decides anew."""
        rollout = saved.rollout
        target = rollout.walk(walk_id).target
        if wanted and await self._leases.take(rollout.id):
            raise Stale("Another process may have worked on it until now. Look again, then decide again.")
        for effect in wanted:
            if rest := self._writing.applied.rest(rollout.id, effect, self._clock.monotonic()):
                self._later(rollout.id, rest)
                return saved
            looked = saved.seen[walk_id]
            if isinstance(looked, Seen) and self._writing.applied.was_undone(rollout.id, effect):
                self._dirty.add(rollout.id)
                return await self._decided(saved, Undone(self._clock.now(), walk_id, looked))
            try:
                outcome = await self._writing.write(rollout, effect, target)
            except LeadsmanError as error:
                self._again(rollout.id, error)
                blocked = Blocked(self._clock.now(), walk_id, str(error))
                return await self._decided(saved, blocked) if isinstance(error, PermanentError) else saved
            if not outcome.applied:
                self._later(rollout.id, min(RETRY, CHANGED * 2.0 ** min(self._writing.voids(rollout.id) - 1, 10)))
                return saved
            self._dirty.add(rollout.id)
        return saved

    async def _after(self, saved: Saved) -> None:
        """An end makes room: whoever waits for the place is woken."""
        self._forget(saved.rollout.id, saved)
        for waiting in await self._store.queued(saved.rollout.app, saved.rollout.environment):
            self.wake(waiting.id)


def _same(before: Sighting | None, now: Sighting) -> bool:
    """Whether two looks show the same, whenever they were taken."""
    return before is not None and replace(before, at=now.at, manager=now.manager) == now
