"""Every id that a view draws and a listener hears, and what buttons carry.

A button's value is a hint of what its card showed when it was drawn, never a proof: whoever reads one gets None for
anything that Leadsman did not write, and checks the person and the state anew.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from strategies.events import Position
from strategies.model import Stage


class ActionId(StrEnum):
    """The buttons and menus."""

    PROMOTE = "rollout.promote"
    PAUSE = "rollout.pause"
    RESUME = "rollout.resume"
    ABORT = "rollout.abort"
    ROLL_BACK = "rollout.rollback"
    RETRY = "rollout.retry"
    DETAILS = "rollout.details"
    MORE = "rollout.more"
    APPROVE = "ask.approve"
    REJECT = "ask.reject"
    ACCEPT = "ask.accept"
    AGAIN = "ask.again"
    REPLACE = "busy.replace"
    QUEUE = "busy.queue"
    KEEP = "busy.keep"
    OPEN_CARD = "nav.card"


class Choice(StrEnum):
    """The entries of a card's menu (`ActionId.MORE`); a chosen option's value is read by `parse_choice`."""

    PROMOTE = "promote"
    PAUSE = "pause"
    ABORT = "abort"
    SKIP = "skip"
    FULL = "full"
    TERMINATE = "terminate"
    DETAILS = "details"


class FormId(StrEnum):
    """The callback ids of forms. What each is about stands in its private metadata."""

    ABORT = "form.abort"
    REJECT = "form.reject"
    ROLL_BACK = "form.rollback"
    RETRY = "form.retry"
    SKIP = "form.skip"
    FULL = "form.full"
    TERMINATE = "form.terminate"
    ACCEPT = "form.accept"
    DEPLOY = "form.deploy"
    DETAILS = "form.details"
    NOTE = "form.note"


class FieldId(StrEnum):
    """The inputs of forms: the block id and the action id of each are the same."""

    REASON = "reason"
    APP = "app"
    ENVIRONMENT = "environment"
    VERSION = "version"


ACTIONS_BLOCK = "act"
"""The buttons of a card stand in the block `act.N`, N the number of the drawing."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_CURSOR = re.compile(r"[0-9]{1,6}")
_DRAWN = re.compile(rf"{ACTIONS_BLOCK}\.([0-9]{{1,9}})")
LONGEST_VALUE = 2000
"""Characters of a button's value that Slack keeps; a menu's option has 150."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a rollout's button was drawn for: the rollout, and where it stood then."""

    rollout: str
    position: Position


@dataclass(frozen=True, slots=True)
class Asked:
    """What the button of a question was drawn for."""

    rollout: str
    ask: str


@dataclass(frozen=True, slots=True)
class Wished:
    """What the Busy choice was drawn for: the live rollout in the way, and the deploy that somebody asked for."""

    live: str
    app: str
    environment: str
    version: str
    reason: str = ""


def position_text(position: Position) -> str:
    """A position in a few letters: `walking.3`, `walking.3.1` for two walks."""
    return ".".join([position.stage.value, *map(str, position.cursors)])


def parse_position(text: str) -> Position | None:
    """The position that `position_text` wrote, None for anything else."""
    stage, *cursors = text.split(".")
    if stage not in set(Stage) or not cursors or not all(map(_CURSOR.fullmatch, cursors)) or not text.isascii():
        return None
    return Position(Stage(stage), tuple(map(int, cursors)))


def pressed_value(rollout: str, position: Position) -> str:
    """The value of a rollout's button."""
    return f"{rollout}:{position_text(position)}"


def parse_pressed(value: object) -> Pressed | None:
    """What a rollout's button carries, None for what Leadsman did not write."""
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        return None
    rollout, _, rest = value.partition(":")
    position = parse_position(rest)
    return Pressed(rollout, position) if _ID.fullmatch(rollout) and position is not None else None


def choice_value(choice: Choice, rollout: str, position: Position) -> str:
    """The value of an entry of the menu."""
    return f"{choice}:{pressed_value(rollout, position)}"


def parse_choice(value: object) -> tuple[Choice, Pressed] | None:
    """The entry and what it carries, None for what Leadsman did not write."""
    if not isinstance(value, str):
        return None
    choice, _, rest = value.partition(":")
    found = parse_pressed(rest)
    return (Choice(choice), found) if choice in set(Choice) and found is not None else None


def asked_value(rollout: str, ask: str) -> str:
    """The value of a question's button."""
    return f"{rollout}:{ask}"


def parse_asked(value: object) -> Asked | None:
    """What a question's button carries, None for what Leadsman did not write."""
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        return None
    rollout, _, ask = value.partition(":")
    ours = _ID.fullmatch(rollout) and _ID.fullmatch(ask) and ask.startswith(f"{rollout}-")
    return Asked(rollout, ask) if ours else None


def wished_value(wished: Wished) -> str:
    """The value of the Busy choice. A reason that would not fit is cut."""
    text = _wished_text(wished)
    while len(text) > LONGEST_VALUE and wished.reason:
        kept = len(wished.reason) - max(1, (len(text) - LONGEST_VALUE) // 2)
        wished = replace(wished, reason=wished.reason[: max(kept, 0)])
        text = _wished_text(wished)
    return text


def _wished_text(wished: Wished) -> str:
    fields = [wished.live, wished.app, wished.environment, wished.version, wished.reason]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def parse_wished(value: object) -> Wished | None:
    """What the Busy choice carries, None for what Leadsman did not write."""
    found = _json(value, LONGEST_VALUE)
    if not isinstance(found, list) or len(found) != 5 or not all(isinstance(one, str) for one in found):
        return None
    return Wished(*found) if _ID.fullmatch(found[0]) else None


def drawing_block(drawing: int) -> str:
    """The block id of a card's buttons."""
    return f"{ACTIONS_BLOCK}.{drawing}"


def parse_drawing(block_id: object) -> int | None:
    """The number of the drawing that a pressed button stood in, None for another block."""
    found = _DRAWN.fullmatch(block_id) if isinstance(block_id, str) and block_id.isascii() else None
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class About:
    """What a form is about. `value` is the button's own; `channel` and `ts` are the card's, where it came from one."""

    value: str = ""
    channel: str = ""
    ts: str = ""

    def metadata(self) -> str:
        """The private metadata of the form."""
        fields: Mapping[str, str] = {"value": self.value, "channel": self.channel, "ts": self.ts}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def parse_about(metadata: object) -> About | None:
    """What a form is about, None for what Leadsman did not write."""
    found = _json(metadata, 3000)
    if not isinstance(found, dict) or set(found) != {"value", "channel", "ts"}:
        return None
    return About(**found) if all(isinstance(one, str) for one in found.values()) else None


def _json(text: object, longest: int) -> object:
    if not isinstance(text, str) or len(text) > longest:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
