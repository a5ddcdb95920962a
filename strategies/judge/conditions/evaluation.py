"""Evaluating the tree of a condition: a walk with a budget, over our own values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from strategies.judge.conditions.functions import call
from strategies.judge.conditions.operators import apply, negated, numeric, whole
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
from strategies.judge.conditions.values import (
    BUDGET,
    UNITS_A_SERIES,
    Budget,
    ConditionError,
    EvaluationError,
    Value,
    is_number,
    show,
    type_name,
)

_NO_SERIES = "the query answered with no series, so there is no {}"


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names stand for, and the work that is left."""

    names: Mapping[str, Value]
    budget: Budget


def evaluate(node: Node, result: Value) -> Value:
    """What the tree comes to with this `result`. Raises ConditionError."""
    series = len(result) if isinstance(result, tuple) else 0
    return _value(node, _Scope({"result": result}, Budget(BUDGET + UNITS_A_SERIES * series)))


def _value(node: Node, scope: _Scope) -> Value:
    """The value of one node. Whatever fails below without a place fails at this node's."""
    try:
        scope.budget.spend()
        return _computed(node, scope)
    except EvaluationError as failure:
        raise ConditionError(str(failure), node.position) from failure


def _computed(node: Node, scope: _Scope) -> Value:
    match node:
        case Constant():
            return node.value
        case Name():
            return scope.names[node.name]
        case ArrayOf():
            return tuple(_value(item, scope) for item in node.items)
        case MapOf():
            return {_key(key, scope): _value(value, scope) for key, value in node.entries}
        case Call():
            return _call(node, scope)
        case _:
            return _operated(node, scope)


def _call(node: Call, scope: _Scope) -> Value:
    """Argo's `isNil` and `default` look at the result as a whole, whatever they are asked about (`utils/evaluate`)."""
    arguments, result = tuple(_value(argument, scope) for argument in node.arguments), scope.names["result"]
    match node.name:
        case "isNil":
            return result is None
        case "default":
            return arguments[1] if result is None else result
        case _:
            return call(node.name, arguments, scope.budget)


def _operated(node: Unary | Binary | Choice | Index | Slice | Predicate, scope: _Scope) -> Value:
    match node:
        case Unary():
            return _unary(node, scope)
        case Binary():
            return _binary(node, scope)
        case Choice():
            return _value(node.yes if _truth(node.condition, scope, "?") else node.no, scope)
        case Index():
            return _index(node, scope)
        case Slice():
            return _slice(node, scope)
        case Predicate():
            return _predicate(node, scope)
        case _ as unreachable:
            assert_never(unreachable)


def _truth(node: Node, scope: _Scope, what: str) -> bool:
    value = _value(node, scope)
    if not isinstance(value, bool):
        raise EvaluationError(f"{what} needs true or false, not {type_name(value)} ({show(value)})")
    return value


def _unary(node: Unary, scope: _Scope) -> Value:
    if node.operator == "not":
        return not _truth(node.operand, scope, "not")
    value = _value(node.operand, scope)
    return negated(value) if node.operator == "-" else numeric(value, "+")


def _binary(node: Binary, scope: _Scope) -> Value:
    match node.operator:
        case "and":
            return _truth(node.left, scope, "and") and _truth(node.right, scope, "and")
        case "or":
            return _truth(node.left, scope, "or") or _truth(node.right, scope, "or")
        case "??":
            left = _value(node.left, scope)
            return _value(node.right, scope) if left is None else left
        case _:
            return apply(node.operator, _value(node.left, scope), _value(node.right, scope), scope.budget)


def _index(node: Index, scope: _Scope) -> Value:
    target, key = _value(node.target, scope), _value(node.key, scope)
    match target:
        case Mapping():
            return target.get(key) if isinstance(key, str) else None
        case tuple():
            at = whole(key, "an index")
            if -len(target) <= at < len(target):
                return target[at]
            if not target and isinstance(node.target, Name):
                raise EvaluationError(_NO_SERIES.format(f"{node.target.name}[{at}]"))
            raise EvaluationError(f"there is no element {at} in {show(target)}")
        case None if node.optional:
            return None
        case int() | float() if isinstance(node.target, Name) and is_number(key):
            raise EvaluationError(f"{node.target.name} is one number here, not an array: write {node.target.name}")
        case _:
            raise EvaluationError(f"{type_name(target)} ({show(target)}) has nothing under {show(key)}")


def _slice(node: Slice, scope: _Scope) -> Value:
    target = _value(node.target, scope)
    if not isinstance(target, tuple | str):
        raise EvaluationError(f"only arrays and texts have parts, not {type_name(target)}")
    first = 0 if node.first is None else whole(_value(node.first, scope), "an index")
    last = len(target) if node.last is None else whole(_value(node.last, scope), "an index")
    scope.budget.spend(len(target))
    return target[first:last]


def _key(node: Node, scope: _Scope) -> str:
    key = _value(node, scope)
    if not isinstance(key, str):
        raise EvaluationError(f"a key must be text, not {type_name(key)}")
    return key


def _predicate(node: Predicate, scope: _Scope) -> Value:
    items = _value(node.target, scope)
    if not isinstance(items, tuple):
        raise EvaluationError(f"{node.name} needs an array, not {type_name(items)} ({show(items)})")
    if node.name == "map":
        return tuple(_answers(node, items, scope))
    held = [_held(node, answer) for answer in _answers(node, items, scope)]
    match node.name:
        case "all":
            return all(held)
        case "any":
            return any(held)
        case "none":
            return not any(held)
        case "one":
            return sum(held) == 1
        case "count":
            return sum(held)
        case _:
            return tuple(item for item, keep in zip(items, held, strict=True) if keep)


def _answers(node: Predicate, items: tuple[Value, ...], scope: _Scope) -> list[Value]:
    if node.body is None:
        return list(items)
    answers = []
    for at, item in enumerate(items):
        inner = _Scope({**scope.names, "#": item, "#index": at}, scope.budget)
        answers.append(_value(node.body, inner))
    return answers


def _held(node: Predicate, answer: Value) -> bool:
    if not isinstance(answer, bool):
        raise EvaluationError(
            f"{node.name} needs true or false for each element, not {type_name(answer)} ({show(answer)})"
        )
    return answer
