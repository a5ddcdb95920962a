"""One measurement: what was asked, what came back, what that is worth."""

import json
from typing import Any

import pytest

from bot.playground.kubernetes.controllers.analysis.providers import Fetch, measure, unreachable

Obj = dict[str, Any]


def _prometheus(success: str = "result[0] >= 0.95", **more: Any) -> Obj:
    provider = {"address": "http://prometheus.example/", "query": "rate(a[1m])", **more}
    return {"name": "rate", "successCondition": success, "provider": {"prometheus": provider}}


def _web(success: str = "result >= 0.95", **more: Any) -> Obj:
    return {
        "name": "rate",
        "successCondition": success,
        "provider": {"web": {"url": "http://stub.example/rate", **more}},
    }


def _answers(body: Any, status: int = 200) -> Fetch:
    return lambda url: (status, body if isinstance(body, str) else json.dumps(body))


def _data(kind: str, result: Any) -> Obj:
    return {"status": "success", "data": {"resultType": kind, "result": result}}


def test_prometheus_is_asked_at_its_address() -> None:
    asked: list[str] = []

    def fetch(url: str) -> tuple[int, str]:
        asked.append(url)
        return 200, json.dumps(_data("vector", []))

    measure(_prometheus(), fetch)
    assert asked == ["http://prometheus.example/api/v1/query?query=rate%28a%5B1m%5D%29"]


@pytest.mark.parametrize(
    ("metric", "fetch", "measurement"),
    [
        (
            _prometheus(),
            _answers(_data("vector", [{"value": [1, "0.99"]}, {"value": [1, "2"]}])),
            {"value": "[0.99,2]", "phase": "Successful"},
        ),
        (_prometheus("result > 1"), _answers(_data("scalar", [1, "0.5"])), {"value": "0.5", "phase": "Failed"}),
        (
            _prometheus(),
            _answers(_data("matrix", [])),
            {"phase": "Error", "message": "Prometheus metric type not supported"},
        ),
        (
            _prometheus(),
            _answers({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400),
            {"phase": "Error", "message": "bad_data: parse error"},
        ),
        (_prometheus(), _answers("<html>", 503), {"phase": "Error", "message": "server_error: server error: 503"}),
        (_prometheus(), _answers("<html>", 404), {"phase": "Error", "message": "client_error: client error: 404"}),
        (_web(jsonPath="{$.data[0].ok}"), _answers({"data": [{"ok": 0.96}]}), {"value": "0.96", "phase": "Successful"}),
        (_web(jsonPath="{$['a-b']}"), _answers({"a-b": 0.5}), {"value": "0.5", "phase": "Failed"}),
        (_web(), _answers("<html>any page</html>"), {"value": "<html>any page</html>", "phase": "Successful"}),
        (_web(), _answers("", 500), {"phase": "Error", "message": "received non 2xx response code: 500"}),
        (
            _web(jsonPath="{$.missing}"),
            _answers({}),
            {"phase": "Error", "message": "Could not find JSONPath in body: missing is not found"},
        ),
        (
            {"name": "rate", "provider": {"datadog": {"query": "a"}}},
            unreachable,
            {"phase": "Error", "message": "the playground has no datadog to ask"},
        ),
    ],
)
def test_an_answer_becomes_a_measurement(metric: Obj, fetch: Fetch, measurement: Obj) -> None:
    assert measure(metric, fetch) == measurement


@pytest.mark.parametrize(
    ("success", "failure", "phase"),
    [
        ("", "", "Successful"),
        ("result > 1", "", "Failed"),
        ("", "result < 1", "Failed"),
        ("", "result > 1", "Successful"),
        ("result > 1", "result > 2", "Inconclusive"),
        ("result < 1", "result < 2", "Failed"),
        ("result < 1", "result > 2", "Successful"),
    ],
)
def test_both_conditions_together_decide(success: str, failure: str, phase: str) -> None:
    metric = {**_web(success), "failureCondition": failure}
    assert measure(metric, _answers(0.5))["phase"] == phase


def test_an_address_that_cannot_be_reached_is_an_error() -> None:
    told = measure(_prometheus(), unreachable)
    refused = "dial tcp prometheus.example: connect: connection refused"
    assert told == {"phase": "Error", "message": f'Post "http://prometheus.example/api/v1/query": {refused}'}
