"""From JSON to an object of a kind, as the server's decoder does it: types checked, unknown fields dropped and told.

The result is what the server would show again: fields that Go leaves out when empty are gone, times and quantities have their one
spelling, and fields that are always written are there.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.playground.kubernetes import quantity
from bot.playground.kubernetes.gojson import Decimal, kind_of
from bot.playground.kubernetes.schema import Field, fields_of, go_name, is_struct

_INTEGERS = {"int32": 31, "int64": 63}
_MICRO = re.compile(r"^[-0-9T:]{19}\.\d{6}(Z|[+-]\d\d:\d\d)$")
_TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")

_ZERO_IS_NOTHING = frozenset(
    [
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "paused",
        "publishNotReadyAddresses",
        "readOnly",
        "stdin",
        "stdinOnce",
        "tty",
        "minReadySeconds",
        "generation",
        "hostPort",
        "nodePort",
        "count",
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
        "healthCheckNodePort",
        "weight",
        "active",
        "completed",
        "incomplete",
        "denied",
        "allowed",
    ]
)
"""Numbers and booleans that Go holds without a pointer: zero and false are not written."""

_ZERO_STATUS = frozenset(
    [
        "observedGeneration",
        "readyReplicas",
        "availableReplicas",
        "updatedReplicas",
        "unavailableReplicas",
        "fullyLabeledReplicas",
        "currentReplicas",
        "succeeded",
        "failed",
    ]
)
_POINTER_STRINGS = frozenset(
    {
        ("coordination.v1.LeaseSpec", "holderIdentity"),
        ("coordination.v1.LeaseSpec", "strategy"),
        ("networking.v1.IngressSpec", "ingressClassName"),
        ("core.v1.ServicePort", "appProtocol"),
    }
)
"""Strings that Go holds by pointer: an empty one is written."""


class DecodeError(Exception):
    """The JSON does not fit the kind; the message is the decoder's.

    `unstructured` is how the server words the same misfit when the object came out of a strategic merge.
    """

    def __init__(self, message: str, unstructured: str = "") -> None:
        super().__init__(message)
        self.unstructured = unstructured or message


@dataclass(slots=True)
class Decoded:
    """The object and the fields that nobody declared, in the order of the text."""

    value: dict[str, Any]
    unknown: list[str] = field(default_factory=list)


def decode(raw: dict[str, Any], type_name: str) -> Decoded:
    """Read `raw` as an object of the type. Raises DecodeError."""
    result = Decoded({})
    result.value = _struct(raw, type_name, "", "", result.unknown)
    return result


def _struct(raw: dict[str, Any], type_name: str, path: str, shown: str, unknown: list[str]) -> dict[str, Any]:
    declared = fields_of(type_name)
    owner = type_name.removeprefix("*")
    out: dict[str, Any] = {}
    for key, value in raw.items():
        spec = declared.get(key)
        if spec is None:
            unknown.append(f"{shown}.{key}".lstrip("."))
            continue
        if value is None:
            continue
        where = _Where(owner, f"{path}.{key}".lstrip("."), f"{shown}.{key}".lstrip("."))
        decoded = _value(value, spec.type, where, unknown)
        if not _left_out(owner, key, spec, decoded):
            out[key] = decoded
    for key, spec in declared.items():
        if spec.required and key not in out:
            _add_zero(out, key, spec)
    return out


@dataclass(frozen=True, slots=True)
class _Where:
    """Where the decoder stands: the struct around, the path without indexes, the path with them."""

    owner: str
    path: str
    shown: str

    def refusal(self, value: Any, type_name: str) -> DecodeError:
        kind = kind_of(value)
        if kind == "number" and type_name in (*_INTEGERS, "float64"):
            kind = f"number {value.literal if isinstance(value, Decimal) else value}"
        place = f"{self.owner.rsplit('.', 1)[-1]}.{self.path}"
        message = f"json: cannot unmarshal {kind} into Go struct field {place} of type {go_name(type_name)}"
        return DecodeError(message, _unstructured(value, type_name))


_GO_KINDS = {"object": "map", "array": "slice", "number": "int64"}


def _unstructured(value: Any, type_name: str) -> str:
    kind = _GO_KINDS.get(kind_of(value), kind_of(value))
    if kind == "int64" and isinstance(value, float):
        kind = "float64"
    if type_name.startswith("{}"):
        return f"cannot restore map from {kind}"
    if type_name.startswith("[]"):
        return f"cannot restore slice from {kind}"
    if is_struct(type_name):
        return f"cannot restore struct from: {kind}"
    return f"cannot convert {kind} to {type_name}"


def _value(value: Any, type_name: str, where: _Where, unknown: list[str]) -> Any:
    if type_name.startswith("[]"):
        if not isinstance(value, list):
            raise where.refusal(value, type_name)
        return _list(value, type_name[2:], where, unknown)
    if type_name.startswith("{}"):
        if not isinstance(value, dict):
            raise where.refusal(value, type_name)
        return {key: _element(item, type_name[2:], where, unknown) for key, item in value.items()}
    if is_struct(type_name):
        if not isinstance(value, dict):
            raise where.refusal(value, type_name)
        return _struct(value, type_name, where.path, where.shown, unknown)
    return value if type_name.startswith("*") else _scalar(value, type_name, where)


def _list(values: list[Any], element: str, where: _Where, unknown: list[str]) -> list[Any]:
    return [
        _element(item, element, _Where(where.owner, where.path, f"{where.shown}[{index}]"), unknown)
        for index, item in enumerate(values)
    ]


_ZEROS: dict[str, Any] = {"string": "", "bool": False, "int32": 0, "int64": 0, "quantity": "0"}


def _element(item: Any, element: str, where: _Where, unknown: list[str]) -> Any:
    if item is None:
        return _ZEROS.get(element, {})
    return _value(item, element, where, unknown)


def _scalar(value: Any, type_name: str, where: _Where) -> Any:
    kind = kind_of(value)
    match type_name:
        case "any":
            return value
        case "string" | "bool" if kind == type_name:
            return value
        case "int32" | "int64" if kind == "number":
            if isinstance(value, int) and -(2 ** _INTEGERS[type_name]) <= value < 2 ** _INTEGERS[type_name]:
                return value
        case "intstr" | "float64" if kind == "number" or (kind, type_name) == ("string", "intstr"):
            return value
        case "quantity" if kind in ("number", "string"):
            return _quantity(value)
        case "bytes" if kind == "string":
            return _bytes(value)
        case "time" | "microtime" if kind == "string":
            return _time(value, micro=type_name == "microtime")
    raise where.refusal(value, type_name)


def _quantity(value: Any) -> str:
    try:
        return quantity.canonical(value if isinstance(value, str) else getattr(value, "literal", str(value)))
    except quantity.QuantityError as error:
        raise DecodeError(str(error)) from None


def _bytes(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        good = re.match(r"[A-Za-z0-9+/]*", value)
        place = good.end() if good else 0
        if place == len(value):
            place -= place % 4
        raise DecodeError(f"illegal base64 data at input byte {place}") from None
    return value


def _time(value: str, *, micro: bool) -> str:
    wrong = micro and not _MICRO.match(value) and _TIME.match(value)
    if wrong or not _TIME.match(value):
        if wrong:
            rest = value[19:]
            text = f'parsing time "{value}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "{rest}" as ".000000"'
            raise DecodeError(text)
        layout = "2006-01-02T15:04:05.000000Z07:00" if micro else "2006-01-02T15:04:05Z07:00"
        raise DecodeError(f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"')
    moment = datetime.fromisoformat(value).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if micro else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _left_out(owner: str, key: str, spec: Field, value: Any) -> bool:
    """Whether Go would not write this value again."""
    if spec.required:
        return False
    if value == "":
        return (owner, key) not in _POINTER_STRINGS
    if isinstance(value, (list, dict)) and not value:
        return not spec.type.startswith("*") and spec.type != "any"
    if value is False or (value == 0 and isinstance(value, int)):
        return key in _ZERO_IS_NOTHING or (key in _ZERO_STATUS and owner.endswith("Status"))
    return False


def _add_zero(out: dict[str, Any], key: str, spec: Field) -> None:
    if spec.type.startswith("[]") or spec.type in ("time", "microtime"):
        out[key] = None
    elif spec.type in _ZEROS:
        out[key] = _ZEROS[spec.type]
