"""Answers as Prometheus writes them."""

from aiohttp import web

from bot.playground.prometheus.values import ExecutionError, Matrix, QueryError, Value, Vector, number_text

JSON = object
"""Whatever `json.dumps` takes."""


def success(data: JSON) -> web.Response:
    """Status 200 with data."""
    return web.json_response({"status": "success", "data": data})


def failure(error: QueryError | ExecutionError) -> web.Response:
    """400 for a bad query, 422 for one that cannot be executed."""
    kind, status = ("execution", 422) if isinstance(error, ExecutionError) else ("bad_data", 400)
    return web.json_response({"status": "error", "errorType": kind, "error": str(error)}, status=status)


def result(value: Value, at: float) -> dict[str, JSON]:
    """A value with its kind; `at` is the time that an instant vector or a scalar is given for."""
    match value:
        case float():
            return {"resultType": "scalar", "result": [_time(at), number_text(value)]}
        case str():
            return {"resultType": "string", "result": [_time(at), value]}
        case Vector():
            rows = [
                {"metric": dict(one.labels), "value": [_time(at), number_text(one.value)]} for one in value.elements
            ]
            return {"resultType": "vector", "result": rows}
        case Matrix():
            lines = [
                {
                    "metric": dict(one.labels),
                    "values": [[_time(when), number_text(number)] for when, number in one.samples],
                }
                for one in value.windows
            ]
            return {"resultType": "matrix", "result": lines}


def _time(at: float) -> float | int:
    """Seconds to the millisecond; whole ones without a point."""
    rounded = round(at, 3)
    return int(rounded) if rounded == int(rounded) else rounded
