"""Strategic merge patches: lists merge by the key that the kind declares, and directives beginning with `$` steer it."""

from typing import Any

from bot.playground.kubernetes.gojson import canonical, go_print
from bot.playground.kubernetes.schema import Field, fields_of

_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"
_NO_FIELD = Field("any")


class StrategicError(Exception):
    """The patch cannot be done; the message is the server's."""


def strategic_merge(original: dict[str, Any], patch: dict[str, Any], type_name: str) -> dict[str, Any]:
    """`original` with the patch merged in, as an object of the type. Neither argument is changed."""
    return _merge_map(original, patch, type_name)


def _merge_map(original: dict[str, Any], patch: dict[str, Any], type_name: str) -> dict[str, Any]:
    if "$patch" in patch:
        return _directed(patch)
    merged = dict(original)
    patch = dict(patch)
    if "$retainKeys" in patch:
        _retain(merged, patch, patch.pop("$retainKeys"))
    declared = fields_of(type_name)
    _merge_ordered_lists(merged, patch, declared)
    for key, value in patch.items():
        if key.startswith(_DELETE):
            name = key.removeprefix(_DELETE)
            if isinstance(merged.get(name), list):
                merged[name] = [item for item in merged[name] if item not in value]
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge_value(merged.get(key), value, declared.get(key, _map_field(type_name)))
    return merged


def _map_field(type_name: str) -> Field:
    return Field(type_name[2:]) if type_name.startswith("{}") else _NO_FIELD


def _directed(patch: dict[str, Any]) -> dict[str, Any]:
    match patch["$patch"]:
        case "replace":
            return {key: value for key, value in patch.items() if key != "$patch"}
        case "delete":
            return {}
        case other:
            raise StrategicError(f"unknown patch type: {other} in map: {go_print(patch)}")


def _retain(merged: dict[str, Any], patch: dict[str, Any], keys: Any) -> None:
    if not isinstance(keys, list) or any(key not in keys for key in patch if not key.startswith("$")):
        raise StrategicError("$retainKeys directive is invalid: it must contain all keys of the patch")
    for key in [key for key in merged if key not in keys]:
        del merged[key]


def _merge_value(old: Any, new: Any, field: Field) -> Any:
    if isinstance(new, dict):
        if isinstance(old, dict) and "replace" not in field.strategy:
            return _merge_map(old, new, field.type)
        return _merge_map({}, new, field.type)
    if isinstance(new, list) and isinstance(old, list) and "merge" in field.strategy:
        return _merge_list(old, new, field)
    if isinstance(new, list):
        return _without_directives(new, field)
    return new


def _without_directives(items: list[Any], field: Field) -> list[Any]:
    kept = [item for item in items if not (isinstance(item, dict) and item.get("$patch"))]
    if "merge" in field.strategy and field.merge_key:
        return [_merge_map({}, item, field.element()) if isinstance(item, dict) else item for item in kept]
    return kept


def _merge_ordered_lists(merged: dict[str, Any], patch: dict[str, Any], declared: dict[str, Field]) -> None:
    for directive in [key for key in patch if key.startswith(_ORDER)]:
        name = directive.removeprefix(_ORDER)
        order = patch.pop(directive)
        field = declared.get(name, _NO_FIELD)
        old, new = merged.get(name), patch.pop(name, None)
        if old is None and new is None:
            continue
        _check_order(name, new or [], order, field.merge_key)
        items = _merge_list(old or [], new, field) if new is not None else old
        merged[name] = _ordered(list(items or []), order, old or [], field.merge_key)


def _check_order(name: str, new: list[Any], order: list[Any], key: str) -> None:
    live = [item for item in new if not (isinstance(item, dict) and "$patch" in item)]
    wanted = [_identity(item, key) for item in order]
    places = [wanted.index(_identity(i, key)) if _identity(i, key) in wanted else -1 for i in live]
    if -1 in places or places != sorted(places):
        raise StrategicError(
            f"The order in patch list:\n{go_print(new)}\n doesn't match {_ORDER}{name} list:\n{go_print(order)}\n"
        )


def _identity(item: Any, key: str) -> str:
    return canonical(item.get(key) if key and isinstance(item, dict) else item)


def _merge_list(old: list[Any], new: list[Any], field: Field) -> list[Any]:
    if not any(isinstance(item, dict) for item in (*old, *new)):
        merged = list(dict.fromkeys([*old, *new]))
        return _ordered(merged, new, old, "")
    key = field.merge_key
    if not key:
        raise StrategicError("cannot merge lists without merge key")
    old, new = _special_elements(old, new, key)
    merged = list(old)
    for item in new:
        wanted = _key_of(item, key)
        place = next((i for i, have in enumerate(merged) if _key_of(have, key) == wanted), None)
        if place is None:
            merged.append(_merge_map({}, item, field.element()))
        else:
            merged[place] = _merge_map(merged[place], item, field.element())
    return _ordered(merged, new, old, key)


def _key_of(item: dict[str, Any], key: str) -> str:
    if key not in item:
        raise StrategicError(f"map: {go_print(item)} does not contain declared merge key: {key}")
    return canonical(item[key])


def _special_elements(old: list[Any], new: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Act on the elements that carry `$patch`; the rest is merged by key."""
    plain = [item for item in new if "$patch" not in item]
    for item in new:
        match item.get("$patch"):
            case None:
                continue
            case "delete":
                gone = _key_of(item, key)
                old = [have for have in old if _key_of(have, key) != gone]
            case "replace":
                return [], plain
            case "merge":
                raise StrategicError("merging lists cannot yet be specified in the patch")
            case other:
                raise StrategicError(f"patch type {other} not supported")
    return old, plain


def _ordered(merged: list[Any], order: list[Any], server: list[Any], key: str) -> list[Any]:
    """Elements of the patch in its order, the others in the server's, woven together; new ones come first."""
    wanted = [_identity(item, key) for item in order]
    had = {_identity(item, key): place for place, item in reversed(list(enumerate(server)))}
    ours = sorted((i for i in merged if _identity(i, key) in wanted), key=lambda i: wanted.index(_identity(i, key)))
    others = [item for item in merged if _identity(item, key) not in wanted]
    others.sort(key=lambda item: had.get(_identity(item, key), len(had)))
    woven: list[Any] = []
    while others and ours:
        left, right = had.get(_identity(others[0], key)), had.get(_identity(ours[0], key))
        first = others if left is not None and right is not None and left < right else ours
        woven.append(first.pop(0))
    return woven + others + ours
