"""Reading what people wrote: a place for every value, and every mistake told."""

import pytest

from strategies.judge.document import Node


def test_values_come_with_their_place() -> None:
    root = Node.root({"a": {"b": [{"c": "x"}, 2]}, "flag": True, "n": 3, "text": "7", "empty": None})
    first, second = root.get("a").get("b").items()
    assert (first.get("c").place, first.get("c").text()) == ("a.b[0].c", "x")
    assert (second.scalar(), second.whole()) == ("2", 2)
    assert (root.get("flag").flag(), root.get("missing").flag()) == (True, False)
    assert (root.get("text").scalar(), root.get("missing").scalar(), root.get("missing").items()) == ("7", None, ())
    assert (root.get("a").keys(), root.keys(), root.all_keys()[-1]) == (("b",), ("a", "flag", "n", "text"), "empty")
    assert root.problems() == ()


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        ("text", 5, "text must stand here, not '5'"),
        ("scalar", True, "text must stand here, not 'True'"),
        ("whole", "5", "a whole number must stand here, not '5'"),
        ("whole", True, "a whole number must stand here, not 'True'"),
        ("flag", "yes", "true or false must stand here, not 'yes'"),
        ("items", {"a": 1}, "a list must stand here, not \"{'a': 1}\""),
        ("items", "abc", "a list must stand here, not 'abc'"),
        ("keys", "abc", "a mapping must stand here, not 'abc'"),
        ("required_text", None, "a value is missing"),
        ("required_text", "", "a value is missing"),
        ("required_text", 5, "text must stand here, not '5'"),
    ],
)
def test_the_wrong_type_is_told_once(read: str, value: object, sentence: str) -> None:
    root = Node.root({"here": value}, "file")
    getattr(root.get("here"), read)()
    getattr(root.get("here"), read)()
    assert [(problem.place, problem.sentence) for problem in root.problems()] == [("file.here", sentence)]


def test_unknown_keys_are_refused() -> None:
    root = Node.root({"good": 1, "bad": None})
    root.only(("good",))
    root.get("good").only(())
    root.only(())
    assert [problem.fix for problem in root.problems()] == [
        "Use good.",
        "Write it as key: value.",
        "Leave it out.",
        "Leave it out.",
    ]
