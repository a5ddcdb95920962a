"""What must never happen, over random lives of any plan in a lagging world.

The walk through every state of a small world (`test_exhaustive`) checks the same sentences; `test_mutations` breaks the machine in a
named way for each of them and sees a test fail. Of the twelve, the audit (8), deliveries (9) and what people were told (10) belong to
the store, the inbox and the announcer, and are tested there.
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from strategies.allowed import Verb, allowed
from strategies.events import Abort, Approve, Command, Hold, MeasureAgain, Promote, PromoteFull, Reject, Resume, Skip
from strategies.machine import decide
from strategies.model import Outcome, Rollout, Who
from strategies.phase import phase
from strategies.snapshot import snapshot
from tests.strategies.life import Life, deeds, stories
from tests.strategies.story import PEOPLE, Story
from tests.strategies.world import V1, V2, look

ROLLOUT = TypeAdapter(Rollout)


@given(stories(), deeds())
def test_in_a_calm_life_nobody_is_turned_away_and_home_is_reached(story: Story, happens: list[tuple[int, int]]) -> None:
    life = Life(story, calm=True)
    life.lives(happens)
    life.ends()
    life.everybody_is_served()
    assert story.serves(V2 if story.outcome is Outcome.HEALTHY else V1)


@given(stories(), deeds())
def test_in_any_life_nothing_forbidden_is_decided_and_home_is_reached(
    story: Story, happens: list[tuple[int, int]]
) -> None:
    life = Life(story, calm=False)
    life.lives(happens)
    life.ends()


@given(stories(), deeds())
def test_what_is_saved_is_what_comes_back(story: Story, happens: list[tuple[int, int]]) -> None:
    Life(story, calm=False).lives(happens)
    assert ROLLOUT.validate_json(ROLLOUT.dump_json(story.rollout)) == story.rollout


@given(stories(), deeds())
def test_it_can_be_shown_at_every_moment(story: Story, happens: list[tuple[int, int]]) -> None:
    Life(story, calm=False).lives(happens)
    for seen in (None, look(story.world, story.at)):
        shown = snapshot(story.rollout, seen, story.at)
        assert shown.phase == phase(story.rollout, seen)
        assert shown.phase.sentence
        assert shown.verbs == allowed(story.rollout, story.at)


def attempts(story: Story, who: Who) -> dict[Verb, list[Command]]:
    """Each verb as a person could give it now, for every question there is."""
    at, asks = story.at, [ask.id for ask in story.rollout.asks] or ["none"]
    return {
        Verb.PROMOTE: [Promote(at, who)],
        Verb.PROMOTE_FULL: [PromoteFull(at, who, "because")],
        Verb.SKIP: [Skip(at, who, "because")],
        Verb.ABORT: [Abort(at, who, "because")],
        Verb.PAUSE: [Hold(at, who)],
        Verb.RESUME: [Resume(at, who)],
        Verb.APPROVE: [Approve(at, who, ask, "because") for ask in asks],
        Verb.REJECT: [Reject(at, who, ask, "because") for ask in asks],
        Verb.MEASURE_AGAIN: [MeasureAgain(at, who, ask) for ask in asks],
    }


@given(stories(), deeds(), st.sampled_from(tuple(PEOPLE.values())))
def test_what_is_allowed_is_exactly_what_is_accepted(story: Story, happens: list[tuple[int, int]], who: Who) -> None:
    Life(story, calm=False).lives(happens)
    accepted = {
        verb
        for verb, commands in attempts(story, who).items()
        if any(decide(story.rollout, command).refusal is None for command in commands)
    }
    assert allowed(story.rollout, story.at, who) == accepted


@given(stories(), deeds(), st.sampled_from(tuple(PEOPLE.values())))
def test_nobody_acts_without_the_role(story: Story, happens: list[tuple[int, int]], who: Who) -> None:
    Life(story, calm=False).lives(happens)
    stranger = replace(who, roles=frozenset({"viewer"}))
    for commands in attempts(story, stranger).values():
        for command in commands:
            decision = decide(story.rollout, command)
            assert decision.refusal is not None
            assert decision.rollout is story.rollout
            assert decision.refusal.sentence.endswith(".")
