"""Every key of the configuration, one a line, from the shape that checks it."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.config.shape import File

_NAMED = {"clusters": "CLUSTER", "roles": "ROLE", "strategies": "STRATEGY", "apps": "APP", "environments": "ENV"}
"""What the names under a key are names of."""


def key_lines() -> Iterator[tuple[str, str]]:
    """Each key that holds a value by its whole path, such as `apps.APP.image`, with what to write there and what holds without it."""
    return _part(File, "")


def _part(part: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in part.model_fields.items():
        key = field.alias or name
        path = f"{prefix}{key}"
        inner, named = _inner(field.annotation)
        whole = f"{path}.{_NAMED[key]}" if named else path
        if inner is None:
            yield whole, _about(field)
        else:
            yield from _part(inner, f"{whole}.")


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The mapping that stands there, if one does, and whether it is one for each of several names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    options = [one for one in get_args(annotation) if one is not NoneType]
    if get_origin(annotation) is dict:
        return _inner(options[1])[0], True
    return next((found for one in options if (found := _inner(one)[0])), None), False


def _about(field: FieldInfo) -> str:
    """What to write, and what holds where the key is left out."""
    what = str(field.description).removeprefix("Write ")
    if field.is_required():
        return f"needed: {what}"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None or default == []:
        return what
    return f"{what} Without it: {str(default).lower() if isinstance(default, bool) else default}."
