"""The small rules that the larger ones are made of."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from bot.playground.kubernetes.gojson import compact
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.text_rules import label_key_faults, label_value_faults

Obj = dict[str, Any]


def invalid(field: str, value: Any, why: str) -> Cause:
    """`Invalid value`, with the value shown."""
    shown = f'"{value}"' if isinstance(value, str) else compact(value)
    return Cause("Invalid", f"Invalid value: {shown}: {why}", field)


def required(field: str, why: str = "") -> Cause:
    """`Required value`."""
    return Cause("Required", f"Required value: {why}" if why else "Required value", field)


def forbidden(field: str, why: str) -> Cause:
    """`Forbidden`."""
    return Cause("Forbidden", f"Forbidden: {why}", field)


def unsupported(field: str, value: Any, supported: Collection[str]) -> Cause:
    """`Unsupported value`, with what would do."""
    choice = ", ".join(f'"{name}"' for name in supported)
    return Cause("NotSupported", f"Unsupported value: {compact(value)}: supported values: {choice}", field)


def duplicate(field: str, value: Any) -> Cause:
    """`Duplicate value`."""
    return Cause("Duplicate", f"Duplicate value: {compact(value)}", field)


def not_found(field: str, value: str) -> Cause:
    """`Not found`: something named that is not there."""
    return Cause("NotFound", f'Not found: "{value}"', field)


def too_long(field: str, limit: int) -> Cause:
    """`Too long`, in bytes."""
    return Cause("TooLong", f"Too long: may not be more than {limit} bytes", field)


def immutable(field: str, value: Any) -> Cause:
    """A field that may not change."""
    return invalid(field, value, "field is immutable")


def not_negative(field: str, value: Any) -> list[Cause]:
    """A number that may be 0 but not less; absent is fine."""
    if value is not None and value < 0:
        return [invalid(field, value, "must be greater than or equal to 0")]
    return []


def positive(field: str, value: Any) -> list[Cause]:
    """A number above 0; absent is fine."""
    if value is not None and value <= 0:
        return [invalid(field, value, "must be greater than 0")]
    return []


def port_range(field: str, value: Any) -> list[Cause]:
    """A port number."""
    if not isinstance(value, int) or not 1 <= value <= 65535:
        return [invalid(field, value if value is not None else 0, "must be between 1 and 65535, inclusive")]
    return []


def each_fault(field: str, value: str, faults: Callable[[str], list[str]]) -> list[Cause]:
    """One cause for every fault of a text."""
    return [invalid(field, value, fault) for fault in faults(value)]


def one_of(field: str, value: Any, supported: Collection[str]) -> list[Cause]:
    """A text that must be one of some; absent is fine."""
    return [] if value is None or value in supported else [unsupported(field, value, supported)]


def label_causes(labels: Any, field: str) -> list[Cause]:
    """Labels: keys and values."""
    found: list[Cause] = []
    for key, value in sorted((labels or {}).items()):
        found += each_fault(field, key, label_key_faults)
        found += each_fault(field, value, label_value_faults)
    return found


_OPERATORS = ("DoesNotExist", "Exists", "In", "NotIn")


def selector_causes(selector: Obj | None, field: str) -> list[Cause]:
    """A LabelSelector."""
    if selector is None:
        return []
    found = label_causes(selector.get("matchLabels"), f"{field}.matchLabels")
    for index, entry in enumerate(selector.get("matchExpressions") or ()):
        found += _expression_causes(entry, f"{field}.matchExpressions[{index}]")
    return found


def _expression_causes(entry: Obj, field: str) -> list[Cause]:
    operator, values = entry.get("operator"), entry.get("values")
    found: list[Cause] = []
    if operator in ("In", "NotIn") and not values:
        found.append(required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist") and values:
        found.append(forbidden(f"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    elif operator not in _OPERATORS:
        found.append(invalid(f"{field}.operator", operator or "", "not a valid selector operator"))
    found += each_fault(f"{field}.key", entry.get("key") or "", label_key_faults)
    for index, value in enumerate(values or ()):
        found += each_fault(f"{field}.values[{index}]", value, label_value_faults)
    return found


def duplicates(names: Iterable[tuple[str, Any]]) -> list[Cause]:
    """Causes for values that came before; pairs of field and value."""
    seen: set[str] = set()
    found: list[Cause] = []
    for field, value in names:
        if not value:
            continue
        if compact(value) in seen:
            found.append(duplicate(field, value))
        seen.add(compact(value))
    return found
