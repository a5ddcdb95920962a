"""Filling a metric's `{{ args.name }}` with values."""

import json
import re
from typing import Any

from bot.playground.kubernetes.gojson import compact

Obj = dict[str, Any]

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class ArgumentError(Exception):
    """An argument has no value, or a metric names one that nobody gives. The message is the controller's."""


def resolved(metrics: list[Obj], args: list[Obj]) -> list[Obj]:
    """Metrics with their arguments filled in. A secret's value must have been put into `value`. Raises ArgumentError."""
    values: dict[str, str] = {}
    for arg in args:
        if arg.get("value") is None:
            raise ArgumentError(f'argument "{arg["name"]}" was not supplied')
        values[f"args.{arg['name']}"] = str(arg["value"])
    return [_filled(metric, values) for metric in metrics]


def _filled(metric: Obj, values: dict[str, str]) -> Obj:
    def value_of(tag: re.Match[str]) -> str:
        found = values.get(tag[1].strip())
        if found is None:
            raise ArgumentError(f"failed to resolve {{{{{tag[1]}}}}}")
        return json.dumps(found, ensure_ascii=False)[1:-1]

    text = compact(metric)
    if "{{" not in text:
        return metric
    found: Obj = json.loads(_TAG.sub(value_of, text))
    return found
