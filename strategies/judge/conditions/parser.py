"""Reading a condition: a Pratt parser for expr-lang, the language of Argo's conditions, with expr-lang's
precedences."""

from strategies.judge.conditions.functions import ARITY, PREDICATES
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
from strategies.judge.conditions.tokens import Kind, Token, tokenize
from strategies.judge.conditions.values import ConditionError

DEEPEST = 40
"""How deep brackets, unary operators and right-hand sides may nest."""
MOST_OPERATORS = 100
"""How many operators and indexes a condition may have: together with DEEPEST this bounds the depth of its tree."""

_SAME = {"||": "or", "&&": "and", "!": "not", "^": "**"}
_ORDERED = ("<", ">", "<=", ">=")
_NEGATED = {f"not {word}": word for word in ("in", "contains", "startsWith", "endsWith", "matches")}
_BINARY = {
    "or": 10,
    "and": 15,
    **dict.fromkeys(["==", "!=", *_ORDERED, *_NEGATED, *_NEGATED.values()], 20),
    "..": 25,
    "+": 30,
    "-": 30,
    "*": 60,
    "/": 60,
    "%": 60,
    "**": 100,
    "??": 500,
}
_UNARY = {"not": 50, "-": 90, "+": 90}
_LITERALS = {"true": True, "false": False, "nil": None}


def parse(text: str) -> Node:
    """The tree of a condition. Raises ConditionError."""
    parser = _Parser(tokenize(text))
    node = parser.expression(0)
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._operators = 0
        self._closures = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def expect_end(self) -> None:
        """Refuse anything that is left over."""
        if self._token.kind is not Kind.END:
            raise self._unexpected()

    def expression(self, lowest: int) -> Node:
        """An expression whose operators bind at least as tightly as `lowest`; 0 reads `? :` too."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise ConditionError("this is nested too deeply", self._token.position)
        node = self._unary()
        while (operator := self._operator()) and _BINARY[operator] >= lowest:
            node = self._binary(node, operator)
        if lowest == 0 and self._is("?"):
            node = self._choice(node)
        self._depth -= 1
        return node

    def _operator(self) -> str | None:
        """The binary operator that stands here, in its one spelling."""
        text = _SAME.get(self._token.text, self._token.text)
        if self._token.kind is not Kind.SYMBOL:
            return None
        following = self._tokens[self._at + 1]
        if text == "not" and following.kind is Kind.SYMBOL and f"not {following.text}" in _NEGATED:
            return f"not {following.text}"
        return text if text in _BINARY else None

    def _binary(self, left: Node, operator: str) -> Node:
        position = self._counted().position
        if operator in _NEGATED:
            self._next()
        precedence = _BINARY[operator]
        right = self.expression(precedence if operator == "**" else precedence + 1)
        if operator in _NEGATED:
            return Unary(position, "not", Binary(position, _NEGATED[operator], left, right))
        node = Binary(position, operator, left, right)
        while operator in _ORDERED and (following := self._operator()) in _ORDERED:
            operator, middle, position = str(following), right, self._counted().position
            right = self.expression(precedence + 1)
            node = Binary(position, "and", node, Binary(position, operator, middle, right))
        return node

    def _choice(self, condition: Node) -> Node:
        position = self._next().position
        if self._take(":"):
            return Choice(position, condition, condition, self.expression(0))
        yes = self.expression(0)
        self._expect(":")
        return Choice(position, condition, yes, self.expression(0))

    def _unary(self) -> Node:
        token = self._token
        operator = _SAME.get(token.text, token.text)
        if token.kind is Kind.SYMBOL and operator in _UNARY:
            self._next()
            return Unary(token.position, operator, self.expression(_UNARY[operator]))
        return self._postfix(self._primary())

    def _primary(self) -> Node:
        token = self._next()
        match token.kind:
            case Kind.NUMBER:
                return Constant(token.position, token.number)
            case Kind.TEXT:
                return Constant(token.position, token.text)
            case Kind.NAME:
                return self._named(token)
            case _:
                return self._bracketed(token)

    def _bracketed(self, token: Token) -> Node:
        match token.text:
            case "(":
                node = self.expression(0)
                self._expect(")")
                return node
            case "[":
                return ArrayOf(token.position, self._listed("]"))
            case "{":
                return self._map(token)
            case "#" if self._closures:
                name = self._next().text if self._token.text == "index" else ""
                return Name(token.position, f"#{name}")
            case "." if self._closures and self._token.kind is Kind.NAME:
                return Index(token.position, Name(token.position, "#"), Constant(token.position, self._next().text))
            case "#" | ".":
                raise ConditionError(
                    f"{token.text!r} only has a meaning inside of all, any, filter and their kin", token.position
                )
            case _:
                self._at -= 1
                raise self._unexpected()

    def _named(self, token: Token) -> Node:
        if token.text in _LITERALS:
            return Constant(token.position, _LITERALS[token.text])
        if self._take("("):
            return self._call(token)
        if token.text == "result":
            return Name(token.position, "result")
        raise ConditionError(f"unknown name {token.text!r}: the measured value is called result", token.position)

    def _call(self, token: Token) -> Node:
        if token.text in PREDICATES:
            return self._predicate(token)
        if token.text not in ARITY:
            raise ConditionError(f"unknown function {token.text!r}", token.position)
        arguments, (least, most) = self._listed(")"), ARITY[token.text]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} or more"
            raise ConditionError(f"{token.text} takes {wanted} arguments, not {len(arguments)}", token.position)
        return Call(token.position, token.text, arguments)

    def _predicate(self, token: Token) -> Node:
        target, body = self.expression(0), None
        if self._take(","):
            self._closures += 1
            braced = self._take("{")
            body = self.expression(0)
            if braced:
                self._expect("}")
            self._closures -= 1
        elif token.text != "count":
            raise ConditionError(f"{token.text} needs a second argument such as {{# > 0.9}}", token.position)
        self._expect(")")
        return Predicate(token.position, token.text, target, body)

    def _listed(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._take(closing):
            if items:
                self._expect(",")
                if self._take(closing):
                    break
            items.append(self.expression(0))
        return tuple(items)

    def _map(self, token: Token) -> Node:
        entries: list[tuple[Node, Node]] = []
        while not self._take("}"):
            if entries:
                self._expect(",")
                if self._take("}"):
                    break
            key = self._key()
            self._expect(":")
            entries.append((key, self.expression(0)))
        return MapOf(token.position, tuple(entries))

    def _key(self) -> Node:
        token = self._next()
        if token.kind in (Kind.NAME, Kind.TEXT):
            return Constant(token.position, token.text)
        if token.kind is Kind.NUMBER:
            return Constant(token.position, str(token.number))
        if token.text != "(":
            self._at -= 1
            raise self._unexpected()
        key = self.expression(0)
        self._expect(")")
        return key

    def _postfix(self, node: Node) -> Node:
        while self._token.kind is Kind.SYMBOL and self._token.text in ("[", ".", "?."):
            token = self._counted()
            if token.text == "[":
                node = self._index_or_slice(node, token.position)
                continue
            optional = token.text == "?."
            if optional and self._take("["):
                key = self.expression(0)
                self._expect("]")
            else:
                key = Constant(self._token.position, self._member())
            node = Index(token.position, node, key, optional)
        return node

    def _member(self) -> str:
        token = self._token
        if token.kind is not Kind.NAME and not (token.kind is Kind.SYMBOL and token.text.isalpha()):
            raise self._unexpected()
        return self._next().text

    def _index_or_slice(self, target: Node, position: int) -> Node:
        first = None if self._is(":") else self.expression(0)
        if first is not None and not self._take(":"):
            self._expect("]")
            return Index(position, target, first)
        if first is None:
            self._next()
        last = None if self._is("]") else self.expression(0)
        self._expect("]")
        return Slice(position, target, first, last)

    def _counted(self) -> Token:
        self._operators += 1
        if self._operators > MOST_OPERATORS:
            raise ConditionError(f"a condition may have {MOST_OPERATORS} operators", self._token.position)
        return self._next()

    def _is(self, symbol: str) -> bool:
        return self._token.kind is Kind.SYMBOL and self._token.text == symbol

    def _take(self, symbol: str) -> bool:
        if self._is(symbol):
            self._at += 1
            return True
        return False

    def _next(self) -> Token:
        token = self._token
        if token.kind is Kind.END:
            raise self._unexpected()
        self._at += 1
        return token

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            raise self._unexpected(f", {symbol!r} is missing")

    def _unexpected(self, hint: str = "") -> ConditionError:
        token = self._token
        found = "the condition ends here" if token.kind is Kind.END else f"{token.text!r} was not expected"
        return ConditionError(found + hint, token.position)
