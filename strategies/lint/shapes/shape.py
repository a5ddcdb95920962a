"""The shape of a document: which fields it may have, of which type, and which it must have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from strategies.judge.document import Node
from strategies.nearest import nearest


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without parts. `read` notes it where it is of another type."""

    read: Callable[[Node], object]


@dataclass(frozen=True, slots=True)
class Many:
    """A list of things of one shape."""

    of: "Shape"


@dataclass(frozen=True, slots=True)
class Named:
    """Things of one shape under names that people choose."""

    of: "Shape"


@dataclass(frozen=True, slots=True)
class Record:
    """Fields under fixed names.

    needed: those that must be there; mends: what to write where one of them is missing.
    elsewhere: names that people write here by mistake, each with its mend.
    others: further fields are known to exist and not looked at. text: notes a text that stands in its place.
    """

    fields: Mapping[str, "Shape"]
    needed: tuple[str, ...] = ()
    mends: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    others: bool = False
    text: Callable[[Node], object] | None = None


Shape = Leaf | Many | Named | Record

TEXT = Leaf(Node.text)
WHOLE = Leaf(Node.whole)
FLAG = Leaf(Node.flag)
WHOLE_OR_TEXT = Leaf(Node.scalar)
ANYTHING = Leaf(lambda node: None)
TEXTS = Named(TEXT)


def choice(*texts: str) -> Leaf:
    """One of these texts."""

    def read(node: Node) -> None:
        text = node.text()
        if text is not None and text not in texts:
            node.problem(f"{text[:60]!r} is none of the choices", f"Write one of {', '.join(texts)}.")

    return Leaf(read)


def check(node: Node, shape: Shape, *, strict: bool) -> None:
    """Note every value of the wrong type, every field that is missing and, if `strict`, every field that is unknown.

    An API server drops unknown fields without a word, so that in a cluster there are none but those of a newer version.
    """
    match shape:
        case Leaf():
            shape.read(node)
        case Many():
            for item in node.items():
                check(item, shape.of, strict=strict)
        case Named():
            for key in node.all_keys():
                check(node.get(key), shape.of, strict=strict)
        case Record():
            _check_record(node, shape, strict=strict)
        case _ as unreachable:
            assert_never(unreachable)


def _check_record(node: Node, shape: Record, *, strict: bool) -> None:
    if shape.text is not None and isinstance(node.value, str):
        shape.text(node)
        return
    for key in node.all_keys():
        if key in shape.fields:
            if node.get(key).is_given:
                check(node.get(key), shape.fields[key], strict=strict)
        elif strict and not shape.others:
            node.get(key).problem(f"unknown field {key[:60]!r}", _instead(key, shape))
    if node.is_given and isinstance(node.value, Mapping):
        for key in shape.needed:
            if not node.get(key).is_given:
                node.get(key).problem("a value is missing", shape.mends.get(key, "Fill it in."))


def _instead(key: str, shape: Record) -> str:
    if key in shape.elsewhere:
        return shape.elsewhere[key]
    likely = nearest(key, shape.fields, most=1)
    if likely:
        return f"Did you mean {likely[0]}?"
    return f"Use one of {', '.join(shape.fields)}, or leave it out."
