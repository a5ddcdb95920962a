"""What must never happen, over random lives beside a controller that walks."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from strategies.allowed import allowed
from strategies.argo.driver import Start
from strategies.argo.seen import Kind
from strategies.machine import decide
from strategies.model import Rollout
from strategies.phase import phase
from strategies.snapshot import snapshot
from tests.strategies.argo.life import COMMANDS, ArgoLife
from tests.strategies.argo.story import ArgoStory
from tests.strategies.argo.world import V2, ArgoWorld
from tests.strategies.story import PEOPLE

ROLLOUT = TypeAdapter(Rollout)
STEPS = st.lists(
    st.sampled_from(("setWeight: 20", "setWeight: 60", "pause", "pause", "pause: 5m", "analysis")),
    min_size=1,
    max_size=6,
)
DEEDS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 500)), max_size=60)


@st.composite
def stories(draw: st.DrawFn) -> ArgoStory:
    """A canary or a blue/green, deployed by us or begun with kubectl."""
    steps = tuple(draw(STEPS))
    kind = draw(st.sampled_from((Kind.CANARY, Kind.CANARY, Kind.BLUE_GREEN)))
    world = ArgoWorld(steps if kind is Kind.CANARY else (), kind)
    start = draw(st.sampled_from((Start.DEPLOY, Start.DEPLOY, Start.ELSEWHERE)))
    if start is Start.ELSEWHERE:
        world.begins_with(V2)
    return ArgoStory(world, start)


@given(stories(), DEEDS)
def test_in_a_calm_life_no_traffic_passes_a_gate_unasked_and_it_ends(
    story: ArgoStory, happens: list[tuple[int, int]]
) -> None:
    life = ArgoLife(story, calm=True)
    life.lives(happens)
    life.ends()


@given(stories(), DEEDS)
def test_in_any_life_nothing_forbidden_is_decided_and_it_ends(story: ArgoStory, happens: list[tuple[int, int]]) -> None:
    life = ArgoLife(story, calm=False)
    life.lives(happens)
    life.ends()


@given(stories(), DEEDS)
def test_what_is_saved_is_what_comes_back(story: ArgoStory, happens: list[tuple[int, int]]) -> None:
    ArgoLife(story, calm=False).lives(happens)
    assert ROLLOUT.validate_json(ROLLOUT.dump_json(story.rollout)) == story.rollout


@given(stories(), DEEDS)
def test_it_can_be_shown_at_every_moment(story: ArgoStory, happens: list[tuple[int, int]]) -> None:
    ArgoLife(story, calm=False).lives(happens)
    for seen in (None, story.world.seen()):
        shown = snapshot(story.rollout, seen, story.at)
        assert shown.phase == phase(story.rollout, seen) and shown.phase.sentence
        assert shown.verbs <= allowed(story.rollout, story.at)


@given(stories(), DEEDS, st.sampled_from(tuple(PEOPLE)))
def test_nobody_acts_without_the_role(story: ArgoStory, happens: list[tuple[int, int]], name: str) -> None:
    ArgoLife(story, calm=False).lives(happens)
    asks = [ask.id for ask in story.rollout.asks] or ["none"]
    for made in COMMANDS:
        for ask in asks:
            command = made(story, name, ask)
            decision = decide(story.rollout, replace(command, by=replace(command.by, roles=frozenset({"viewer"}))))
            assert decision.refusal is not None and decision.rollout is story.rollout
            assert decision.refusal.sentence.endswith(".")
