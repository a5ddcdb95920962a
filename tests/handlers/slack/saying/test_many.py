"""Two hundred live cards in one channel for ten minutes: the clock is pushed on by hand, and Slack's limits run on the same clock."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.store.records import Saved
from bot.tells import tells
from handlers.slack.budget import UPDATES
from strategies.asks import open_gate
from strategies.decision import Turn
from strategies.events import Happening
from strategies.model import Rollout, Seen, SideSeen, Stage
from strategies.steps import Gate, Pause, Plan, SetWeight
from tests.bot.store.builders import rollout as built
from tests.handlers.slack.saying.rooms import Room

CARDS = 200
MINUTES = 10
STEP = 0.5
EVERY = 3.0
"""Seconds between two decisions: as many in ten minutes as there are cards."""

PLAN = Plan("careful", (SetWeight(10), Gate(approvals=1), SetWeight(50), Pause()))


class Crowd:
    """Two hundred rollouts that change and ask, saved as the engine saves them."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.random = random.Random(7)
        self.saved: dict[str, Saved] = {}
        self.asked: dict[str, float] = {}
        self.quiet: list[str] = []

    async def begin(self) -> None:
        for number in range(CARDS):
            made = built(f"ro{number}", app=f"app{number}", stage=Stage.WALKING)
            walk = replace(made.walks[0], driver=replace(made.walks[0].native, plan=PLAN), weight=10)
            made = replace(made, walks=(walk,), created=self.room.clock.now(), started=self.room.clock.now())
            saved = await self.room.store.create(made, (), tells(made.id, ()), at=self.room.clock.now())
            self.saved[made.id] = saved
            self.room.announcer.nudge(saved)
        self.quiet = list(self.saved)
        self.random.shuffle(self.quiet)

    async def stir(self) -> None:
        """Something small happens somewhere: pods come and go, and the card shows it."""
        saved = self.saved[self.random.choice(list(self.saved))]
        await self.save(saved, saved.rollout, (), self.random.randrange(1, 5))

    async def ask(self) -> None:
        """One more rollout comes to its gate."""
        saved = self.saved[self.quiet.pop()]
        rollout = saved.rollout
        walk = replace(rollout.walks[0], driver=replace(rollout.walks[0].native, cursor=1))
        turn = Turn(replace(rollout, walks=(walk,)), self.room.clock.now())
        turn = open_gate(turn, walk, self.seen(1), Gate(approvals=1, deadline=timedelta(hours=4)))
        self.asked[rollout.id] = self.room.clock.monotonic()
        await self.save(saved, turn.rollout, turn.happenings, 1)

    def seen(self, ready: int) -> Seen:
        stable = SideSeen("ghcr.io/acme/checkout:v1.4.1", 4, 4, 4)
        return Seen(self.room.clock.now(), stable, SideSeen("ghcr.io/acme/checkout:v1.4.2", 5, ready, ready), 10)

    async def save(self, saved: Saved, rollout: Rollout, happenings: tuple[Happening, ...], ready: int) -> None:
        told = tells(rollout.id, happenings)
        seen = {"w1": self.seen(ready)}
        new = await self.room.store.save(
            saved, rollout, happenings=happenings, tells=told, seen=seen, at=self.room.clock.now()
        )
        self.saved[rollout.id] = new
        self.room.announcer.nudge(new)

    def delays(self) -> Iterator[float]:
        """Seconds from each question to its line in the thread."""
        for call in self.room.workspace.calls:
            about = call.args.get("metadata", {}).get("event_payload", {})
            if call.method == "chat.postMessage" and "approval needed to move" in str(call.args["text"]):
                yield call.real - self.asked[about["rollout"]]


@pytest.fixture
async def crowd(room: Room) -> Crowd:
    """All cards posted, at one a second."""
    made = Crowd(room)
    await made.begin()
    while await room.store.pending_tells(1):
        await room.clock.advance(1)
        await room.announcer.idle()
        assert room.clock.monotonic() < 3 * CARDS
    return made


async def test_two_hundred_cards_are_told_within_slacks_limits_and_decisions_in_time(crowd: Crowd) -> None:
    room = crowd.room
    for number in range(round(MINUTES * 60 / STEP)):
        if number % 2:
            await crowd.stir()
        if number % round(EVERY / STEP) == 0:
            await crowd.ask()
        await room.clock.advance(STEP)
        await room.announcer.idle()
    delays = sorted(crowd.delays())
    assert len(delays) == CARDS
    assert delays[round(len(delays) * 0.99) - 1] < 2.0
    while await room.store.pending_tells(1):
        await room.clock.advance(2)
        await room.announcer.idle()
    assert not [call for call in room.workspace.calls if call.status == 429]
    updates = [call.real for call in room.workspace.calls if call.method == "chat.update"]
    assert max(sum(at <= one < at + 60 for one in updates) for at in updates) <= UPDATES
    assert len(room.cards()) == CARDS
    assert all("in prod: 1 more approval needed" in card["text"] for card in room.cards())
