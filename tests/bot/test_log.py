"""Logs are one JSON event a line, with context, and hold no secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.log import HIDDEN, Scrubber, set_up


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    set_up(["sentinel-secret"], stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_context(out: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(rollout="r1", actor="U1"):
        structlog.get_logger("bot.engine").info("moved on", weight=10, text="two\nlines")
    [line] = lines(out)
    assert line.pop("at", "").endswith("Z")  # type: ignore[attr-defined]
    assert line == {
        "event": "moved on", "level": "info", "logger": "bot.engine", "rollout": "r1", "actor": "U1", "weight": 10,
        "text": "two\nlines",
    }  # fmt: skip


def test_libraries_come_out_the_same_way_and_scrubbed(out: io.StringIO) -> None:
    logging.getLogger("aiohttp.server").error("failed with %s", "xoxb-1-2-abc and sentinel-secret")
    [line] = lines(out)
    assert line["event"] == f"failed with {HIDDEN} and {HIDDEN}"
    assert line["level"] == "error"


def test_no_secret_leaves_through_values_keys_or_tracebacks(out: io.StringIO) -> None:
    log = structlog.get_logger("x")
    try:
        int("Authorization: Bearer abcdef123456 sentinel-secret")
    except ValueError:
        log.exception("gone wrong", headers={"Authorization": "Bearer sentinel-secret"}, many=["xapp-1-A-b", ("a",)])
        logging.getLogger("lib").exception("also wrong")
    log.info("db", url="postgresql://ann:hunter2x@db/x", raw=b"xoxp-1-2", thing=ValueError("sentinel-secret"))
    text = out.getvalue()
    assert "ValueError" in text
    for secret in ("sentinel-secret", "abcdef123456", "xapp-1", "hunter2x", "xoxp-1"):
        assert secret not in text
    assert "postgresql://ann:***@db/x" in text


def test_the_chatter_of_libraries_is_left_out(out: io.StringIO) -> None:
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("slack_sdk").info("chatter")
    structlog.get_logger("x").debug("detail")
    assert out.getvalue() == ""


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_person_in_front_of_it_reads_plain_lines(no_color: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("NO_COLOR", no_color)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = Terminal()
    set_up(stream=stream)
    structlog.get_logger("x").info("hello", weight=10)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    assert "hello" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert ("\x1b[" in stream.getvalue()) is not bool(no_color)


@given(st.text(min_size=6, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_known_secret_is_found_wherever_it_stands(secret: str, before: str, after: str) -> None:
    scrubbed = Scrubber([secret]).text(before + secret + after)
    if HIDDEN not in before + secret + after and secret not in HIDDEN * 3:
        assert secret not in scrubbed
