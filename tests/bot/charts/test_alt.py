"""The words that stand for the image."""

import dataclasses

from bot.charts import Step, alt_text
from tests.bot.charts.examples import NO_DATA, TOO_FEW, TOO_SLOW, line


def test_the_words_carry_verdict_numbers_time_steps_and_limit() -> None:
    assert alt_text(TOO_SLOW) == (
        "p95 latency: 412 ms, limit 300 ms. latency-p95, minutes 0 to 31 since the rollout started. "
        "v1.4.2: last 412 ms, between 209 ms and 412 ms. v1.4.1: last 214 ms, between 211 ms and 215 ms. "
        "Limit: not above 300 ms. Measurements: 2 passed, 2 failed. "
        "Steps: 10% at minute 1, 50% at minute 22, back at minute 29."
    )


def test_minutes_are_told_to_a_tenth() -> None:
    told = alt_text(dataclasses.replace(TOO_SLOW, start=-2.0, end=10.5312, steps=(Step(0.9442, "10%"),)))
    assert "minutes -2 to 10.5 since" in told
    assert "Steps: 10% at minute 0.9." in told


def test_a_line_is_told_by_the_number_at_its_last_measurement() -> None:
    measured = dataclasses.replace(line("v1", 0, 9, 5, 7), figure=6.0)
    assert "v1: last 6 ms, between 5 ms and 7 ms." in alt_text(dataclasses.replace(TOO_SLOW, canary=measured))


def test_too_little_data_is_said() -> None:
    assert "1 passed, 1 inconclusive." in alt_text(TOO_FEW)
    assert alt_text(TOO_FEW).endswith("Minutes 6 to 13: 212 of 500 requests.")
    assert "No data in this time." in alt_text(NO_DATA)
    assert "v1: no data in this time." in alt_text(dataclasses.replace(TOO_SLOW, canary=line("v1", 0, 1)))


def test_a_constant_line_is_called_constant() -> None:
    assert "v1: 5 ms throughout." in alt_text(dataclasses.replace(TOO_SLOW, canary=line("v1", 0, 9, 5, 5)))


def test_the_words_never_exceed_what_slack_takes_and_end_with_an_ellipsis_if_cut() -> None:
    many = tuple(Step(number, f"step {number}") for number in range(200))
    cut = alt_text(dataclasses.replace(TOO_SLOW, steps=many))
    assert 995 < len(cut) <= 1000
    assert cut.endswith("…")
