"""Random lives of a rollout that Argo's controller walks: looks that are old, writes that get lost, arrive late or twice, people who press
anything at any time, a controller that stops and goes on, and, where the life is not a calm one, others who do as they like."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.writes import ArgoWrite
from strategies.effects import effects
from strategies.events import (
    Abort,
    Approve,
    ArgoObserved,
    Command,
    Hold,
    MeasureAgain,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
    Terminate,
    What,
)
from strategies.judge.verdict import Verdict
from strategies.model import AskEnd, Claim
from tests.strategies.argo.properties import check
from tests.strategies.argo.story import WALK, ArgoStory
from tests.strategies.argo.world import V1, V2, V3, ArgoWorld, hash_of
from tests.strategies.story import PEOPLE

TIMES = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 15, 60, 300, 18000))
VERDICTS = (Verdict.SUCCESSFUL, Verdict.SUCCESSFUL, Verdict.RUNNING, Verdict.INCONCLUSIVE, Verdict.FAILED)

COMMANDS: tuple[Callable[[ArgoStory, str, str], Command], ...] = (
    lambda story, who, ask: Promote(story.at, PEOPLE[who]),
    lambda story, who, ask: Approve(story.at, PEOPLE[who], ask, "fine"),
    lambda story, who, ask: Approve(story.at, PEOPLE[who], ask, "fine"),
    lambda story, who, ask: Approve(story.at, PEOPLE[who], ask, "fine"),
    lambda story, who, ask: Resume(story.at, PEOPLE[who]),
    lambda story, who, ask: Hold(story.at, PEOPLE[who], "wait"),
    lambda story, who, ask: MeasureAgain(story.at, PEOPLE[who], ask),
    lambda story, who, ask: Skip(story.at, PEOPLE[who], "why not"),
    lambda story, who, ask: Terminate(story.at, PEOPLE[who], "enough"),
    lambda story, who, ask: Abort(story.at, PEOPLE[who], "no"),
    lambda story, who, ask: PromoteFull(story.at, PEOPLE[who], "now"),
    lambda story, who, ask: Reject(story.at, PEOPLE[who], ask, "no"),
    lambda story, who, ask: Replace(story.at, PEOPLE[who], "v3", "ro2"),
)


def _retry(world: ArgoWorld) -> None:
    world.aborted = False


def _claim(world: ArgoWorld) -> None:
    world.claim = Claim("two", "theirs", 1)


def _full(world: ArgoWorld) -> None:
    world.promote_full = world.current != world.stable


STRANGERS: tuple[Callable[[ArgoWorld], None], ...] = (
    lambda world: world.sets(V1),
    lambda world: world.sets(V2),
    lambda world: world.sets(V3),
    lambda world: world.promotes(),
    lambda world: world.aborts(),
    lambda world: world.pauses_spec(paused=True),
    lambda world: world.pauses_spec(paused=False),
    _retry,
    _full,
    _claim,
)


@dataclass
class ArgoLife:
    """A story with its past looks and the writes that may still arrive. `calm`: nobody acts without Leadsman."""

    story: ArgoStory
    calm: bool
    past: list[ArgoSeen] = field(default_factory=list)
    late: list[ArgoWrite] = field(default_factory=list)

    def lives(self, deeds: list[tuple[int, int]]) -> None:
        self.story.begins()
        for deed, choice in deeds:
            self.past = [*self.past, self.story.world.seen()][-4:]
            weight = self.story.world.weight
            DEEDS[deed % len(DEEDS)](self, choice)
            self.traffic_is_allowed(weight)

    def traffic_is_allowed(self, before: int) -> None:
        """No weight beyond an endless pause comes to the candidate that people did not say yes to, or go past with a reason."""
        world, heard = self.story.world, self.story.heard
        forward = world.weight > before and world.current == hash_of(V2) and world.stable != world.current
        if not self.calm or not forward or world.kind is Kind.BLUE_GREEN:
            return
        if any(one.what is What.PROMOTED_FULL for one in heard):
            return
        skipped = {one.facts["step"] for one in heard if one.what is What.SKIPPED}
        approved = {ask.binding.position for ask in self.story.rollout.asks if ask.ended is AskEnd.APPROVED}
        for step, text in enumerate(world.steps[: world.step]):
            assert text != "pause" or step in approved | skipped, f"traffic went past the pause of step {step}"

    def looks(self, choice: int) -> None:
        """A look, perhaps an old one, whose writes land, are lost, or come later."""
        story = self.story
        seen = self.past[choice % len(self.past)] if choice % 5 == 0 else story.world.seen()
        event = ArgoObserved(story.at, WALK, seen, story.awake, clear=choice % 7 != 0)
        before = story.rollout
        story.decided(event)
        wanted = tuple(one for one in effects(story.rollout, story.walk, seen, story.at) if isinstance(one, ArgoWrite))
        check(before, event, story.rollout, wanted)
        if choice % 3 == 0:
            self.late = [*self.late, *wanted][-4:]
            return
        for write in wanted:
            story.world.takes(write)
            self.late = [*self.late, write][-4:] if choice % 4 == 0 else self.late

    def arrives(self, choice: int) -> None:
        """A write that was sent some time ago lands, if it still may."""
        if self.late:
            self.story.world.takes(self.late[choice % len(self.late)])

    def presses(self, choice: int) -> None:
        story = self.story
        who = tuple(PEOPLE)[choice % len(PEOPLE)]
        asks = [ask.id for ask in story.rollout.asks] or ["none"]
        story.acts_now(COMMANDS[choice % len(COMMANDS)](story, who, asks[-1 - choice % min(2, len(asks))]))

    def goes_on(self, choice: int) -> None:
        self.story.world.reconciles()

    def waits(self, choice: int) -> None:
        self.story.world.at += TIMES[choice % len(TIMES)]

    def measures(self, choice: int) -> None:
        world = self.story.world
        world.verdict = VERDICTS[choice % len(VERDICTS)]
        world.background = Verdict.INCONCLUSIVE if choice % 4 == 0 else None

    def stops(self, choice: int) -> None:
        self.story.world.running = choice % 3 != 0

    def meddles(self, choice: int) -> None:
        if not self.calm:
            STRANGERS[choice % len(STRANGERS)](self.story.world)

    def ends(self) -> None:
        """Nothing more goes wrong, and everybody says yes: it comes to an end."""
        story, world = self.story, self.story.world
        world.running, world.background, world.verdict = True, None, Verdict.SUCCESSFUL
        for _ in range(30):
            if story.rollout.is_final:
                return
            story.passes(timedelta(minutes=6))
            for ask in story.asks:
                story.approves("bob", "fine", ask=ask.id)
                story.approves("carol", "fine", ask=ask.id)
            if (story.rollout.holds and story.resumes("bob") is not None) or world.claim == Claim("two", "theirs", 1):
                story.aborts("alice", "give up")
        assert story.rollout.is_final, f"it never ends: {story.rollout}"


DEEDS: tuple[Callable[[ArgoLife, int], None], ...] = (
    ArgoLife.looks,
    ArgoLife.looks,
    ArgoLife.looks,
    ArgoLife.goes_on,
    ArgoLife.goes_on,
    ArgoLife.goes_on,
    ArgoLife.presses,
    ArgoLife.presses,
    ArgoLife.waits,
    ArgoLife.arrives,
    ArgoLife.measures,
    ArgoLife.stops,
    ArgoLife.meddles,
)
