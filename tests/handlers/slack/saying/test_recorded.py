"""The card at every look of a recorded rollout: what is evidence of one analysis is never shown for another."""

from collections.abc import Iterator
from itertools import groupby

from handlers.plain import message_lines
from handlers.slack.views.card import Drawing, card
from strategies.snapshot import snapshot
from tests.strategies.argo.recording import load
from tests.strategies.argo.replay import Replay

EVIDENCE = ("Measuring", "Passing", "Passed", "Failing")


def cards(name: str) -> Iterator[tuple[str, str]]:
    """At each look the state as it is read, with its step and the first word of the evidence below it."""
    for number, (rollout, seen) in enumerate(Replay(load(name)).plays().shown):
        read = message_lines(card(snapshot(rollout, seen, seen.at), Drawing(number, seen.at)).payload())
        evidence = next((line.split()[0] for line in read if line.startswith(EVIDENCE)), "")
        yield read[1], evidence


def test_a_second_analysis_that_has_not_begun_is_not_shown_as_passed_because_the_first_one_was() -> None:
    shown = [card for card, _ in groupby(cards("08h-prometheus-pass-then-fail"))]
    at = [number for number, (state, _) in enumerate(shown) if "measuring at 60%" in state]
    assert shown[at[0]] == ("⏳ Progressing · measuring at 60% · step 4 of 4", "")
    assert [evidence for state, evidence in shown if "measuring at" in state] == []
