"""Messages as plain text, for terminals."""

from typing import Any

from bot.playground.slack import Change
from handlers.plain import Transcript, message_lines

NAMES = {"U01ALICE001": "alice", "S01SRE00001": "sre"}


def section(text: str) -> dict[str, Any]:
    return {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


def test_marks_become_words() -> None:
    text = (
        "*Paused* by <@U01ALICE001>, asks <!subteam^S01SRE00001> by <!date^1795198200^{time}|18:10 UTC>: "
        "`abc` &lt;b&gt; &amp; <https://example.com|the card> <https://example.com>"
    )
    assert message_lines(section(text), NAMES.__getitem__) == (
        "Paused by @alice, asks @sre by 18:10 UTC: abc <b> & the card https://example.com",
    )


def test_a_message_without_blocks_is_its_text() -> None:
    assert message_lines({"text": "one\ntwo <@U01ALICE001|alice>"}) == ("one", "two alice")


def test_a_date_without_words_of_its_own_is_told_in_utc() -> None:
    date = {"type": "date", "timestamp": 1795198200, "format": "{time}"}
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [date]}]}
    assert message_lines({"blocks": [block]}) == ("18:10 UTC",)


def test_a_transcript_prints_a_channel_each_time_it_reads_anew_and_says_who_alone_reads_an_answer() -> None:
    printed: list[str] = []
    transcript = Transcript(printed.append, {"U02BOB00001": "bob"}.__getitem__)
    card = {"ts": "1.0", "text": "starting"}
    transcript.note(Change("posted", card, "C1"))
    transcript.note(Change("edited", card, "C1"))
    transcript.note(Change("edited", {**card, "text": "live"}, "C1"))
    transcript.note(Change("posted", {"ts": "2.0", "thread_ts": "1.0", "text": "alice started it"}, "C1"))
    transcript.note(Change("posted", {"ts": "3.0", "text": "for bob"}, "C1", "U02BOB00001"))
    transcript.note(Change("file", {"id": "F1"}))
    assert printed == ["starting\n", "live\n", "  | alice started it", "(only bob) for bob\n"]
