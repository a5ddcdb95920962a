"""Label and field selectors, with the parser's own refusals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import ApiError, bad_request
from bot.playground.kubernetes.text_rules import label_key_faults, label_value_faults

_WORD = re.compile(r"\s+|==|!=|[=!(),<>]|[^\s=!(),<>]+")
_SYMBOLS = ("==", "!=", "=", "!", "(", ")", ",", "<", ">")
_OPERATORS = "in, notin, =, ==, !=, gt, lt"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label. `operator`: exists, absent, in, notin, gt or lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it."""
        have = labels.get(self.key)
        match self.operator:
            case "exists":
                return have is not None
            case "absent":
                return have is None
            case "in":
                return have is not None and have in self.values
            case "notin":
                return have is None or have not in self.values
        if have is None or not have.lstrip("-").isdigit():
            return False
        return int(have) > int(self.values[0]) if self.operator == "gt" else int(have) < int(self.values[0])


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All requirements together; empty selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Whether labels fulfil every requirement."""
        return all(requirement.matches(labels or {}) for requirement in self.requirements)


class _Parser:
    def __init__(self, text: str) -> None:
        self.words = [word for word in _WORD.findall(text) if not word.isspace()]
        self.at = 0

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        while self.peek():
            found.append(self._requirement())
            word = self.take()
            if not word:
                break
            if word != ",":
                raise bad_request(f"found '{word}', expected: ',' or 'end of string'")
            if self.peek() in ("", ",", ")"):
                raise bad_request(f"found '{self.peek()}', expected: identifier after ','")
        return found

    def _requirement(self) -> Requirement:
        negated = self.peek() == "!"
        if negated:
            self.take()
        key = self.take()
        if not key or key in _SYMBOLS:
            raise _unparsed(f"found '{key}', expected: identifier")
        faults = label_key_faults(key)
        if faults:
            raise _unparsed("; ".join(f'key: Invalid value: "{key}": {fault}' for fault in faults))
        if negated:
            return Requirement(key, "absent")
        if self.peek() in ("", ","):
            return Requirement(key, "exists")
        return self._comparison(key, self.take())

    def _comparison(self, key: str, operator: str) -> Requirement:
        match operator:
            case "=" | "==":
                return self._checked(key, "in", (self._exact(),))
            case "!=":
                return self._checked(key, "notin", (self._exact(),))
            case "in" | "notin":
                return self._checked(key, operator, self._values())
            case "gt" | ">" | "lt" | "<":
                return self._bound(key, "gt" if operator in ("gt", ">") else "lt", self._exact())
        raise _unparsed(f"found '{operator}', expected: {_OPERATORS}")

    def _exact(self) -> str:
        if self.peek() in ("", ","):
            return ""
        word = self.take()
        if word in _SYMBOLS:
            raise _unparsed(f"found '{word}', expected: identifier")
        return word

    def _values(self) -> tuple[str, ...]:
        word = self.take()
        if word != "(":
            raise _unparsed(f"found '{word}' expected: '('")
        values: list[str] = []
        expect_value = True
        while True:
            word = self.take()
            if word == ")":
                return tuple(sorted({*values, ""} if expect_value else set(values)))
            if word == ",":
                values.extend([""] if expect_value else [])
                expect_value = True
            elif word and word not in _SYMBOLS and expect_value:
                values.append(word)
                expect_value = False
            else:
                expected = "',', ')' or identifier" if not values and word else "',' or ')'"
                raise _unparsed(f"found '{word}', expected: {expected}")

    def _checked(self, key: str, operator: str, values: tuple[str, ...]) -> Requirement:
        for index, value in enumerate(values):
            faults = label_value_faults(value)
            if faults:
                raise _unparsed(f'values[{index}][{key}]: Invalid value: "{value}": {faults[0]}')
        return Requirement(key, operator, values)

    def _bound(self, key: str, operator: str, value: str) -> Requirement:
        if not value.lstrip("-").isdigit():
            shown = (
                f"values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
            )
            raise _unparsed(shown)
        return Requirement(key, operator, (value,))


def _unparsed(message: str) -> ApiError:
    return bad_request(f"unable to parse requirement: {message}")


def parse_labels(text: str) -> LabelSelector:
    """A `labelSelector` query parameter. Raises ApiError 400."""
    return LabelSelector(tuple(_Parser(text).requirements()))


_EXPRESSION = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}


def of_object(selector: Mapping[str, Any] | None) -> LabelSelector | None:
    """A LabelSelector inside an object: `matchLabels` and `matchExpressions`. None selects nothing."""
    if selector is None:
        return None
    found = [Requirement(key, "in", (value,)) for key, value in sorted((selector.get("matchLabels") or {}).items())]
    found += [
        Requirement(entry["key"], _EXPRESSION[entry["operator"]], tuple(entry.get("values") or ()))
        for entry in selector.get("matchExpressions") or ()
    ]
    return LabelSelector(tuple(found))


def as_text(selector: LabelSelector) -> str:
    """A selector in the form of the query parameter, as a Scale shows it."""
    words = []
    for requirement in sorted(selector.requirements, key=lambda r: r.key):
        match requirement.operator:
            case "exists":
                words.append(requirement.key)
            case "absent":
                words.append(f"!{requirement.key}")
            case "in" if len(requirement.values) == 1:
                words.append(f"{requirement.key}={requirement.values[0]}")
            case operator:
                words.append(f"{requirement.key} {operator} ({','.join(sorted(requirement.values))})")
    return ",".join(words)


_FIELD = re.compile(r"^(?P<key>.*?)(?P<operator>!=|==|=)(?P<value>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One condition on one field of the object."""

    path: str
    value: str
    equal: bool

    def matches(self, obj: Mapping[str, Any]) -> bool:
        """Whether the object fulfils it."""
        return (field_value(obj, self.path) == self.value) is self.equal


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """All terms together; empty selects everything."""

    terms: tuple[FieldTerm, ...] = ()

    def matches(self, obj: Mapping[str, Any]) -> bool:
        """Whether the object fulfils every term."""
        return all(term.matches(obj) for term in self.terms)

    def name(self) -> str:
        """The one name selected, or empty."""
        return next((t.value for t in self.terms if t.equal and t.path == "metadata.name"), "")


def parse_fields(text: str, resource: Resource) -> FieldSelector:
    """A `fieldSelector` query parameter for a resource. Raises ApiError 400."""
    return FieldSelector(tuple(_term(part, resource, text) for part in _parts(text)))


def _parts(text: str) -> list[str]:
    return [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text) if part]


def _term(part: str, resource: Resource, whole: str) -> FieldTerm:
    found = _FIELD.match(part)
    if found is None:
        raise bad_request(f"invalid selector: '{whole}'; can't understand '{part}'")
    key = found["key"]
    known = ("metadata.name", "metadata.namespace") if resource.namespaced else ("metadata.name",)
    if key not in (*known, *resource.selectable):
        raise bad_request(_unknown_field(key, resource))
    return FieldTerm(key, found["value"], found["operator"] != "!=")


def _unknown_field(key: str, resource: Resource) -> str:
    if not resource.selectable and not resource.custom:
        return f'"{key}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    return f"field label not supported: {key}"


def field_value(obj: Mapping[str, Any], path: str) -> str:
    """The field as the selector compares it: text, empty when absent."""
    if path == "source":
        return str((obj.get("source") or {}).get("component") or obj.get("reportingComponent") or "")
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return {"spec.hostNetwork": "false", "status.replicas": "0", "status.successful": "0"}.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)
