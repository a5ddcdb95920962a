"""Taking one measurement: asking Prometheus or a web address, and judging the answer by the metric's conditions."""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from bot.playground.kubernetes.controllers.analysis.language import ConditionError, truth
from bot.playground.kubernetes.gojson import compact

Obj = dict[str, Any]

Fetch = Callable[[str], tuple[int, str]]
"""A GET of a URL: status and body. Raises OSError with what the network says."""

SUCCESSFUL, FAILED, ERROR, INCONCLUSIVE = "Successful", "Failed", "Error", "Inconclusive"
_CLIENT_FAULTS, _SERVER_FAULTS = 400, 500
_PATH_PART = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']*)'\]")


def unreachable(url: str) -> tuple[int, str]:
    """What there is when nobody gave a way to fetch anything."""
    raise ConnectionRefusedError(f"dial tcp {urlsplit(url).netloc}: connect: connection refused")


class MeasurementError(Exception):
    """The measurement could not be taken; the message says why."""


def measure(metric: Obj, fetch: Fetch) -> Obj:
    """One measurement without its times: phase, value and message."""
    provider = metric.get("provider") or {}
    try:
        if provider.get("prometheus") is not None:
            return _prometheus(metric, provider["prometheus"], fetch)
        if provider.get("web") is not None:
            return _web(metric, provider["web"], fetch)
    except (MeasurementError, ConditionError) as error:
        return {"phase": ERROR, "message": str(error)}
    kind = next((name for name in provider if provider[name] is not None), "")
    return {"phase": ERROR, "message": f"the playground has no {kind} to ask"}


def metadata(metric: Obj) -> dict[str, str]:
    """What a metric's result says of its query."""
    query = ((metric.get("provider") or {}).get("prometheus") or {}).get("query")
    return {"ResolvedPrometheusQuery": query} if query else {}


def judged(metric: Obj, result: Any) -> str:
    """The verdict on a result. Raises ConditionError."""
    success, failure = metric.get("successCondition"), metric.get("failureCondition")
    good = truth(success, result) if success else False
    bad = truth(failure, result) if failure else False
    if not success and not failure:
        return SUCCESSFUL
    if not failure:
        bad = not good
    elif not success:
        good = not bad
    if bad:
        return FAILED
    return SUCCESSFUL if good else INCONCLUSIVE


def _prometheus(metric: Obj, provider: Obj, fetch: Fetch) -> Obj:
    address, query = str(provider.get("address", "")).rstrip("/"), provider.get("query", "")
    if provider.get("rangeQuery") is not None:
        raise MeasurementError("the playground answers no range queries of analysis runs")
    base = f"{address}/api/v1/query"
    try:
        status, body = fetch(f"{base}?query={quote(query)}")
        answer = json.loads(body)
    except OSError as error:
        raise MeasurementError(f'Post "{base}": {error}') from None
    except ValueError:
        raise MeasurementError(_no_answer(status)) from None
    if answer.get("status") != "success":
        raise MeasurementError(f"{answer.get('errorType', '')}: {answer.get('error', '')}")
    data = answer["data"]
    if data["resultType"] == "scalar":
        text = _number_text(data["result"][1])
        return {"value": text, "phase": judged(metric, float(data["result"][1]))}
    if data["resultType"] != "vector":
        raise MeasurementError("Prometheus metric type not supported")
    values = [sample["value"][1] for sample in data["result"]]
    phase = judged(metric, [float(value) for value in values])
    return {"value": f"[{','.join(map(_number_text, values))}]", "phase": phase}


def _no_answer(status: int) -> str:
    """What the Prometheus client says of a body that is none of Prometheus' answers."""
    if status >= _SERVER_FAULTS:
        return f"server_error: server error: {status}"
    if status >= _CLIENT_FAULTS:
        return f"client_error: client error: {status}"
    return "bad_response: readObjectStart: expect { or n"


def _number_text(value: str) -> str:
    """A number as the controller writes it: without an exponent."""
    number = float(value)
    return format(Decimal(value), "f") if math.isfinite(number) else value


def _web(metric: Obj, provider: Obj, fetch: Fetch) -> Obj:
    if provider.get("method", "GET") == "GET" and (provider.get("body") or provider.get("jsonBody")):
        raise MeasurementError("Body/JSONBody can only be used with POST or PUT WebMetric Method types")
    url = provider.get("url", "")
    try:
        status, body = fetch(url)
    except OSError as error:
        raise MeasurementError(f'Get "{url}": {error}') from None
    if not 200 <= status < 300:
        raise MeasurementError(f"received non 2xx response code: {status}")
    try:
        data = json.loads(body)
    except ValueError:
        return {"value": body, "phase": SUCCESSFUL}
    value = _at_path(data, provider.get("jsonPath") or "{$}")
    return {"value": compact(value), "phase": judged(metric, value)}


def _at_path(data: Any, path: str) -> Any:
    inner = path.strip().removeprefix("{").removesuffix("}").strip().removeprefix("$")
    for name, index, quoted in _PATH_PART.findall(inner):
        key = name or quoted
        if key and isinstance(data, dict) and key in data:
            data = data[key]
        elif index and isinstance(data, list) and int(index) < len(data):
            data = data[int(index)]
        else:
            raise MeasurementError(f"Could not find JSONPath in body: {key or index} is not found")
    return data
