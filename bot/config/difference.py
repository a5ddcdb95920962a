"""What changed between two configurations, in lines for people."""

import json
from collections.abc import Iterator, Mapping

from bot.config.config import Config

_ABSENT = object()
_LONGEST = 200


def difference(old: Config, new: Config) -> tuple[str, ...]:
    """One line for each value that changed, came or went: `apps.checkout.image: acme/checkout → acme/shop`."""
    return tuple(_changes("", old.normal, new.normal))


def _changes(place: str, old: object, new: object) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            inner = f"{place}.{key}" if place else str(key)
            yield from _changes(inner, old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list) and _plain(old) and _plain(new):
        yield from (f"{place}: without {_show(item)}" for item in old if item not in new)
        yield from (f"{place}: with {_show(item)}" for item in new if item not in old)
        if sorted(old, key=str) == sorted(new, key=str):
            yield f"{place}: in another order"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _changes(f"{place}[{at}]", before, after)
    elif new is _ABSENT:
        yield f"{place}: removed, was {_show(old)}"
    elif old is _ABSENT:
        yield f"{place}: added, {_show(new)}"
    else:
        yield f"{place}: {_show(old)} → {_show(new)}"


def _plain(items: list[object]) -> bool:
    return all(isinstance(item, str | int | float) for item in items)


def _show(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
