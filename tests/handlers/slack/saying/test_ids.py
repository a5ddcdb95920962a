"""What buttons and forms carry: read back as written, and never believed when it is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.slack.ids import (
    About,
    ActionId,
    Asked,
    Choice,
    FormId,
    Pressed,
    Wished,
    asked_value,
    choice_value,
    drawing_block,
    parse_about,
    parse_asked,
    parse_choice,
    parse_drawing,
    parse_pressed,
    parse_wished,
    pressed_value,
    wished_value,
)
from strategies.events import Position
from strategies.model import Stage

HERE = Position(Stage.WALKING, (3, 0))
PARSERS = (parse_pressed, parse_choice, parse_asked, parse_wished, parse_about, parse_drawing)
HOSTILE = (
    "",
    ":",
    "ro1",
    "ro1:",
    ":walking.1",
    "ro1:walking",
    "ro1:walking.-1",
    "ro1:walking.٣",
    "ro1:walking.1e3",
    "ro1:walking." + "9" * 400,
    "ro1:nowhere.1",
    "../../etc:walking.1",
    "ro1;drop table:walking.1",
    "promote:ro1",
    "promote:ro1:walking.x",
    "delete:ro1:walking.1",
    "[" * 100_000,
    '{"value": 1}',
    "[1, 2, 3, 4, 5]",
    "act.",
    "act.-1",
    "act.٣",
    "\x00",
    None,
    7,
    ["ro1:walking.1"],
)


def test_everything_that_is_written_is_read_back() -> None:
    assert parse_pressed(pressed_value("ro1", HERE)) == Pressed("ro1", HERE)
    assert parse_choice(choice_value(Choice.SKIP, "ro1", HERE)) == (Choice.SKIP, Pressed("ro1", HERE))
    assert parse_asked(asked_value("ro1", "ro1-2")) == Asked("ro1", "ro1-2")
    assert parse_drawing(drawing_block(12)) == 12
    about = About("ro1:ro1-2", "C1", "1.2")
    assert parse_about(about.metadata()) == about


@given(reason=st.text(max_size=6_000))
def test_the_busy_choice_fits_into_a_button_whatever_the_reason(reason: str) -> None:
    value = wished_value(Wished("ro1", "a" * 253, "e" * 253, "v" * 128, reason))
    assert len(value) <= 2_000
    found = parse_wished(value)
    assert found is not None
    assert reason.startswith(found.reason)


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_what_leadsman_did_not_write_is_nothing(value: object) -> None:
    assert all(parse(value) is None for parse in PARSERS)


@given(value=st.text(max_size=200))
def test_no_text_breaks_a_parser(value: str) -> None:
    for parse in PARSERS:
        parse(value)


def test_no_two_ids_are_the_same() -> None:
    everything = [one.value for ids in (ActionId, FormId) for one in ids]
    assert len(everything) == len(set(everything))
