"""The types of a condition, checked as a whole: expr-lang refuses one that cannot fit, also in a part that is never reached.

`len(result) == 0 || result >= 0.95` is an Error for a list even while the list is empty, and a number is not merely unequal to a text.
Rules: expr-lang 1.15 `checker/checker.go`, with `result` of the type that was measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from strategies.judge.conditions.syntax import (
    ArrayOf,
    Binary,
    Call,
    Choice,
    Constant,
    Index,
    MapOf,
    Name,
    Node,
    Predicate,
    Slice,
    Unary,
)
from strategies.judge.conditions.values import ConditionError, Value, is_number


@dataclass(frozen=True, slots=True)
class Type:
    """A type by the name that people call it. `of`: what an array holds."""

    name: str
    of: "Type | None" = None


ANY = Type("anything")
NIL = Type("nil")
TRUTH = Type("a truth value")
WHOLE = Type("a whole number")
FLOAT = Type("a number")
TEXT = Type("text")
MAP = Type("a map")

_Group = frozenset[Type]
_NUMBERS, _WHOLES, _TEXTS, _TRUTHS = (
    frozenset({WHOLE, FLOAT}),
    frozenset({WHOLE}),
    frozenset({TEXT}),
    frozenset({TRUTH}),
)
_OPERANDS: Mapping[str, tuple[_Group, ...]] = {
    **dict.fromkeys(("and", "or"), (_TRUTHS,)),
    **dict.fromkeys(("<", "<=", ">", ">=", "+"), (_NUMBERS, _TEXTS)),
    **dict.fromkeys(("-", "*", "/", "**"), (_NUMBERS,)),
    **dict.fromkeys(("%", ".."), (_WHOLES,)),
    **dict.fromkeys(("matches", "contains", "startsWith", "endsWith"), (_TEXTS,)),
}
"""What both sides of an operator must be alike."""
_ARGUMENTS: Mapping[str, _Group] = {
    **dict.fromkeys(("isNaN", "isInf"), _NUMBERS | {NIL}),
    **dict.fromkeys(("abs", "ceil", "floor", "round"), _NUMBERS),
    **dict.fromkeys(("int", "float"), _NUMBERS | _TEXTS),
}
"""What the argument of a function must be; the others take anything, or look themselves."""
_INSIDE: Mapping[str, _Group] = {"len": frozenset({TEXT, MAP}), "first": frozenset(), "last": frozenset()}
"""What the functions take that are for arrays, besides them."""
_ANSWERS: Mapping[str, Type] = {
    **dict.fromkeys(("len", "asInt", "int"), WHOLE),
    **dict.fromkeys(("asFloat", "float", "ceil", "floor", "round", "mean"), FLOAT),
    **dict.fromkeys(("isNaN", "isInf", "isNil"), TRUTH),
}


def type_of(result: Value) -> Type:
    """The type that a measured value has: what Prometheus answers with is a number or a list of numbers, JSON may hold anything."""
    match result:
        case None:
            return NIL
        case bool():
            return TRUTH
        case int():
            return WHOLE
        case float():
            return FLOAT
        case str():
            return TEXT
        case tuple():
            return _array(FLOAT if all(map(is_number, result)) else ANY)
        case _:
            return MAP


def check_types(tree: Node, result: Value) -> None:
    """Raises ConditionError where something in the tree cannot fit a `result` of this type."""
    _typed(tree, type_of(result), ANY)


def _array(of: Type) -> Type:
    return Type("an array", of)


def _typed(node: Node, result: Type, element: Type) -> Type:
    """The type of a node; `element` is that of `#`."""
    match node:
        case Constant():
            return type_of(node.value)
        case Name():
            return {"result": result, "#": element}.get(node.name, WHOLE)
        case Unary():
            return _unary(node, _typed(node.operand, result, element))
        case Binary():
            return _binary(node, _typed(node.left, result, element), _typed(node.right, result, element), result)
        case Choice():
            _need(node.condition, _typed(node.condition, result, element), _TRUTHS, "?")
            return _either(_typed(node.yes, result, element), _typed(node.no, result, element))
        case Predicate():
            return _predicate(node, _typed(node.target, result, element), result, element)
        case _:
            return _part(node, result, element)


def _part(node: Index | Slice | ArrayOf | MapOf | Call, result: Type, element: Type) -> Type:
    match node:
        case Index():
            return _member(node, _typed(node.target, result, element), _typed(node.key, result, element))
        case Slice():
            for end in (node.first, node.last):
                if end is not None:
                    _need(end, _typed(end, result, element), _WHOLES, "an index")
            return _typed(node.target, result, element)
        case ArrayOf():
            for item in node.items:
                _typed(item, result, element)
            return _array(ANY)
        case MapOf():
            for _, value in node.entries:
                _typed(value, result, element)
            return MAP
        case Call():
            return _call(node, [_typed(argument, result, element) for argument in node.arguments])
        case _ as unreachable:
            assert_never(unreachable)


def _need(node: Node, found: Type, wanted: _Group, what: str) -> None:
    if found is not ANY and found not in wanted:
        raise ConditionError(f"{what} cannot take {found.name}", node.position)


def _unary(node: Unary, operand: Type) -> Type:
    _need(node, operand, _TRUTHS if node.operator == "not" else _NUMBERS, node.operator)
    return TRUTH if node.operator == "not" else operand


def _binary(node: Binary, left: Type, right: Type, result: Type) -> Type:
    match node.operator:
        case "==" | "!=":
            fits = _is_comparable(left, right)
        case "in":
            fits = _fits_in(node, left, right, result)
        case "??":
            return _either(left, right)
        case operator:
            fits = any(_agree(left, right, group) for group in _OPERANDS[operator])
    if not fits:
        raise ConditionError(f"{node.operator} cannot stand between {left.name} and {right.name}", node.position)
    return _outcome(node.operator, left, right)


def _agree(left: Type, right: Type, group: _Group) -> bool:
    return all(side is ANY or side in group for side in (left, right))


def _outcome(operator: str, left: Type, right: Type) -> Type:
    if operator in ("/", "**"):
        return FLOAT
    if operator == "..":
        return _array(WHOLE)
    if operator not in ("+", "-", "*", "%"):
        return TRUTH
    if ANY in (left, right):
        return ANY
    return FLOAT if FLOAT in (left, right) else left


def _is_comparable(left: Type, right: Type) -> bool:
    alike = left.name == right.name or _agree(left, right, _NUMBERS)
    return alike or not {ANY, NIL}.isdisjoint((left, right))


def _fits_in(node: Binary, left: Type, right: Type, result: Type) -> bool:
    if right is MAP:
        return left in (TEXT, ANY, NIL)
    if right.of is None:
        return right is ANY
    listed = node.right.items if isinstance(node.right, ArrayOf) else ()
    kinds = {_typed(item, result, ANY) for item in listed}
    alike = len({kind.name for kind in kinds}) == 1
    return _is_comparable(left, right.of) and (not alike or any(_is_comparable(left, kind) for kind in kinds))


def _either(left: Type, right: Type) -> Type:
    """The type of what is one or the other."""
    if NIL in (left, right):
        return right if left is NIL else left
    return left if left == right else ANY


def _member(node: Index, target: Type, key: Type) -> Type:
    if target is ANY:
        return ANY
    if target is MAP:
        _need(node.key, key, frozenset({TEXT, NIL}), "a map's key")
        return ANY
    if target.of is None:
        raise ConditionError(f"{target.name} has nothing inside", node.position)
    _need(node.key, key, _WHOLES, "an index")
    return target.of


def _call(node: Call, arguments: list[Type]) -> Type:
    first = arguments[0]
    if node.name in _ARGUMENTS:
        _need(node.arguments[0], first, _ARGUMENTS[node.name], node.name)
    if node.name in _INSIDE and first.of is None:
        _need(node.arguments[0], first, _INSIDE[node.name], node.name)
    if node.name in ("first", "last"):
        return first.of or ANY
    return first if node.name == "abs" else _ANSWERS.get(node.name, ANY)


def _predicate(node: Predicate, target: Type, result: Type, element: Type) -> Type:
    if target is not ANY and target.of is None:
        raise ConditionError(f"{node.name} cannot take {target.name}", node.position)
    inner = target.of or ANY
    body = TRUTH if node.body is None else _typed(node.body, result, inner)
    if node.body is not None and (node.name != "map" or body is NIL):
        _need(node.body, body, _TRUTHS, node.name)
    match node.name:
        case "map":
            return _array(body)
        case "filter":
            return _array(inner)
        case "count":
            return WHOLE
        case _:
            return TRUTH
