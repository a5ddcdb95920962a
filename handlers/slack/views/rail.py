"""The rail of steps in words: past, present and future in one line, at most six stops."""

from collections.abc import Sequence

from handlers.slack.views.prose import Bold, Line, Part
from strategies.drawn import Place, Stop

MOST = 6


def rail(stops: Sequence[Stop]) -> Line:
    """`✓ 10% → *now: checks 3/5* → approval → 50% → checks → 100%`. What is done, then what is far ahead, is folded."""
    done = [stop for stop in stops if stop.place is Place.DONE]
    rest = [stop for stop in stops if stop.place is not Place.DONE]
    missed = [stop for stop in rest if stop.place is Place.NOT_REACHED]
    rest = [stop for stop in rest if stop not in missed[:-1]]
    room = max(1, MOST - len(rest))
    parts: list[Part] = []
    if len(done) > room:
        parts.append(f"✓ {len(done) - room + 1} done")
        done = done[len(done) - room + 1 :]
    parts += [f"✓ {stop.text}" for stop in done]
    shown = rest if len(parts) + len(rest) <= MOST else [*rest[: MOST - len(parts) - 2], *rest[-1:]]
    for number, stop in enumerate(shown):
        if number == len(shown) - 1 and len(shown) < len(rest):
            parts.append(f"{len(rest) - len(shown)} more")
        parts.append(_stop(stop))
    line: list[Part] = []
    for part in parts:
        line += [" → ", part] if line else [part]
    return tuple(line)


def _stop(stop: Stop) -> Part:
    match stop.place:
        case Place.NOW:
            return Bold(f"now: {stop.text}")
        case Place.FAILED:
            return Bold(f"stopped: {stop.text}")
        case Place.NOT_REACHED:
            return f"{stop.text} not reached"
        case _:
            return stop.text
