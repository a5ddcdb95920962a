"""Walking through every state that a small world can reach, breadth first.

A state is what is saved (the rollout), what exists (the world), the writes under way, one write that got lost on its way and may still
arrive at any later moment, and what people and bad luck may still do. Times are abstracted: what has been so for long enough is older
than any delay, all else is now. Fences are renumbered in their order, since only that order matters. Each part is kept once and known by
a number, so that a state is five small integers and every decision is taken once.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide, Write, effects
from strategies.events import Command, Observed
from strategies.machine import decide
from strategies.model import Claim, Rollout, Seen, Side
from strategies.traffic import SETTLE
from tests.strategies.world import T0, VoidError, World, look, lost, perform, readied, rolled, synced

T = TypeVar("T", bound=Hashable)
LONG = timedelta(days=2)
Act = Callable[[Rollout, datetime], Command | None]


class Luck(NamedTuple):
    """What may still happen from outside: acts of people, pods lost, writes of others."""

    acts: int = 0
    losses: int = 0
    strangers: int = 0


class State(NamedTuple):
    """Numbers of a rollout, a world, the writes under way and the late one (0: none), and the luck left."""

    rollout: int
    world: int
    pending: int
    late: int
    luck: int


@dataclass(frozen=True, slots=True)
class Look:
    """One decision on a look: from what, to what, and what is to be written."""

    before: Rollout
    seen: Seen
    after: Rollout
    writes: tuple[Write, ...]


class Step(NamedTuple):
    """A state and those that follow it: in the course of things, and by bad luck or people's acts."""

    state: int
    fair: tuple[int, ...]
    other: tuple[int, ...]


class Known(Generic[T]):
    """Things by number and numbers by thing."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}
        self.things: list[T] = []

    def number(self, thing: T) -> int:
        found = self._numbers.get(thing)
        if found is None:
            found = self._numbers[thing] = len(self.things)
            self.things.append(thing)
        return found


@dataclass
class Explorer:
    """Finds every state reachable from a start. `acts` are what people may do, `strangers` what others may write."""

    start: Rollout
    world: World
    luck: Luck
    acts: tuple[Act, ...] = ()
    strangers: tuple[Callable[[World], World], ...] = ()
    late: bool = True
    states: Known[State] = field(default_factory=Known)
    rollouts: Known[Rollout] = field(default_factory=Known)
    worlds: Known[World] = field(default_factory=Known)
    writes: Known[tuple[Write, ...]] = field(default_factory=Known)
    lucks: Known[Luck] = field(default_factory=Known)
    looks: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    decisions: list[Look] = field(default_factory=list)
    moves: dict[int, tuple[int, ...]] = field(default_factory=dict)
    ages: dict[int, int] = field(default_factory=dict)
    deeds: dict[int, tuple[int, ...]] = field(default_factory=dict)
    renumbered: dict[tuple[int, int, int, int], tuple[int, int, int, int]] = field(default_factory=dict)

    def steps(self) -> Iterator[Step]:
        """Every reachable state once, with those that follow it."""
        self.writes.number(())
        first = State(*self._canonical(self.start, self.world, (), ()), self.lucks.number(self.luck))
        waiting = [self.states.number(first)]
        while waiting:
            number = waiting.pop()
            state, known = self.states.things[number], len(self.states.things)
            fair = self._numbered((*self._ours(state), *self._by_itself(state)))
            step = Step(number, fair, self._numbered((*self._bad_luck(state), *self._people(state))))
            waiting += range(known, len(self.states.things))
            yield step

    def _numbered(self, states: tuple[State, ...]) -> tuple[int, ...]:
        return tuple({self.states.number(state) for state in states})

    def rollout_of(self, number: int) -> Rollout:
        return self.rollouts.things[self.states.things[number].rollout]

    def world_of(self, number: int) -> World:
        return self.worlds.things[self.states.things[number].world]

    def late_of(self, number: int) -> Write | None:
        late = self.writes.things[self.states.things[number].late]
        return late[0] if late else None

    # What may happen in a state

    def _ours(self, state: State) -> Iterator[State]:
        """A look and its decision, or the first write under way."""
        if not state.pending:
            yield self._looked(state)
            return
        first, *rest = self.writes.things[state.pending]
        remaining = self.writes.number(tuple(rest))
        yield self._fenced(state._replace(pending=remaining, world=self._written(state.world, first)))

    def _by_itself(self, state: State) -> Iterator[State]:
        if state.late:
            (late,) = self.writes.things[state.late]
            yield self._fenced(state._replace(late=0, world=self._written(state.world, late)))
        *moved, calm = self._moved(state.world)
        for world in moved:
            yield state._replace(world=world)
        aged = self._aged(state.rollout)
        if (aged, calm) != (state.rollout, state.world):
            yield state._replace(rollout=aged, world=calm)

    def _bad_luck(self, state: State) -> Iterator[State]:
        """A crash before a write, a write that got lost and may arrive late; pods lost; somebody else's writes."""
        if state.pending:
            first = self.writes.things[state.pending][0]
            yield self._fenced(state._replace(pending=0))
            if self.late and not state.late:
                yield self._fenced(state._replace(pending=0, late=self.writes.number((first,))))
        luck, world = self.lucks.things[state.luck], self.worlds.things[state.world]
        if luck.losses:
            left = self.lucks.number(luck._replace(losses=luck.losses - 1))
            for side in Side:
                moved = lost(world, side)
                if moved is not world:
                    yield state._replace(world=self.worlds.number(moved), luck=left)
        if luck.strangers:
            left = self.lucks.number(luck._replace(strangers=luck.strangers - 1))
            for strange in self.strangers:
                moved = strange(world)
                if moved != world:
                    yield self._fenced(state._replace(world=self.worlds.number(moved), luck=left))

    def _people(self, state: State) -> Iterator[State]:
        luck = self.lucks.things[state.luck]
        if not luck.acts:
            return
        left = self.lucks.number(luck._replace(acts=luck.acts - 1))
        for acted in self._acted(state.rollout):
            yield state._replace(rollout=acted, luck=left)

    # The parts of a step, each taken once

    def _looked(self, state: State) -> State:
        key = (state.rollout, state.world)
        found = self.looks.get(key)
        if found is None:
            rollout, seen = self.rollouts.things[state.rollout], look(self.worlds.things[state.world], T0)
            walk = rollout.walks[0]
            after = decide(rollout, Observed(T0, walk.id, seen, T0)).rollout
            writes = effects(after, after.walks[0], seen, T0)
            self.decisions.append(Look(rollout, seen, after, writes))
            found = self.looks[key] = (self.rollouts.number(timeless(after)), self.writes.number(writes))
        return self._fenced(state._replace(rollout=found[0], pending=found[1]))

    def _written(self, world: int, write: Write) -> int:
        try:
            return self.worlds.number(perform(self.worlds.things[world], write))
        except VoidError:
            return world

    def _moved(self, number: int) -> tuple[int, ...]:
        """What a world becomes when one thing happens by itself; the last is the world with its router in step."""
        found = self.moves.get(number)
        if found is None:
            world = self.worlds.things[number]
            moved = [one for side in Side for one in (rolled(world, side), readied(world, side)) if one is not world]
            found = self.moves[number] = tuple(self.worlds.number(one) for one in (*moved, synced(world)))
        return found

    def _acted(self, number: int) -> tuple[int, ...]:
        """What a rollout becomes by each act that is not refused."""
        found = self.deeds.get(number)
        if found is None:
            rollout = self.rollouts.things[number]
            commands = [command for act in self.acts if (command := act(rollout, T0)) is not None]
            done = [one.rollout for one in (decide(rollout, command) for command in commands) if one.refusal is None]
            found = self.deeds[number] = tuple(self.rollouts.number(timeless(one)) for one in done)
        return found

    def _aged(self, number: int) -> int:
        found = self.ages.get(number)
        if found is None:
            found = self.ages[number] = self._made_old(number)
        return found

    def _made_old(self, number: int) -> int:
        rollout = self.rollouts.things[number]
        walk = rollout.walks[0]
        if walk.shift is None or walk.shift.since < T0:
            return number
        return self.rollouts.number(
            replace(rollout, walks=(replace(walk, shift=replace(walk.shift, since=T0 - SETTLE)),))
        )

    # Fences, renumbered in their order

    def _fenced(self, state: State) -> State:
        parts = (state.rollout, state.world, state.pending, state.late)
        found = self.renumbered.get(parts)
        if found is None:
            found = self.renumbered[parts] = self._canonical(
                self.rollouts.things[state.rollout],
                self.worlds.things[state.world],
                self.writes.things[state.pending],
                self.writes.things[state.late],
            )
        return State(*found, state.luck)

    def _canonical(
        self, rollout: Rollout, world: World, pending: tuple[Write, ...], late: tuple[Write, ...]
    ) -> tuple[int, int, int, int]:
        fences = {0, rollout.walks[0].fence, *_world_fences(world)}
        for write in (*pending, *late):
            fences |= _write_fences(write)
        order = {fence: place for place, fence in enumerate(sorted(fences))}
        if any(fence != place for fence, place in order.items()):
            walk = rollout.walks[0]
            rollout = replace(rollout, walks=(replace(walk, fence=order[walk.fence]),))
            world = _world_renumbered(world, order)
            pending = tuple(_write_renumbered(write, order) for write in pending)
            late = tuple(_write_renumbered(write, order) for write in late)
        return (
            self.rollouts.number(rollout),
            self.worlds.number(world),
            self.writes.number(pending),
            self.writes.number(late),
        )


def timeless(rollout: Rollout) -> Rollout:
    """The rollout with every time that only people read set to now."""
    now = T0
    walks = tuple(
        replace(
            walk,
            driver=replace(walk.native, arrived=now),
            waiting=walk.waiting and now,
            in_place=walk.in_place and now,
            repairs=tuple(now for _ in walk.repairs),
        )
        for walk in rollout.walks
    )
    return replace(rollout, walks=walks)


def _fences_of(*claims: Claim | None) -> set[int]:
    return {claim.fence for claim in claims if claim is not None}


def _world_fences(world: World) -> set[int]:
    return _fences_of(world.stable.claim, world.canary.claim, world.route)


def _write_fences(write: Write) -> set[int]:
    if isinstance(write, PatchSide | PatchRoute):
        return _fences_of(write.claim, write.expect_claim)
    return _fences_of(write.claim)


def _renumbered(claim: Claim | None, order: dict[int, int]) -> Claim | None:
    return claim and replace(claim, fence=order[claim.fence])


def _world_renumbered(world: World, order: dict[int, int]) -> World:
    return world._replace(
        stable=world.stable._replace(claim=_renumbered(world.stable.claim, order)),
        canary=world.canary._replace(claim=_renumbered(world.canary.claim, order)),
        route=_renumbered(world.route, order),
    )


def _write_renumbered(write: Write, order: dict[int, int]) -> Write:
    if isinstance(write, CreateCanary | CreateRoute):
        return replace(write, claim=replace(write.claim, fence=order[write.claim.fence]))
    return replace(write, claim=_renumbered(write.claim, order), expect_claim=_renumbered(write.expect_claim, order))
