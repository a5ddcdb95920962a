"""Telling what happens to a rollout in the words of the people around it.

A story holds one rollout, the worlds it changes and a clock. `runs` lets everything happen that needs neither time nor people; `passes`
lets time go by, stopping at every moment that something is due. Each decision is checked against everything that must never happen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from strategies.allowed import Verb, allowed
from strategies.asks import deadline_of
from strategies.decision import Decision
from strategies.due import due
from strategies.effects import Write, effects, measures
from strategies.events import (
    Abort,
    Approve,
    Begin,
    Blocked,
    Command,
    Event,
    Found,
    Happening,
    Hold,
    MeasureAgain,
    Measured,
    Observed,
    Position,
    Preflighted,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
    What,
)
from strategies.judge.measurement import Sample
from strategies.judge.template import Template, parse
from strategies.machine import decide
from strategies.model import (
    Actor,
    Ask,
    Native,
    Outcome,
    Policy,
    Revision,
    Rollout,
    Seen,
    Side,
    Stage,
    Walk,
    Who,
)
from strategies.steps import Background, Plan, Step
from strategies.traffic import SETTLE
from tests.strategies.properties import check_all
from tests.strategies.world import T0, V1, V2, World, at_rest, attempt, look, settled, target

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))
CAROL = Who(Actor("U3", "carol"), frozenset({"deployer", "approver"}))
EVE = Who(Actor("U9", "eve"), frozenset({"viewer"}))
PEOPLE = {"alice": ALICE, "bob": BOB, "carol": CAROL, "eve": EVE}

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
GOOD, BAD, UNCLEAR, NOTHING = "[0.99]", "[0.5]", "[0.92]", "[]"


def template(name: str = "success-rate", /, **metric: object) -> Template:
    """An AnalysisTemplate: good from 0.95, bad below 0.9, between them unclear; measured every minute, three times."""
    whole: dict[str, object] = {
        "name": "rate",
        "interval": "1m",
        "count": 3,
        "successCondition": "result[0] >= 0.95",
        "failureCondition": "result[0] < 0.9",
        "provider": {"prometheus": {"address": "http://prometheus", "query": "rate(ok[30s])"}},
    }
    whole |= metric
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": name},
        "spec": {"metrics": [{key: value for key, value in whole.items() if value is not None}]},
    }
    found = parse(document)
    assert isinstance(found, Template), found
    return found


@dataclass(repr=False)
class Story:
    """One rollout and what it meets. `answers` says what a metric is worth when it is asked (None: the server fails)."""

    steps: tuple[Step, ...]
    routed: bool = True
    replicas: int = 4
    background: Background | None = None
    templates: tuple[Template, ...] = ()
    policy: Policy = field(default_factory=Policy)
    limits: tuple[int | str, int | str] = ("25%", "25%")
    targets: tuple[str, ...] = ("prod",)
    answers: Callable[[str], str | None] = lambda name: GOOD
    check: Callable[[Rollout, Observed, Rollout, tuple[Write, ...]], None] = check_all
    at: datetime = T0
    awake: datetime = T0
    clear: bool = True
    writes: list[Write] = field(default_factory=list)
    heard: list[Happening] = field(default_factory=list)
    worlds: dict[str, World] = field(default_factory=dict)
    rollout: Rollout = field(init=False)

    def __post_init__(self) -> None:
        surge, unavailable = self.limits
        plan = Plan("careful", self.steps, self.background, surge, unavailable)
        walks = tuple(
            Walk(name, target(routed=self.routed, cluster=name), Native(plan), Revision("", ""), 1)
            for name in self.targets
        )
        self.rollout = Rollout(
            "ro1", "one", "checkout", "prod", Revision("v2", V2), ALICE.actor, T0, "careful", walks,
            templates=self.templates, policy=self.policy,
        )  # fmt: skip
        self.worlds = {name: at_rest(self.replicas) for name in self.targets}

    def __repr__(self) -> str:
        return f"Story({self.steps}, routed={self.routed}, replicas={self.replicas}, background={self.background}, limits={self.limits})"

    # What happens

    def decided(self, event: Event) -> Decision:
        decision = decide(self.rollout, event)
        self.rollout = decision.rollout
        self.heard += decision.happenings
        return decision

    def begins(self) -> "Story":
        """The place is free, and preflight finds nothing wrong."""
        self.decided(Begin(self.at))
        found = tuple(
            Found(name, Revision("v1", V1), self.replicas, look(world, self.at)) for name, world in self.worlds.items()
        )
        self.decided(Preflighted(self.at, (), found))
        return self

    def deploys(self) -> "Story":
        """It begins, and everything happens that needs neither time nor people."""
        return self.begins().runs()

    def looks(
        self, name: str | None = None, world: World | None = None, *, clear: bool | None = None
    ) -> tuple[Write, ...]:
        """One look at a target (at `world`, if it lags), and the writes that are wanted then."""
        name = name or self.targets[0]
        seen = look(world or self.worlds[name], self.at)
        event = Observed(self.at, name, seen, self.awake, clear=self.clear if clear is None else clear)
        before = self.rollout
        self.decided(event)
        wanted = self.wanted(name, seen)
        self.check(before, event, self.rollout, wanted)
        return wanted

    def wanted(self, name: str, seen: Seen) -> tuple[Write, ...]:
        wanted = effects(self.rollout, self.rollout.walk(name), seen, self.at)
        assert wanted == effects(self.rollout, self.rollout.walk(name), seen, self.at)
        return wanted

    def performs(self, write: Write) -> None:
        self.writes.append(write)
        after = attempt(self.worlds[write.walk], write)
        assert attempt(after, write) == after, "a write done twice is not the same as done once"
        self.worlds[write.walk] = after

    def runs(self, end: datetime | None = None) -> "Story":
        """Everything that needs neither time nor people, but for the moment a router takes; no later than `end`."""
        for _ in range(400):
            before = (self.rollout, dict(self.worlds))
            for name in self.targets:
                for write in self.looks(name):
                    self.performs(write)
                self.worlds[name] = settled(self.worlds[name])
            self.measures()
            if (self.rollout, self.worlds) == before and not self._waits_a_moment(end or self.at + SETTLE):
                return self
        raise AssertionError("it never comes to rest")

    def _waits_a_moment(self, end: datetime) -> bool:
        when = due(self.rollout, self.at, self.awake)
        if when is None or when > min(end, self.at + SETTLE) or when <= self.at:
            return False
        self.at = when
        return True

    def measures(self) -> None:
        """Take every measurement that is due."""
        for measure in measures(self.rollout, self.at):
            walk = self.rollout.walk(measure.walk)
            value = self.answers(measure.metric)
            sample = Sample(
                measure.metric, measure.number, self.at, self.at, value or "",
                "the server does not answer" if value is None else None, walk.weight, walk.in_place is not None,
            )  # fmt: skip
            self.decided(Measured(self.at, measure.activity, measure.sequence, sample))

    def passes(self, time: timedelta) -> "Story":
        """Time goes by, with a look at every moment that something is due, and everything runs that follows."""
        return self.reaches(self.at + time).runs()

    def reaches(self, moment: datetime) -> "Story":
        """It becomes that moment, and no later."""
        self.runs(moment)
        for _ in range(2000):
            when = due(self.rollout, self.at, self.awake)
            if when is None or when > moment:
                break
            assert when > self.at or not self.clear, f"it asks to be looked at again and again: {when}"
            self.at = when if self.clear else max(when, self.at + SECOND)
            self.runs(moment)
        self.at = moment
        return self.runs(moment)

    def is_away(self, time: timedelta) -> "Story":
        """The bot is down for so long, and comes back."""
        self.at += time
        self.awake = self.at
        return self

    def waits_a_moment(self) -> "Story":
        """Pods get ready and the router follows; nobody looks."""
        self.worlds = {name: settled(world) for name, world in self.worlds.items()}
        self.at += SETTLE
        return self

    def steps_on(self, name: str | None = None) -> "Story":
        """One look with its writes done, and a moment."""
        for write in self.looks(name):
            self.performs(write)
        return self.waits_a_moment()

    def blocked(self, why: str) -> None:
        self.decided(Blocked(self.at, self.targets[0], why))

    # What the world does

    @property
    def world(self) -> World:
        return self.worlds[self.targets[0]]

    @world.setter
    def world(self, world: World) -> None:
        self.worlds[self.targets[0]] = world

    def loses(self, side: Side) -> "Story":
        """Every pod of a side stops being ready, until `recovers`."""
        one = self.world.side(side)
        self.world = self.world.with_side(side, one._replace(pods=tuple(pod._replace(ready=False) for pod in one.pods)))
        return self

    def breaks(self, image: str) -> "Story":
        """Pods of an image never get ready from now on, and those there are fall over."""
        self.world = self.world._replace(broken=(*self.world.broken, image))
        for side in Side:
            one = self.world.side(side)
            pods = tuple(pod._replace(ready=pod.ready and pod.image.partition("@")[0] != image) for pod in one.pods)
            self.world = self.world.with_side(side, one._replace(pods=pods))
        return self

    def mends(self) -> "Story":
        self.world = self.world._replace(broken=())
        return self

    # What people do

    def acts(self, command: Command) -> str | None:
        """The refusal's sentence, None where it was done."""
        before = self.rollout
        decision = self.decided(command)
        if decision.refusal is None:
            return None
        assert self.rollout == before, "a refused command changed something"
        assert not decision.happenings
        return decision.refusal.sentence

    @property
    def ask(self) -> Ask:
        """The open question."""
        return next(ask for ask in self.rollout.asks if ask.is_open)

    @property
    def asked(self) -> bool:
        return any(ask.is_open for ask in self.rollout.asks)

    def approves(self, name: str, reason: str = "", ask: str | None = None) -> str | None:
        return self.acts(Approve(self.at, PEOPLE[name], ask or self.ask.id, reason))

    def rejects(self, name: str, reason: str) -> str | None:
        return self.acts(Reject(self.at, PEOPLE[name], self.ask.id, reason))

    def measures_again(self, name: str) -> str | None:
        return self.acts(MeasureAgain(self.at, PEOPLE[name], self.ask.id))

    def promotes(self, name: str = "alice", saw: Position | None = None) -> str | None:
        return self.acts(Promote(self.at, PEOPLE[name], saw))

    def promotes_full(self, name: str, reason: str) -> str | None:
        return self.acts(PromoteFull(self.at, PEOPLE[name], reason))

    def skips(self, name: str, reason: str) -> str | None:
        return self.acts(Skip(self.at, PEOPLE[name], reason))

    def aborts(self, name: str = "alice", reason: str = "a bad feeling") -> str | None:
        return self.acts(Abort(self.at, PEOPLE[name], reason))

    def replaces(self, name: str, version: str) -> str | None:
        return self.acts(Replace(self.at, PEOPLE[name], version, "ro2"))

    def pauses(self, name: str = "alice", reason: str = "") -> str | None:
        return self.acts(Hold(self.at, PEOPLE[name], reason))

    def resumes(self, name: str = "alice") -> str | None:
        return self.acts(Resume(self.at, PEOPLE[name]))

    def verbs(self, name: str | None = None) -> frozenset[Verb]:
        return allowed(self.rollout, self.at, PEOPLE[name] if name else None)

    # What one sees

    @property
    def walk(self) -> Walk:
        return self.rollout.walks[0]

    @property
    def step(self) -> int:
        return self.walk.native.cursor

    @property
    def weight(self) -> int:
        """The canary's share at the router now."""
        return self.world.weight or 0

    @property
    def pods(self) -> tuple[int, int]:
        """Ready pods of stable and canary."""
        return self.world.stable.ready, self.world.canary.ready

    @property
    def outcome(self) -> Outcome | None:
        return self.rollout.outcome

    @property
    def stage(self) -> Stage:
        return self.rollout.stage

    def told(self, what: What) -> list[Mapping[str, object]]:
        """The facts of everything told of one kind."""
        return [one.facts for one in self.heard if one.what is what]

    def whats(self) -> list[What]:
        return [one.what for one in self.heard]

    def serves(self, image: str) -> bool:
        """Whether everything is served by this image from a complete stable side, at rest."""
        stable = self.world.stable
        runs = stable.image is not None and stable.image.partition("@")[0] == image
        whole = stable.ready == stable.replicas == self.replicas
        return runs and whole and not self.world.canary.pods and not self.weight

    def deadline(self) -> datetime:
        return deadline_of(self.ask, self.awake)


def approving(story: Story, people: Sequence[str] = ("bob", "carol")) -> Story:
    """Let it run to its end, everybody saying yes to everything."""
    for _ in range(40):
        if story.rollout.is_final:
            return story
        story.passes(MINUTE * 5)
        while story.asked and not story.rollout.is_final:
            if all(story.approves(name, "fine") is not None for name in people):
                break
        story.runs()
    return story
