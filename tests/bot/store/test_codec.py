"""A document is read back as exactly what was written, or refused; never as something else."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.codec import UnreadableError, dump, load, load_any
from strategies.argo.driver import ArgoVerb, Order
from strategies.argo.seen import ArgoSeen
from strategies.events import Happening
from strategies.model import Rollout, Seen
from strategies.steps import Gate, Pause, SetCanaryScale, SetWeight, Step
from tests.bot.store.builders import rollout

MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=9999))
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(timedelta, LENGTHS)
st.register_type_strategy(float, st.floats(allow_nan=False))
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@QUICK
@given(st.from_type(Rollout))
def test_any_rollout_comes_back_as_it_was(made):
    assert load(Rollout, dump(Rollout, made)) == made


@QUICK
@given(st.from_type(Happening), st.dictionaries(st.text(), st.from_type(Seen)))
def test_any_happening_and_any_snapshot_come_back_as_they_were(happening, seen):
    assert load(Happening, dump(Happening, happening)) == happening
    assert load_any(Mapping[str, Seen], dump(Mapping[str, Seen], seen)) == seen


@pytest.mark.parametrize(
    "step", [SetWeight(25), SetCanaryScale(weight=25), Pause(), Pause(timedelta(microseconds=1)), Gate()]
)
def test_steps_that_look_alike_are_not_mixed_up(step):
    again = load_any(Step, dump(Step, step))
    assert again == step
    assert type(again) is type(step)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    name: str
    share: float = 0.5
    count: int | None = None
    bound: int | str = "25%"
    pair: tuple[int, str] = (1, "a")
    colours: frozenset[Colour] = frozenset()
    names: list[str] = field(default_factory=list)
    when: datetime | None = None


def test_numbers_that_json_lacks_and_texts_that_utf8_lacks_come_back():
    for share in (math.inf, -math.inf, 1e308, -0.0):
        assert load(Thing, dump(Thing, Thing("\ud800\0é", share))) == Thing("\ud800\0é", share)
    assert math.isnan(load(Thing, dump(Thing, Thing("x", math.nan))).share)
    dump(Thing, Thing("\ud800\0é")).decode("ascii")


def test_every_kind_of_field_comes_back_in_its_own_type():
    thing = Thing(
        "x", 2.0, 3, 4, (5, "b"), frozenset(Colour), ["n"], datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    )
    again = load(Thing, dump(Thing, thing))
    assert again == thing
    assert isinstance(next(iter(again.colours)), Colour)


def test_a_field_that_an_older_version_did_not_know_gets_its_default():
    assert load(Thing, b'{"name": "x", "share": 1}') == Thing("x", 1.0)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"rubbish",
        b"[]",
        b"{}",
        b'{"name": 5}',
        b'{"name": null}',
        b'{"name": "x", "share": "much"}',
        b'{"name": "x", "share": [1]}',
        b'{"name": "x", "count": 1.5}',
        b'{"name": "x", "pair": [1]}',
        b'{"name": "x", "colours": ["blue"]}',
        b'{"name": "x", "when": "yesterday"}',
        b'{"name": "x", "bound": [1]}',
        b'{"name": "x", "extra": 1}',
    ],
)
def test_what_is_not_the_type_is_refused(document):
    with pytest.raises(UnreadableError):
        load(Thing, document)


def test_what_an_older_version_wrote_and_no_one_needs_any_more_is_passed_over():
    order, seen = Order(ArgoVerb.PROMOTE, 1), ArgoSeen(datetime(2026, 11, 20, tzinfo=UTC), "uid")
    older = {**json.loads(dump(Order, order)), "decided": "2026-11-20T10:00:00+00:00", "pod_hash": "5f66f76799"}
    looked = {**json.loads(dump(ArgoSeen, seen)), "needs_person": True, "by": "alice", "fast_track_until": None}
    assert load(Order, json.dumps(older).encode()) == order
    assert load(ArgoSeen, json.dumps(looked).encode()) == seen


def test_a_field_of_a_newer_version_is_refused_by_name():
    document = json.loads(dump(Rollout, rollout()))
    document["waves"] = 3
    with pytest.raises(UnreadableError, match=r"waves.*newer"):
        load(Rollout, json.dumps(document).encode())


def test_what_has_no_form_is_refused_when_it_is_written():
    with pytest.raises(TypeError, match="zone"):
        dump(Thing, Thing("x", when=datetime(2026, 1, 1)))
    with pytest.raises(TypeError, match="cannot be stored"):
        dump(Thing, Thing(object()))
