"""The tree that a condition is read into. Every node knows its place in the text."""

from dataclasses import dataclass

from strategies.judge.conditions.values import Value


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    position: int
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """`result`, or inside of a closure `#` (the element) and `#index`."""

    position: int
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """`not`, `-` or `+` before a value."""

    position: int
    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two values with an operator between; `and`, `or` and `??` look at the second only where they need it."""

    position: int
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? yes : no`."""

    position: int
    condition: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Index:
    """`target[key]` or `target.key`; with `optional` (`?.`) nil has nil under every key."""

    position: int
    target: "Node"
    key: "Node"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """`target[first:last]`, either of them left out."""

    position: int
    target: "Node"
    first: "Node | None"
    last: "Node | None"


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """`[a, b]`."""

    position: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    """`{key: value}`."""

    position: int
    entries: tuple[tuple["Node", "Node"], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    position: int
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """`all(target, {body})` and its kin: `body` is evaluated with `#` as each element; None where it was left out."""

    position: int
    name: str
    target: "Node"
    body: "Node | None"


Node = Constant | Name | Unary | Binary | Choice | Index | Slice | ArrayOf | MapOf | Call | Predicate
