"""Domain data ↔ JSON, for the documents kept in one column.

Written by the classes' own annotations, so that nothing has to be kept in step. Where an annotation allows several classes
(`SetWeight | Pause | …`), the object carries its class name under `$`: without it, `{"weight": 10}` could be read back as another
step. Numbers that JSON lacks (NaN, ∞) are written as `{"$": "float", "is": "nan"}`. A field that is missing gets its default, so
that older documents stay readable; for the same reason one that older versions wrote and this one has no use for is passed over.
Any other unknown field is refused, for a newer version wrote it and would be misread.
"""

import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from strategies.argo.driver import Order
from strategies.argo.seen import ArgoSeen

T = TypeVar("T")
_TAG = "$"
_Read = Callable[[Any], Any]
_GONE: Mapping[type, frozenset[str]] = {
    ArgoSeen: frozenset({"active_hash", "stable_pods", "needs_person", "fast_track_until", "by", "workload_ref"}),
    Order: frozenset({"decided", "pod_hash"}),
}
"""Fields that older versions wrote, by their class: nothing is decided or shown by them any more."""


class UnreadableError(ValueError):
    """The document is not what its type says."""


def dump(kind: Any, value: Any) -> bytes:
    """The value as JSON text, ASCII only: neither Postgres nor UTF-8 can refuse what somebody typed."""
    return json.dumps(_writer(kind)(value), separators=(",", ":"), allow_nan=False).encode("ascii")


def load(kind: type[T], document: bytes) -> T:
    """The value that `dump` wrote. Raises UnreadableError for anything else."""
    return typing.cast(T, load_any(kind, document))


def load_any(kind: Any, document: bytes) -> Any:
    """As `load`, for annotations that are not classes, such as `Mapping[str, Seen]`."""
    try:
        return _reader(kind)(json.loads(document))
    except UnreadableError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableError(f"not a {getattr(kind, '__name__', kind)}: {type(error).__name__}") from error


def _plain(value: Any) -> Any:
    """A text, number, truth or null, as it is."""
    if isinstance(value, float) and not math.isfinite(value):
        return {_TAG: "float", "is": repr(value)}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _read_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return float(value["is"])
    if isinstance(value, list):
        raise UnreadableError("a list where one value belongs")
    return value


@cache
def _writer(kind: Any) -> Callable[[Any], Any]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_writer(args)
    if origin in (tuple, frozenset, list):
        return _sequence_writer(origin, args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item = _writer(args[1])
        return lambda value: {str(key): item(entry) for key, entry in value.items()}
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        parts = [(each.name, _writer(hints[each.name])) for each in fields(kind)]
        return lambda value: {name: write(getattr(value, name)) for name, write in parts}
    if kind is datetime:
        return _moment
    if kind is timedelta:
        return lambda value: value // timedelta(microseconds=1)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: kind(value).value
    return _plain


def _moment(value: datetime) -> str:
    if value.utcoffset() is None:
        raise TypeError("a time without a zone cannot be stored")
    return value.isoformat()


def _sequence_writer(origin: Any, args: tuple[Any, ...]) -> Callable[[Any], Any]:
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        writers = [_writer(arg) for arg in args]
        return lambda value: [write(entry) for write, entry in zip(writers, value, strict=True)]
    item = _writer(args[0])
    if origin is frozenset:
        return lambda value: sorted((item(entry) for entry in value), key=repr)
    return lambda value: [item(entry) for entry in value]


def _union_writer(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    classes = {arg: _writer(arg) for arg in args if isinstance(arg, type) and is_dataclass(arg)}
    others = [arg for arg in args if arg not in classes and arg is not type(None)]
    other = _writer(others[0]) if len(others) == 1 else _plain
    tagged = len(classes) > 1

    def write(value: Any) -> Any:
        if value is None:
            return None
        mine = classes.get(type(value))
        if mine is None:
            return other(value)
        return {_TAG: type(value).__name__, **mine(value)} if tagged else mine(value)

    return write


@cache
def _reader(kind: Any) -> _Read:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(args)
    if origin in (tuple, frozenset, list):
        return _sequence_reader(origin, args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item = _reader(args[1])
        return lambda value: {key: item(entry) for key, entry in value.items()}
    if is_dataclass(kind):
        return _object_reader(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is timedelta:
        return lambda value: timedelta(microseconds=value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if kind in (str, int, float, bool):
        return lambda value: _primitive(kind, value)
    return _read_plain


def _primitive(kind: type, value: Any) -> Any:
    value = _read_plain(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise UnreadableError(f"{type(value).__name__} where {kind.__name__} belongs")
    return value


def _sequence_reader(origin: Any, args: tuple[Any, ...]) -> _Read:
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        readers = [_reader(arg) for arg in args]
        return lambda value: tuple(read(entry) for read, entry in zip(readers, value, strict=True))
    item = _reader(args[0])
    return lambda value: origin([item(entry) for entry in value])


def _object_reader(kind: Any) -> _Read:
    hints = typing.get_type_hints(kind)
    readers = {each.name: _reader(hints[each.name]) for each in fields(kind)}
    passed_over = {_TAG, *_GONE.get(kind, ())}
    needed = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}

    def read(value: Any) -> Any:
        given = value.keys() - passed_over
        if unknown := given - readers.keys():
            raise UnreadableError(
                f"{kind.__name__} has no field {', '.join(sorted(unknown))}: a newer Leadsman wrote this"
            )
        if missing := needed - given:
            raise UnreadableError(f"{kind.__name__} lacks {', '.join(sorted(missing))}")
        return kind(**{name: readers[name](value[name]) for name in given})

    return read


def _union_reader(args: tuple[Any, ...]) -> _Read:
    classes = {arg.__name__: _reader(arg) for arg in args if isinstance(arg, type) and is_dataclass(arg)}
    others = [arg for arg in args if not is_dataclass(arg) and arg is not type(None)]
    other = _reader(others[0]) if len(others) == 1 else _read_plain

    def read(value: Any) -> Any:
        if value is None:
            return None
        if not classes or not isinstance(value, dict):
            return other(value)
        if len(classes) == 1:
            return next(iter(classes.values()))(value)
        return classes[value[_TAG]](value)

    return read
