"""Random lives of a rollout in a world that lags: looks that are old or come out of order, writes that get lost, arrive late or twice,
pods that come and go, people who press anything at any time, and, where the life is not a calm one, others who write as they like."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st

from strategies.effects import PatchRoute, PatchSide, Write, measures
from strategies.events import (
    Abort,
    Approve,
    Command,
    Hold,
    MeasureAgain,
    Measured,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
)
from strategies.judge.measurement import Sample
from strategies.model import Claim, Rollout, Side, Stage
from strategies.steps import Analysis, Background, Gate, Pause, SetCanaryScale, SetWeight, Silence, Step
from strategies.traffic import limits_of
from tests.strategies.story import BAD, GOOD, HOUR, MINUTE, NOTHING, PEOPLE, SECOND, UNCLEAR, Story, template
from tests.strategies.world import (
    HOTFIX,
    V1,
    V2,
    Workload,
    World,
    lost,
    readied,
    rolled,
    settled,
    shifted,
    shortage,
    synced,
    unserved,
)

REMEMBERED = 6
VALUES = (GOOD, GOOD, GOOD, UNCLEAR, BAD, NOTHING, None)
TIMES = (SECOND, 5 * SECOND, MINUTE, 5 * MINUTE, 11 * MINUTE, 5 * HOUR)


def is_forward(rollout: Rollout, write: Write) -> bool:
    """The writes that are decided once more on a fresh look before they are done, as the engine does it."""
    if rollout.stage not in (Stage.WALKING, Stage.PROMOTING):
        return False
    if isinstance(write, PatchRoute):
        return write.weight is not None and write.weight > write.expect_weight
    if not isinstance(write, PatchSide) or write.side is not Side.STABLE:
        return False
    return write.image is not None or (write.replicas is not None and write.replicas < write.expect_replicas)


COMMANDS: tuple[Callable[[Story, str], Command | None], ...] = (
    lambda story, who: Promote(story.at, PEOPLE[who]),
    lambda story, who: Promote(story.at, PEOPLE[who]),
    lambda story, who: Approve(story.at, PEOPLE[who], story.ask.id, "fine") if story.asked else None,
    lambda story, who: Approve(story.at, PEOPLE[who], story.ask.id, "fine") if story.asked else None,
    lambda story, who: Resume(story.at, PEOPLE[who]),
    lambda story, who: Approve(story.at, PEOPLE[who], story.ask.id, "fine") if story.asked else None,
    lambda story, who: Approve(story.at, PEOPLE[who], story.ask.id, "fine") if story.asked else None,
    lambda story, who: Resume(story.at, PEOPLE[who]),
    lambda story, who: Hold(story.at, PEOPLE[who], "wait"),
    lambda story, who: MeasureAgain(story.at, PEOPLE[who], story.ask.id) if story.asked else None,
    lambda story, who: Skip(story.at, PEOPLE[who], "why not"),
    lambda story, who: Abort(story.at, PEOPLE[who], "no"),
    lambda story, who: PromoteFull(story.at, PEOPLE[who], "now"),
    lambda story, who: Reject(story.at, PEOPLE[who], story.ask.id, "no") if story.asked else None,
    lambda story, who: Replace(story.at, PEOPLE[who], "v3", "ro2"),
)

STRANGERS: tuple[Callable[[World], World], ...] = (
    lambda world: world._replace(stable=world.stable._replace(replicas=1)),
    lambda world: world._replace(stable=world.stable._replace(replicas=9)),
    lambda world: world._replace(canary=world.canary._replace(replicas=2 if world.canary.image else 0)),
    lambda world: world._replace(stable=world.stable._replace(image=HOTFIX)),
    lambda world: world._replace(stable=world.stable._replace(image=V2)),
    lambda world: world if world.weight is None else shifted(world, 100),
    lambda world: world if world.weight is None else shifted(world, 0),
    lambda world: world._replace(canary=Workload()),
    lambda world: world._replace(weight=None, route=None, before=()),
    lambda world: world._replace(stable=world.stable._replace(claim=None)),
    lambda world: world._replace(pushes=world.pushes + 1),
    lambda world: world._replace(stable=world.stable._replace(claim=Claim("two", "theirs", _fence(world)))),
    lambda world: world._replace(stable=world.stable._replace(claim=Claim("two", "", _fence(world) + 1))),
)


def _fence(world: World) -> int:
    return world.stable.claim.fence if world.stable.claim else 1


@dataclass
class Life:
    """A story with its past looks and the writes that may still arrive. `calm`: nobody else writes, and no ready pod is lost."""

    story: Story
    calm: bool
    past: list[World] = field(default_factory=list)
    late: list[Write] = field(default_factory=list)

    def lives(self, deeds: list[tuple[int, int]]) -> None:
        self.story.begins()
        for deed, choice in deeds:
            self.past = [*self.past, self.story.world][-REMEMBERED:]
            DEEDS[deed % len(DEEDS)](self, choice)
            self.everybody_is_served()

    def everybody_is_served(self) -> None:
        story, walk = self.story, self.story.walk
        unavailable = limits_of(walk).unavailable
        if self.calm and walk.replicas > unavailable:
            assert unserved(story.world, routed=story.routed) == 0, f"requests found no ready pod: {story.world}"
            assert shortage(story.world, walk.replicas, unavailable, routed=story.routed) == 0, "too few pods"

    # Deeds

    def looks(self, choice: int) -> None:
        """A look, perhaps an old one, and its writes: done, done twice, lost, or still under way."""
        story = self.story
        world = self.past[-1 - choice % len(self.past)] if choice % 3 == 0 else story.world
        writes = story.looks(world=world, clear=choice % 7 != 0)
        if any(is_forward(story.rollout, write) for write in writes):
            writes = story.looks(clear=choice % 7 != 0)
        for place, write in enumerate(writes):
            if choice % 5 == 1 and place == choice % 2:
                self.late = [*self.late, write][-1:]
                return
            if choice % 11 == 1:
                return
            story.performs(write)
            self.everybody_is_served()

    def goes_well(self, choice: int) -> None:
        """A moment in which everything works."""
        for _ in range(1 + choice % 4):
            self.story.steps_on()
            self.everybody_is_served()

    def arrives_late(self, choice: int) -> None:
        for write in self.late:
            self.story.performs(write)
        self.late = []

    def pods_move(self, choice: int) -> None:
        side = Side.STABLE if choice % 2 else Side.CANARY
        self.story.world = readied(self.story.world, side) if choice % 3 else rolled(self.story.world, side)

    def time_passes(self, choice: int) -> None:
        self.story.at += TIMES[choice % len(TIMES)]
        self.story.world = synced(self.story.world)

    def measures(self, choice: int) -> None:
        story = self.story
        for measure in measures(story.rollout, story.at):
            value, walk = VALUES[choice % len(VALUES)], story.walk
            error = "no answer" if value is None else None
            sample = Sample(
                measure.metric, measure.number, story.at, story.at, value or "", error, walk.weight, walk.in_place is not None
            )  # fmt: skip
            story.decided(Measured(story.at, measure.activity, measure.sequence - choice % 9 // 8, sample))

    def somebody_acts(self, choice: int) -> None:
        who = tuple(PEOPLE)[choice % len(PEOPLE)]
        command = COMMANDS[choice // len(PEOPLE) % len(COMMANDS)](self.story, who)
        if command is not None:
            self.story.acts(command)

    def is_away(self, choice: int) -> None:
        self.story.is_away(timedelta(minutes=choice % 400))
        self.story.world = synced(self.story.world)

    def bad_luck(self, choice: int) -> None:
        if self.calm:
            return
        story, kind = self.story, choice % 4
        if kind == 0:
            story.world = lost(story.world, Side.CANARY if choice % 8 < 4 else Side.STABLE, 1 + choice % 3)
        elif kind == 1:
            story.world = settled(STRANGERS[choice // 4 % len(STRANGERS)](story.world))
        elif kind == 2:
            story.breaks((V1, V2)[choice // 4 % 2])
        else:
            story.mends()

    # The end

    def ends(self) -> None:
        """Bad luck is over and everybody wants it home: it gets there."""
        story = self.story
        self.late = []
        story.mends()
        theirs = story.world.stable.claim
        if theirs is not None and theirs.instance == "two":
            story.world = story.world._replace(stable=story.world.stable._replace(claim=Claim("two", "", theirs.fence)))
        story.aborts()
        for _ in range(8):
            if story.rollout.is_final:
                break
            story.resumes()
            story.passes(11 * MINUTE)
        assert story.rollout.is_final, "home was never reached"


DEEDS: tuple[Callable[[Life, int], None], ...] = (
    Life.looks,
    Life.looks,
    Life.looks,
    Life.goes_well,
    Life.goes_well,
    Life.goes_well,
    Life.pods_move,
    Life.pods_move,
    Life.time_passes,
    Life.measures,
    Life.measures,
    Life.somebody_acts,
    Life.somebody_acts,
    Life.arrives_late,
    Life.is_away,
    Life.bad_luck,
)

_STEPS: tuple[Step, ...] = (
    SetWeight(10),
    SetWeight(25),
    SetWeight(50),
    SetWeight(100),
    SetWeight(0),
    Pause(5 * MINUTE),
    Pause(),
    Gate(),
    Gate(approvals=2, on_deadline=Silence.HOLD),
    Analysis(("success-rate",)),
)
_SCALES: tuple[Step, ...] = (
    SetCanaryScale(replicas=2),
    SetCanaryScale(weight=50),
    SetCanaryScale(match_traffic_weight=True),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A story with any plan that validation would let pass."""
    routed = draw(st.booleans())
    steps = draw(st.lists(st.sampled_from(_STEPS + (_SCALES if routed else ())), max_size=6))
    background = draw(
        st.sampled_from((None, Background(Analysis(("endless",)), 0), Background(Analysis(("endless",)), 1)))
    )
    replicas = draw(st.integers(1, 5))
    limits = draw(st.sampled_from((("25%", "25%"), (1, 0), (0, 1), (2, 1))))
    return Story(
        (SetWeight(25), *steps), routed, replicas, background, (template(), template("endless", count=None)), limits=limits
    )  # fmt: skip


def deeds() -> st.SearchStrategy[list[tuple[int, int]]]:
    """What happens in a life, in order."""
    return st.lists(st.tuples(st.integers(0, len(DEEDS) - 1), st.integers(0, 999)), min_size=40, max_size=90)
