"""Telling what happens to a rollout that Argo's controller walks, in the words of the people around it.

Every look is checked against what must never happen; what is decided is written to the small world, and its controller goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from strategies.allowed import Verb, allowed
from strategies.argo.driver import Argo, ArgoVerb, Start
from strategies.argo.start import start_problem
from strategies.argo.writes import ArgoWrite
from strategies.decision import Decision
from strategies.due import due
from strategies.effects import effects
from strategies.events import (
    Abort,
    Approve,
    ArgoObserved,
    Begin,
    Command,
    Event,
    Found,
    Happening,
    Hold,
    MeasureAgain,
    Preflighted,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
    Terminate,
    What,
)
from strategies.machine import decide
from strategies.model import Ask, Outcome, Policy, Revision, Rollout, Stage, Target, Walk, Who, WorkloadKind
from strategies.phase import phase
from strategies.snapshot import Snapshot, snapshot
from strategies.steps import Gate, Silence
from tests.strategies.argo.properties import asked_for_every_pause, check
from tests.strategies.argo.world import REPLICAS, T0, V2, ArgoWorld, hash_of
from tests.strategies.story import ALICE, PEOPLE

MINUTE = timedelta(minutes=1)
CANARY = ("setWeight: 20", "pause", "setWeight: 60", "pause: 5m")
WALK = "prod"
NEW = Revision("v2", V2)
TWO_PEOPLE = Gate(2, ("approver",), timedelta(hours=4), Silence.ABORT)
TARGET = Target("prod", "shop", "checkout", "web", kind=WorkloadKind.ROLLOUT)


@dataclass(repr=False)
class ArgoStory:
    """One rollout of ours and the Rollout it is about."""

    world: ArgoWorld
    start: Start = Start.DEPLOY
    candidate: Revision = NEW
    revision: int | None = None
    gate: Gate = TWO_PEOPLE
    policy: Policy = field(default_factory=Policy)
    by: Who = ALICE
    awake: datetime = T0
    clear: bool = True
    writing: bool = True
    writes: list[ArgoWrite] = field(default_factory=list)
    heard: list[Happening] = field(default_factory=list)
    rollout: Rollout = field(init=False)

    def __post_init__(self) -> None:
        walk = Walk(WALK, TARGET, Argo(self.start, self.gate, self.revision), Revision("", ""), 1)
        self.rollout = Rollout(
            "ro1", "one", "checkout", "prod", self.candidate, self.by.actor, self.at, "argo", (walk,), policy=self.policy
        )  # fmt: skip

    # What happens

    @property
    def at(self) -> datetime:
        return self.world.at

    def decided(self, event: Event) -> Decision:
        decision = decide(self.rollout, event)
        self.rollout = decision.rollout
        self.heard += decision.happenings
        return decision

    def begins(self) -> "ArgoStory":
        seen = self.world.seen()
        assert start_problem(self.start, seen, self.candidate) is None
        image = seen.stable_image or ""
        base = Revision(image.rpartition(":")[2], image)
        self.decided(Begin(self.at))
        self.decided(Preflighted(self.at, (), (Found(WALK, base, REPLICAS, seen),)))
        return self

    def deploys(self) -> "ArgoStory":
        return self.begins().runs()

    def looks(self) -> tuple[ArgoWrite, ...]:
        """One look, and what is to be written then."""
        seen = self.world.seen()
        before = self.rollout
        event = ArgoObserved(self.at, WALK, seen, self.awake, self.clear, self.writing)
        self.decided(event)
        again = decide(self.rollout, event)
        assert again.rollout == self.rollout, "the same look twice decides twice"
        assert not again.happenings, "the same look twice is told twice"
        wanted = effects(self.rollout, self.walk, seen, self.at) if self.writing else ()
        writes = tuple(one for one in wanted if isinstance(one, ArgoWrite))
        assert writes == wanted
        check(before, event, self.rollout, writes)
        asked_for_every_pause(self.rollout, seen)
        return writes

    def steps_on(self) -> bool:
        """One look with its writes, and one step of the controller's. Whether anything changed."""
        before, seen = self.rollout, self.world.seen()
        self.gives()
        return self.world.reconciles() or self.rollout != before or self.world.seen() != seen

    def gives(self) -> tuple[ArgoWrite, ...]:
        """One look with its writes; the controller has not looked yet."""
        writes = self.looks()
        self.writes += writes
        assert all(self.world.takes(write) for write in writes)
        return writes

    def until(self, done: Callable[[], bool]) -> "ArgoStory":
        """Step by step until that is so."""
        for _ in range(50):
            if done():
                return self
            self.steps_on()
        raise AssertionError("it never comes to that")

    def begun(self) -> "ArgoStory":
        """The controller has just taken up the candidate, and that was seen."""
        self.until(lambda: self.world.current == hash_of(self.candidate.image))
        self.looks()
        return self

    def runs(self) -> "ArgoStory":
        """Everything that needs neither time nor people."""
        for _ in range(200):
            if not self.steps_on():
                return self
        raise AssertionError("it never comes to rest")

    def passes(self, time: timedelta) -> "ArgoStory":
        """Time goes by, with a look at every moment that something is due."""
        end = self.at + time
        for _ in range(200):
            self.runs()
            when = due(self.rollout, self.at, self.awake)
            pauses = [one.until for one in self.world.pauses if one.until is not None]
            moments = [one for one in (when, *pauses) if one is not None and one > self.at]
            assert when is None or when > self.at or not self.clear, f"it asks to be looked at again and again: {when}"
            if not moments or min(moments) > end:
                break
            self.world.at = min(moments)
        self.world.at = end
        return self.runs()

    # What people do

    def acts(self, command: Command) -> str | None:
        """The refusal's sentence, None where it was done; then everything that follows."""
        before = self.rollout
        decision = self.decided(command)
        if decision.refusal is None:
            self.runs()
            return None
        assert self.rollout == before, "a refused command changed something"
        assert not decision.happenings
        return decision.refusal.sentence

    def acts_now(self, command: Command) -> str | None:
        """The refusal's sentence, None where it was done; nobody looks yet."""
        decision = self.decided(command)
        return decision.refusal.sentence if decision.refusal else None

    def full(self, name: str, reason: str) -> Command:
        return PromoteFull(self.at, PEOPLE[name], reason)

    def skip(self, name: str, reason: str) -> Command:
        return Skip(self.at, PEOPLE[name], reason)

    def approval(self, name: str) -> Command:
        return Approve(self.at, PEOPLE[name], self.asks[0].id)

    def an_abort(self, name: str) -> Command:
        return Abort(self.at, PEOPLE[name], "a bad feeling")

    def termination(self, name: str, reason: str) -> Command:
        return Terminate(self.at, PEOPLE[name], reason)

    @property
    def asks(self) -> tuple[Ask, ...]:
        """The open questions."""
        return tuple(ask for ask in self.rollout.asks if ask.is_open)

    @property
    def ask(self) -> Ask:
        (ask,) = self.asks
        return ask

    def approves(self, name: str, reason: str = "", ask: str | None = None) -> str | None:
        return self.acts(Approve(self.at, PEOPLE[name], ask or self.asks[0].id, reason))

    def rejects(self, name: str, reason: str) -> str | None:
        return self.acts(Reject(self.at, PEOPLE[name], self.asks[0].id, reason))

    def promotes(self, name: str = "alice") -> str | None:
        return self.acts(Promote(self.at, PEOPLE[name]))

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

    def measures_again(self, name: str) -> str | None:
        return self.acts(MeasureAgain(self.at, PEOPLE[name], self.asks[0].id))

    def terminates(self, name: str, reason: str, run: str = "") -> str | None:
        return self.acts(Terminate(self.at, PEOPLE[name], reason, run))

    def verbs(self, name: str | None = None) -> frozenset[Verb]:
        return allowed(self.rollout, self.at, PEOPLE[name] if name else None)

    # What one sees

    @property
    def walk(self) -> Walk:
        return self.rollout.walks[0]

    @property
    def argo(self) -> Argo:
        return self.walk.argo

    @property
    def stage(self) -> Stage:
        return self.rollout.stage

    @property
    def outcome(self) -> Outcome | None:
        return self.rollout.outcome

    @property
    def card(self) -> Snapshot:
        return snapshot(self.rollout, self.world.seen(), self.at)

    @property
    def sentence(self) -> str:
        return phase(self.rollout, self.world.seen()).sentence

    def sent(self) -> list[ArgoVerb]:
        """The verbs that went out, in order."""
        return [write.verb for write in self.writes]

    def told(self, what: What) -> list[Mapping[str, object]]:
        return [one.facts for one in self.heard if one.what is what]


def at_the_gate(steps: tuple[str, ...] = CANARY) -> ArgoStory:
    """v2 waits at the first pause for its approvals."""
    return ArgoStory(ArgoWorld(steps)).deploys()


def adopted(steps: tuple[str, ...] = CANARY) -> ArgoStory:
    """Somebody began with kubectl; it is given its card and its gates."""
    world = ArgoWorld(steps)
    world.begins_with(V2)
    return ArgoStory(world, Start.ELSEWHERE).deploys()
