"""The fields of the kinds that are served, from `schema.json`.

`schema.json` is a table of facts: for each type, its fields as one line of words, derived from the OpenAPI description that the
Kubernetes project publishes (Apache-2.0). `[]T` is a list, `{}T` a map with string keys, `*T` another type of the table; `!`: always
written; `p=` and `m=`: strategy and key of a strategic merge; `l=`: keys of the list under server-side apply (`set`: its values);
`atomic`: one owner for the whole.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

CORE_META = "meta.v1.ObjectMeta"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a type: what it holds and how patches merge it."""

    type: str
    required: bool = False
    strategy: tuple[str, ...] = ()
    merge_key: str = ""
    list_keys: tuple[str, ...] = ()
    atomic: bool = False

    def element(self) -> str:
        """The type of the list's elements or the map's values."""
        return self.type[2:]


@cache
def _table() -> dict[str, dict[str, Field]]:
    text = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    raw: dict[str, dict[str, str]] = json.loads(text)
    return {name: {key: _field(words) for key, words in fields.items()} for name, fields in raw.items()}


def _field(words: str) -> Field:
    kind, *flags = words.split(" ")
    values = dict(flag.split("=", 1) for flag in flags if "=" in flag)
    return Field(
        kind,
        required="!" in flags,
        strategy=tuple(values.get("p", "").split(",")) if "p" in values else (),
        merge_key=values.get("m", ""),
        list_keys=tuple(values["l"].split(",")) if "l" in values else (),
        atomic="atomic" in flags,
    )


def fields_of(type_name: str) -> dict[str, Field]:
    """The fields of a type (without its leading `*`); empty for free-form content."""
    return _table().get(type_name.removeprefix("*"), {})


def is_struct(type_name: str) -> bool:
    """Whether values of this type have declared fields."""
    return type_name.startswith("*") and "" not in fields_of(type_name)


def go_name(type_name: str) -> str:
    """The type as Go's decoder names it in an error."""
    if type_name.startswith("[]"):
        return "[]" + _qualified(type_name[2:])
    if type_name.startswith("{}"):
        return "map[string]" + _qualified(type_name[2:])
    return _qualified(type_name)


def _qualified(type_name: str) -> str:
    if not type_name.startswith("*"):
        return {"quantity": "resource.Quantity", "intstr": "intstr.IntOrString", "any": "interface {}"}.get(
            type_name, type_name
        )
    parts = type_name[1:].split(".")
    package = parts[1] if parts[0] != "meta" else "v1"
    return f"{package}.{parts[2]}"
