"""pydantic's findings in the words of a configuration: which key, which line, what to write instead."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config.document import Document, Place
from bot.config.names import choices, nearest
from bot.config.problem import ConfigProblem
from bot.config.shape import File, Part


def shape_problems(error: ValidationError, document: Document) -> tuple[ConfigProblem, ...]:
    """Every finding of `error` about the value of `document`."""
    return tuple(_problem(detail, document) for detail in error.errors(include_url=False))


def show(place: Place) -> str:
    """A place as people read it: `apps.checkout.environments.prod`, `steps[2].analysis`."""
    text = ""
    for part in place:
        name = part if isinstance(part, int) or part.isprintable() else ascii(part)
        text += f"[{name}]" if isinstance(part, int) else f".{name}" if text else str(name)
    return text


def _problem(detail: ErrorDetails, document: Document) -> ConfigProblem:
    place = _real(detail["loc"])
    mark, shown = document.mark(place), show(place)
    key, parent = str(place[-1]) if place else "", _part_at(place[:-1])
    match detail["type"]:
        case "extra_forbidden":
            return ConfigProblem(mark, f"the key {key!r} is not known", _instead(key, parent), shown)
        case "missing":
            return ConfigProblem(mark, f"{key} is missing", _describe(place), shown)
        case "said":
            return ConfigProblem(mark, str(detail.get("ctx", {})["sentence"]), _describe(place), shown)
        case "string_type" if isinstance(detail["input"], int | float):
            return ConfigProblem(mark, f"{detail['input']} is a number here, not text", "Put it in quotes.", shown)
        case _ if detail["input"] is None or detail["input"] in ({}, []):
            return ConfigProblem(mark, "nothing stands here", _describe(place), shown)
        case kind:
            return ConfigProblem(mark, _WRONG.get(kind, detail["msg"].lower()), _describe(place), shown)


_WRONG = {
    "string_type": "text must stand here",
    "bool_type": "true or false must stand here",
    "dict_type": "keys with values must stand here",
    "model_type": "keys with values must stand here",
    "model_attributes_type": "keys with values must stand here",
    "list_type": "a list must stand here",
    "enum": "this is none of the choices",
}


def _real(location: Place) -> Place:
    """The place of a finding without the mark that pydantic gives to keys."""
    return tuple(part for part in location if part != "[key]")


def _instead(key: str, parent: type[Part] | None) -> str:
    known = _keys(parent) if parent else {}
    likely = nearest(key, known, most=1)
    return f"Did you mean {likely[0]}?" if likely else f"Use one of: {choices(known)}."


def _describe(place: Place) -> str:
    """What to write at `place`: the description of the nearest key around it that has one."""
    for end in range(len(place), 0, -1):
        parent = _part_at(place[: end - 1])
        if parent is not None:
            return _keys(parent).get(str(place[end - 1]), "")
    return ""


def _keys(part: type[Part]) -> Mapping[str, str]:
    return {field.alias or name: field.description or "" for name, field in part.model_fields.items()}


def _part_at(place: Place) -> type[Part] | None:
    """The mapping that the shape has at `place`, None where it has none."""
    current: Any = File
    for key in place:
        if isinstance(current, type) and issubclass(current, BaseModel):
            by_alias = {field.alias or name: field.annotation for name, field in current.model_fields.items()}
            current = _bare(by_alias.get(str(key)))
        elif get_origin(current) is dict:
            current = _bare(get_args(current)[1])
        else:
            return None
    return current if isinstance(current, type) and issubclass(current, Part) else None


def _bare(annotation: Any) -> Any:
    """The type without Annotated and without `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    rest = [item for item in get_args(annotation) if item is not type(None)]
    return rest[0] if len(rest) == 1 and get_origin(annotation) is not list else annotation
