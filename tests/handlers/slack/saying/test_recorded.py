"""The card at every look of a recorded rollout: what is evidence of one analysis is never shown for another."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from handlers.plain import message_lines
from handlers.slack.views.card import Drawing, card
from strategies.snapshot import snapshot
from tests.strategies.argo.recording import load
from tests.strategies.argo.replay import Replay


def cards(name: str) -> Iterator[tuple[str, str]]:
    """At each look the state as it is read, and the first word of the evidence; where that is a table, its first verdict."""
    for number, (rollout, seen) in enumerate(Replay(load(name)).plays().shown):
        payload = card(snapshot(rollout, seen, seen.at), Drawing(number, seen.at)).payload()
        [evidence] = [block for block in payload["blocks"] if block["block_id"] == "checks"] or [None]
        yield message_lines(payload)[1], _first(evidence)


def _first(evidence: dict[str, Any] | None) -> str:
    if evidence is None:
        return ""
    return str(evidence["rows"][1][1]["text"]) if evidence["type"] == "table" else _words(evidence)[0]


def _words(evidence: dict[str, Any]) -> list[str]:
    return message_lines({"blocks": [evidence], "text": ""})[0].split()


def test_a_second_analysis_that_has_not_begun_is_not_shown_as_passed_because_the_first_one_was() -> None:
    shown = [card for card, _ in groupby(cards("08h-prometheus-pass-then-fail"))]
    first = [evidence for state, evidence in shown if "measuring at 20%" in state]
    second = [evidence for state, evidence in shown if "measuring at 60%" in state]
    assert (first, second) == (["", "Measuring", "Passed"], ["", "Measuring", "fail"])
