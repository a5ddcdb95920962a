"""Whether the Services still reach the sides that the start proved."""

from typing import Any

import pytest

from strategies.model import Nginx
from strategies.native.reach import astray

STABLE, CANARY = {"app": "checkout", "track": "stable"}, {"app": "checkout", "track": "canary"}
ROUTER = Nginx("checkout", "checkout", "checkout-canary")


def _deployment(labels: dict[str, str], replicas: int = 2) -> dict[str, Any]:
    return {"spec": {"replicas": replicas, "template": {"metadata": {"labels": labels}}}}


def _service(name: str, **selector: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"selector": selector}}


FIRST, SECOND = _service("checkout", track="stable"), _service("checkout-canary", track="canary")


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        ([FIRST, SECOND], ""),
        ([FIRST], "Service checkout-canary is gone"),
        ([_service("checkout", app="checkout"), SECOND], "Service checkout selects the pods of both sides"),
        ([_service("checkout", app="shop"), SECOND], "Service checkout does not select the stable pods any more"),
        (
            [FIRST, _service("checkout-canary", track="x")],
            "Service checkout-canary does not select the canary pods any more",
        ),
    ],
)
def test_with_a_router_each_service_reaches_its_own_side_alone(services: list[dict[str, Any]], sentence: str) -> None:
    assert astray(_deployment(STABLE), _deployment(CANARY), services, ROUTER) == sentence


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        ([_service("checkout", app="checkout"), _service("other", app="other")], ""),
        ([_service("checkout", track="stable")], "Service checkout does not select the canary's pods any more"),
    ],
)
def test_without_a_router_every_service_of_the_stable_pods_reaches_the_canary_too(
    services: list[dict[str, Any]], sentence: str
) -> None:
    assert astray(_deployment(STABLE), _deployment(CANARY), services, None) == sentence


def test_a_canary_that_is_empty_or_not_there_is_reached_by_nothing() -> None:
    assert astray(_deployment(STABLE), _deployment(CANARY, 0), [FIRST], ROUTER) == ""
    assert astray(_deployment(STABLE), None, [FIRST], ROUTER) == ""
    assert astray(None, _deployment(CANARY), [FIRST], ROUTER) == ""
