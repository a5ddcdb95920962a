"""Whatever an object lacks, or holds of another type than it should: it is looked at, printed and judged, and nothing raises."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.allowed import Verb
from strategies.argo.objects import Objects
from strategies.argo.offered import offered
from strategies.argo.seen import ArgoSeen
from strategies.argo.sight import seen
from strategies.argo.tree import tree
from strategies.model import Target, WorkloadKind
from tests.strategies.argo.recording import Thing, load

TARGET = Target("prod", "shop", "web", "web", kind=WorkloadKind.ROLLOUT)
NOW = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
RICH = (
    "07c-crash-bluegreen-deadline",
    "08e-background-analysis",
    "08h-prometheus-pass-then-fail",
    "09i-bluegreen-pre-promotion-quick-retry",
    "11b-workloadref-set-image",
    "13c-nginx-set-canary-scale",
    "14b-experiment-with-failing-analysis",
    "16-who-did-it",
)
_KINDS = ("rollout", "workload", "sets", "pods", "runs", "experiments", "services", "ingresses")
_WRONG: tuple[Any, ...] = (
    *(None, 0, -1, 7, 1.5, True, False, 10**17, 10**40, float("nan"), float("inf")),
    *("", "no", "1e9", "9" * 17, "9" * 40, "{{args.x}}", "result[", "a(b"),
    *("2026-11-20T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"),
    *([], ["x"], [None], {}, {"x": {}}),
)
Path = tuple[str | int, ...]


@cache
def middles(name: str) -> tuple[Objects, ...]:
    """Some moments of a recording, objects copied."""
    found = [copy.deepcopy(moment.objects) for moment in load(name).moments() if moment.rollout == "web"]
    return tuple(found[:: max(len(found) // 12, 1)])


def places(thing: object, path: Path = ()) -> Iterator[Path]:
    """Every place in an object, the object itself left out."""
    entries = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


def damaged(objects: Objects, data: st.DataObject) -> Objects:
    """The objects with one to four places in them taken away or replaced."""
    found: dict[str, Any] = {kind: copy.deepcopy(getattr(objects, kind)) for kind in _KINDS}
    for kind in data.draw(st.lists(st.sampled_from(_KINDS), min_size=1, max_size=4)):
        things: list[Thing] = found[kind] if isinstance(found[kind], list) else [found[kind]] if found[kind] else []
        if things:
            damage(data.draw(st.sampled_from(things)), data)
    return replace(objects, **found)


def damage(thing: Thing, data: st.DataObject) -> None:
    """Take one place of an object away, or put something else there."""
    found = list(places(thing))
    if not found:
        return
    path = data.draw(st.sampled_from(found))
    owner: Any = thing
    for key in path[:-1]:
        owner = owner[key]
    if data.draw(st.booleans()):
        del owner[path[-1]]
    else:
        owner[path[-1]] = data.draw(st.sampled_from(_WRONG))


@given(st.data(), st.sampled_from(RICH))
@settings(max_examples=400, deadline=None)
def test_nothing_that_is_missing_or_wrong_raises(data: st.DataObject, name: str) -> None:
    objects = damaged(data.draw(st.sampled_from(middles(name)), label="moment"), data)
    found = seen(TARGET, objects, NOW)
    assert isinstance(found, ArgoSeen)
    assert offered(frozenset(Verb), found) <= set(Verb)
    assert isinstance(tree(objects, NOW), str)
    for one in found.runs:
        assert [it.name for it in one.run.analysis.metrics] == [it.name for it in one.run.metrics]
        assert all(it.result is None or it.value for result in one.run.metrics for it in result.measurements)


@given(
    st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), st.recursive(st.sampled_from(_WRONG), st.lists))
)
def test_an_object_of_nothing_but_nonsense_raises_nothing(thing: dict[str, Any]) -> None:
    for one in (thing, thing | {"metadata": {"uid": "u"}}):
        objects = Objects(one, [one], [one], [one], [one], [one], [one], one)
        assert isinstance(seen(TARGET, objects, NOW), ArgoSeen)
        assert isinstance(tree(objects, NOW), str)
