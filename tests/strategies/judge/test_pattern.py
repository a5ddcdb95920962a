"""Regular expressions: the same answers as Python's engine where that one is safe, and no pattern that runs away."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.judge.pattern import Pattern
from strategies.judge.pattern_syntax import PatternError


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("abc", "xabcx", "ab"),
        ("^abc$", "abc", "abcd"),
        ("", "", None),
        ("a|b|", "zzz", None),
        ("^(a|b)+$", "abba", "abca"),
        ("^(?:ab){2,3}$", "ababab", "ab"),
        ("^a{2}$", "aa", "aaa"),
        ("^a{2,}$", "aaaa", "a"),
        ("^a{0,1}b?c*?$", "abcc", "aab"),
        ("^a{x}$", "a{x}", "a"),
        ("a{", "a{", "a"),
        (r"^\d\D\w\W\s\S$", "1aa- x", "aaaaaa"),
        (r"^[a-c\d_-]+$", "a1_-", "d"),
        ("^[^a-c]$", "d", "a"),
        ("^[]a]$", "]", "b"),
        (r"\bweb\b", "a web b", "cobweb"),
        (r"\Bweb", "cobweb", "web"),
        (r"\Aa\z", "a", "ab"),
        (r"^\.\n\t$", ".\n\t", "x"),
        ("(?i)^AbC[x-z]$", "aBcY", "abd"),
        ("^.$", "x", "\n"),
        ("(a*)*b", "aab", "aac"),
        ("lat.*", "latency", "rate"),
    ],
)
def test_finds_what_it_should(pattern: str, found: str, not_found: str | None) -> None:
    assert Pattern(pattern).search(found)
    assert not_found is None or not Pattern(pattern).search(not_found)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("(a", "a ( without its )"),
        ("a)", "a ) without its ("),
        ("[a", "ends too early"),
        ("a\\", "ends too early"),
        ("*a", "nothing to repeat"),
        ("a**", "repeats a repetition"),
        ("a+{2}", "repeats a repetition"),
        ("a{3,2}", "repeats too often"),
        ("a{1001}", "repeats too often"),
        ("(?=a)", "a kind of group that is not known"),
        (r"\q", r"unknown escape \q"),
        ("[z-a]", "a range z-a that is none"),
        ("(" * 21 + ")" * 21, "nested too deeply"),
        ("((a{100}){100}){100}", "too large"),
        ("(((){1000}){1000}){1000}", "too large"),
        ("a" * 201, "may have 200 characters"),
    ],
)
def test_is_refused_with_a_sentence(pattern: str, sentence: str) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)
    assert sentence in str(caught.value)


_ATOM = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", "^", "$", r"\b"])
_PATTERN = st.recursive(
    _ATOM,
    lambda inner: (
        st.builds("{}{}".format, inner, inner)
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{1,2}", "*?"]))
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(pattern=_PATTERN, text=st.text("abc ", max_size=8))
def test_agrees_with_pythons_engine(pattern: str, text: str) -> None:
    assert Pattern(pattern).search(text) == bool(re.search(pattern, text))
