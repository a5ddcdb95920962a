"""Slack's limits, kept before Slack has to say so."""

import itertools

from bot.clock import ManualClock
from handlers.slack.budget import CALM_UPDATES, FILES, POST, UPDATE, UPDATES, Budget
from handlers.slack.outage import SHORTEST, Outages


async def calls(budget: Budget, clock: ManualClock, seconds: int, *, urgent: bool) -> list[float]:
    """Change messages as fast as the budget lets one, for that long; when it happened."""
    made: list[float] = []
    while clock.monotonic() < seconds:
        if budget.update_wait(urgent=urgent) == 0:
            budget.updated(urgent=urgent)
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


async def test_a_channel_takes_one_message_a_second_and_a_decision_one_early() -> None:
    clock = ManualClock()
    budget = Budget(clock)
    budget.posted("C1")
    assert 0 < budget.post_wait("C1", urgent=False) <= 1
    assert budget.post_wait("C1", urgent=True) == 0
    budget.posted("C1")
    assert budget.post_wait("C1", urgent=True) > 0
    assert budget.post_wait("C2", urgent=False) == 0
    await clock.advance(2)
    assert budget.post_wait("C1", urgent=False) == 0


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
        budget.filed()
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
