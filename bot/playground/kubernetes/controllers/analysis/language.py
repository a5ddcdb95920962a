"""The conditions of metrics: the part of expr-lang that analysis templates use.

Comparisons, arithmetic, `&& || ! and or not in`, `? :`, indexes, members, calls, and closures with `#`. What it does not know is an
error of the measurement, as with the real evaluator.
"""

import math
import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<mark>\*\*|&&|\|\||==|!=|<=|>=|\.\.|[-+*/%<>!?:()\[\]{}.,#]))"
)
_POWERS = {
    "||": 1, "or": 1, "&&": 2, "and": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "in": 4, "+": 5, "-": 5,
    "*": 6, "/": 6, "%": 6, "**": 7,
}  # fmt: skip
_UNARY = 8


class ConditionError(Exception):
    """The condition cannot be evaluated; the message is what the measurement says."""


Scope = dict[str, Any]
Node = Callable[[Scope], Any]


def truth(condition: str, result: Any) -> bool:
    """Whether a condition holds for a result. Raises ConditionError."""
    node = _Parser(condition).whole()
    try:
        value = node({"result": result})
    except (TypeError, ValueError, ZeroDivisionError, KeyError) as error:
        raise ConditionError(str(error)) from None
    if not isinstance(value, bool):
        raise ConditionError(f"expected bool, but got {_go_type(value)}")
    return value


def _go_type(value: Any) -> str:
    names = {float: "float64", int: "int", str: "string", list: "[]interface {}", dict: "map[string]interface {}"}
    return names.get(type(value), "<nil>")


class _Parser:
    """Builds a tree of functions, operators by their powers."""

    def __init__(self, text: str) -> None:
        self._tokens = list(self._split(text))
        self._at = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ConditionError(f"unrecognized character: U+{ord(text[at]):04X} {text[at]!r}")
            kind = match.lastgroup or ""
            found.append((kind, match[kind]))
            at = match.end()
        return found

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, expected: str = "") -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise ConditionError("unexpected token EOF")
        token = self._tokens[self._at]
        if expected and token[1] != expected:
            raise ConditionError(f'unexpected token Operator("{token[1]}")')
        self._at += 1
        return token

    def whole(self) -> Node:
        """The whole text as one expression."""
        node = self._expression()
        if self._at < len(self._tokens):
            raise ConditionError(f'unexpected token {self._tokens[self._at][0].capitalize()}("{self._peek()}")')
        return node

    def _expression(self) -> Node:
        condition = self._binary(0)
        if self._peek() != "?":
            return condition
        self._take("?")
        then = self._expression()
        self._take(":")
        other = self._expression()
        return lambda scope: then(scope) if condition(scope) else other(scope)

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while True:
            sign, negated = self._peek(), False
            if sign == "not" and self._at + 1 < len(self._tokens) and self._tokens[self._at + 1][1] == "in":
                sign, negated = "in", True
            power = _POWERS.get(sign, 0)
            if power == 0 or power <= least:
                return left
            self._at += 2 if negated else 1
            right = self._binary(power - 1 if sign == "**" else power)
            left = _operation(sign, left, right, negated=negated)

    def _unary(self) -> Node:
        sign = self._peek()
        if sign not in ("!", "not", "-", "+"):
            return self._postfix(self._primary())
        self._take()
        inner = self._binary(_UNARY - 1) if sign in ("-", "+") else self._unary()
        if sign in ("!", "not"):
            return lambda scope: not _boolean(inner(scope))
        return (lambda scope: -inner(scope)) if sign == "-" else inner

    def _primary(self) -> Node:
        kind, text = self._take()
        if kind == "number":
            value: Any = float(text) if any(char in text for char in ".eE") else int(text)
            return lambda scope: value
        if kind == "text":
            plain = text[1:-1].replace("\\" + text[0], text[0]).replace("\\\\", "\\")
            return lambda scope: plain
        if kind == "name":
            return self._name(text)
        if text == "(":
            inner = self._expression()
            self._take(")")
            return inner
        if text == "[":
            items = self._items("]")
            return lambda scope: [item(scope) for item in items]
        if text == "#":
            return lambda scope: scope["#"]
        raise ConditionError(f'unexpected token Operator("{text}")')

    def _name(self, name: str) -> Node:
        words = {"true": True, "false": False, "nil": None}
        if name in words:
            return lambda scope: words[name]
        if self._peek() == "(":
            return self._call(name)
        if name != "result":
            raise ConditionError(f"unknown name {name}")
        return lambda scope: scope["result"]

    def _call(self, name: str) -> Node:
        self._take("(")
        if name in _OVER_LISTS:
            return self._closure(name)
        arguments = self._items(")")
        if name in _OF_RESULT:
            return lambda scope: _OF_RESULT[name](scope["result"], [argument(scope) for argument in arguments])
        function = _FUNCTIONS.get(name)
        if function is None:
            raise ConditionError(f"unknown name {name}")
        return lambda scope: function(*(argument(scope) for argument in arguments))

    def _closure(self, name: str) -> Node:
        items = self._expression()
        self._take(",")
        braced = self._peek() == "{"
        if braced:
            self._take("{")
        inner = self._expression()
        if braced:
            self._take("}")
        self._take(")")
        return lambda scope: _OVER_LISTS[name](inner({**scope, "#": item}) for item in items(scope))

    def _items(self, end: str) -> list[Node]:
        found: list[Node] = []
        while self._peek() != end:
            found.append(self._expression())
            if self._peek() != end:
                self._take(",")
        self._take(end)
        return found

    def _postfix(self, node: Node) -> Node:
        while self._peek() in ("[", "."):
            if self._take()[1] == "[":
                index = self._expression()
                self._take("]")
            else:
                name = self._take()[1]
                index = _constant(name)
            node = _member(node, index)
        return node


def _constant(value: Any) -> Node:
    return lambda scope: value


def _member(holder: Node, index: Node) -> Node:
    def found(scope: Scope) -> Any:
        inside, key = holder(scope), index(scope)
        if isinstance(inside, dict):
            return inside.get(key)
        if not isinstance(inside, list):
            raise ConditionError(f"cannot fetch {key} from {_go_type(inside)}")
        if not -len(inside) <= int(key) < len(inside):
            raise ConditionError("reflect: slice index out of range")
        return inside[int(key)]

    return found


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConditionError(f"interface conversion: interface {{}} is {_go_type(value)}, not bool")
    return value


def _operation(sign: str, left: Node, right: Node, *, negated: bool) -> Node:
    if sign in ("&&", "and"):
        return lambda scope: _boolean(left(scope)) and _boolean(right(scope))
    if sign in ("||", "or"):
        return lambda scope: _boolean(left(scope)) or _boolean(right(scope))
    if sign == "in":
        return lambda scope: (left(scope) in right(scope)) is not negated
    function = _OPERATORS[sign]
    return lambda scope: function(left(scope), right(scope))


def _ordered(compare: Callable[[Any, Any], bool], sign: str) -> Callable[[Any, Any], bool]:
    def checked(left: Any, right: Any) -> bool:
        numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (left, right))
        if not numbers and not (isinstance(left, str) and isinstance(right, str)):
            raise ConditionError(f"invalid operation: {_go_type(left)} {sign} {_go_type(right)}")
        return compare(left, right)

    return checked


def _as_int(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ConditionError(f'strconv.ParseInt: parsing "{value}": invalid syntax') from None


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ConditionError(f'strconv.ParseFloat: parsing "{value}": invalid syntax') from None


def _float(name: str, test: Callable[[float], bool]) -> Callable[[Any], bool]:
    def tested(value: Any) -> bool:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ConditionError(f"cannot use {_go_type(value)} as argument (type float64) to call {name}")
        return test(value)

    return tested


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": _ordered(lambda a, b: a < b, "<"),
    ">": _ordered(lambda a, b: a > b, ">"),
    "<=": _ordered(lambda a, b: a <= b, "<="),
    ">=": _ordered(lambda a, b: a >= b, ">="),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else math.copysign(math.inf, a) if a else math.nan,
    "%": math.fmod,
    "**": lambda a, b: a**b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "asInt": _as_int,
    "asFloat": _as_float,
    "isNaN": _float("isNaN", math.isnan),
    "isInf": _float("isInf", math.isinf),
    "abs": abs,
    "max": max,
    "min": min,
    "sum": sum,
}
_OF_RESULT: dict[str, Callable[[Any, list[Any]], Any]] = {
    "isNil": lambda result, _: result is None,
    "default": lambda result, given: given[1] if result is None else result,
}
"""Functions that look at the whole result, whatever they are asked about."""
_OVER_LISTS: dict[str, Callable[[Any], Any]] = {
    "all": lambda values: all(map(_boolean, values)),
    "any": lambda values: any(map(_boolean, values)),
    "none": lambda values: not any(map(_boolean, values)),
    "one": lambda values: sum(map(_boolean, values)) == 1,
    "count": lambda values: sum(map(_boolean, values)),
}
