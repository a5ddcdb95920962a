"""Slack's limits, kept before Slack has to say so."""

import itertools
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.playground.slack.rates import Rates
from handlers.slack.budget import CALM_UPDATES, FILES, POST, UPDATE, UPDATES, Budget
from handlers.slack.outage import SHORTEST, Outages
from tests.handlers.slack.saying.rooms import SameClock


async def calls(budget: Budget, clock: ManualClock, seconds: int, *, urgent: bool) -> list[float]:
    """Change messages as fast as the budget lets one, for that long; when it happened."""
    made: list[float] = []
    while clock.monotonic() < seconds:
        if budget.update_wait(urgent=urgent) == 0:
            budget.updating(urgent=urgent)()
            made.append(clock.monotonic())
        else:
            await clock.advance(min(0.5, budget.update_wait(urgent=urgent)))
    return made


def most_in_a_minute(made: list[float]) -> int:
    return max(sum(begin <= at < begin + 60 for at in made) for begin in made)


async def test_no_minute_has_more_changes_than_slack_allows() -> None:
    clock = ManualClock()
    assert most_in_a_minute(await calls(Budget(clock), clock, 300, urgent=True)) <= UPDATES


async def test_calm_changes_leave_a_third_for_decisions_and_come_at_an_even_pace() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    made = await calls(budget, clock, 300, urgent=False)
    assert most_in_a_minute(made) <= CALM_UPDATES
    assert max(later - earlier for earlier, later in itertools.pairwise(made)) < 4
    assert budget.update_wait(urgent=True) == 0


async def test_changes_that_were_late_on_their_way_count_from_when_slack_surely_had_them() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    late = [budget.updating(urgent=True) for _ in range(UPDATES)]
    assert budget.update_wait(urgent=True) > 0
    await clock.advance(5)
    for over in late:
        over()
    await clock.advance(59)
    assert budget.update_wait(urgent=True) == 1
    await clock.advance(1)
    assert budget.update_wait(urgent=True) == 0


async def test_a_channel_takes_one_message_a_second_and_a_decision_one_early() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    budget.posting("C1")()
    assert 0 < budget.post_wait("C1", urgent=False) <= 1
    assert budget.post_wait("C1", urgent=True) == 0
    budget.posting("C1")()
    assert budget.post_wait("C1", urgent=True) > 0
    assert budget.post_wait("C2", urgent=False) == 0
    await clock.advance(2)
    assert budget.post_wait("C1", urgent=False) == 0


async def test_news_waits_for_the_answer_to_what_is_under_way_and_a_decision_passes_one() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    over = budget.posting("C1")
    await clock.advance(10)
    assert budget.post_wait("C1", urgent=False) > 0
    assert budget.post_wait("C1", urgent=True) == 0
    budget.posting("C1")
    assert budget.post_wait("C1", urgent=True) > 0
    over()
    assert budget.post_wait("C1", urgent=True) > 0


async def test_answers_that_take_their_time_do_not_stretch_the_second() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    for _ in range(100):
        await clock.advance(budget.post_wait("C1", urgent=False))
        over = budget.posting("C1")
        await clock.advance(0.4)
        over()
    assert 98 <= clock.monotonic() <= 101


Sent = tuple[bool, int, int]
"""A message: whether it is a decision, and the tenths of a second of its way to Slack and of the answer's way back."""


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 20)), max_size=25))
async def test_however_long_messages_are_under_way_slack_never_has_to_ask_for_patience(sent: list[Sent]) -> None:
    clock = ManualClock()
    budget, rates = Budget(clock), Rates(SameClock(clock))
    due: list[tuple[int, Callable[[], None]]] = []
    tenth = 0
    while sent or due:
        for happens in [one for one in due if one[0] <= tenth]:
            due.remove(happens)
            happens[1]()
        while sent and budget.post_wait("C1", urgent=sent[0][0]) == 0:
            _, way, back = sent.pop(0)
            due.append((tenth + way, lambda: rates.take("chat.postMessage", "special", "C1")))
            due.append((tenth + way + back, budget.posting("C1")))
        await clock.advance(0.1)
        tenth += 1


async def test_a_channel_known_by_its_name_and_by_its_id_is_one_channel() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    first, second = budget.posting("#deploys"), budget.posting("#deploys")
    first()
    budget.is_same("#deploys", "C1")
    budget.is_same("#deploys", "C1")
    second()
    assert budget.post_wait("C1", urgent=True) == 1
    budget.limited(POST, "#deploys", 30)
    assert budget.post_wait("C1", urgent=True) == 30


async def test_patience_that_slack_asks_for_is_kept_for_that_method_and_channel() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    budget.limited(POST, "C1", 30)
    budget.limited(UPDATE, "C1", 20)
    assert budget.post_wait("C1", urgent=True) == 30
    assert budget.post_wait("C2", urgent=True) == 0
    assert budget.update_wait(urgent=True) == 20
    await clock.advance(30)
    assert budget.post_wait("C1", urgent=False) == budget.update_wait(urgent=False) == 0


async def test_files_have_a_budget_of_their_own() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    for _ in range(FILES):
        assert budget.file_wait() == 0
        budget.filing()()
    assert budget.file_wait() == 60
    await clock.advance(60)
    assert budget.file_wait() == 0


async def test_only_an_outage_that_people_could_notice_is_told_and_only_to_those_who_waited() -> None:
    clock = ManualClock()
    outages = Outages(clock)
    assert not outages.reached()
    outages.failed("ro1")
    await clock.advance(SHORTEST - 1)
    assert outages.reached()
    assert outages.mended() == ()
    outages.failed("ro1")
    outages.failed("")
    assert outages.tries == 2
    await clock.advance(SHORTEST)
    assert outages.reached()
    assert outages.mended() == ("ro1",)
    outages.take("ro1")
    assert outages.mended() == ()
