"""A small schema language whose complaints read as Slack's: a sentence and a JSON pointer."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

Check = Callable[[Any, str], list[str]]
"""Looks at a value found at a pointer and returns what is wrong with it, nothing if it is right."""


def complaint(sentence: str, pointer: str) -> str:
    """One line of Slack's `errors`."""
    return f"{sentence} [json-pointer:{pointer}]"


def string(most: int | None = None, least: int = 0, *, pattern: str = "", among: Collection[str] = ()) -> Check:
    """Text of `least` to `most` characters, perhaps of a pattern or one of a few words."""

    def check(value: Any, at: str) -> list[str]:
        if not isinstance(value, str):
            return [complaint("must provide a string", at)]
        if len(value) < least:
            return [complaint(f"must be more than {least - 1} characters", at)]
        if most is not None and len(value) > most:
            return [complaint(f"must be less than {most + 1} characters", at)]
        if pattern and not re.search(pattern, value):
            return [complaint(f"input must match regex pattern: {pattern}", at)]
        if among and value not in among:
            return [complaint(f"value must be one of: {', '.join(sorted(among))}", at)]
        return []

    return check


def boolean(value: Any, at: str) -> list[str]:
    """True or false."""
    return [] if isinstance(value, bool) else [complaint("must provide a boolean", at)]


def number(least: float | None = None, most: float | None = None, *, whole: bool = True) -> Check:
    """A number within bounds."""

    def check(value: Any, at: str) -> list[str]:
        right = int if whole else int | float
        if isinstance(value, bool) or not isinstance(value, right):
            return [complaint("must provide an integer" if whole else "must provide a number", at)]
        if least is not None and value < least:
            return [complaint(f"must be greater than or equal to {least}", at)]
        if most is not None and value > most:
            return [complaint(f"must be less than or equal to {most}", at)]
        return []

    return check


def listing(item: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` items, each right in itself."""

    def check(value: Any, at: str) -> list[str]:
        if not isinstance(value, list):
            return [complaint("must provide an array", at)]
        if len(value) > most:
            return [complaint(f"no more than {most} items allowed", at)]
        if len(value) < least:
            return [complaint(f"no fewer than {least} items allowed", at)]
        return [line for i, one in enumerate(value) for line in item(one, f"{at}/{i}")]

    return check


def shape(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *,
    one_of: Collection[str] = (),
    any_of: Collection[str] = (),
) -> Check:
    """An object with these keys and no others; of `one_of` exactly one, of `any_of` at least one."""
    required, optional = required or {}, optional or {}
    known = {**optional, **required}

    def check(value: Any, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [complaint("must provide an object", at)]
        lines = [complaint(f"missing required field: {key}", at) for key in required if key not in value]
        lines += [complaint(f"invalid additional property: {key}", at) for key in value if key not in known]
        lines += _present(value, at, one_of, any_of)
        for key in known:
            if key in value:
                lines += known[key](value[key], f"{at}/{key}")
        return lines

    return check


def _present(value: Mapping[str, Any], at: str, one_of: Collection[str], any_of: Collection[str]) -> list[str]:
    if one_of and sum(key in value for key in one_of) != 1:
        return [complaint(f"must provide exactly one of: {', '.join(one_of)}", at)]
    if any_of and not any(key in value for key in any_of):
        return [complaint(f"must provide at least one of: {', '.join(any_of)}", at)]
    return []


def typed(kinds: Mapping[str, Check], *, polymorphic: bool = True) -> Check:
    """An object whose `type` chooses its check.

    Where Slack's own schema is a choice among several (`polymorphic`) it first says that none matched.
    """

    def check(value: Any, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [complaint("must provide an object", at)]
        kind = value.get("type")
        if "type" not in value:
            lines = [complaint("missing required field: type", at)]
        elif not isinstance(kind, str) or kind not in kinds:
            lines = [complaint(f"unsupported type: {kind}", f"{at}/type")]
        else:
            lines = kinds[kind](value, at)
        return [complaint("failed to match all allowed schemas", at), *lines] if lines and polymorphic else lines

    return check


def both(checks: Iterable[Check]) -> Check:
    """All of these checks."""
    held = tuple(checks)
    return lambda value, at: [line for check in held for line in check(value, at)]


def kind(name: str, required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None) -> Check:
    """An object of one type, as `typed` wants them."""
    return shape({"type": string(among={name}), **(required or {})}, optional)
