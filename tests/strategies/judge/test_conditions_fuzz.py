"""Whatever text and whatever answer: a condition comes to true, to false, or to its own error, and soon."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.judge.conditions import ConditionError, Value, compile_condition

_WORDS = r"""
    result result[0] # #index .a ( ) [ ] { } , : ? ?: ?? ?. .. + - * / % ** ^ < <= > >= == != && || ! not in and or
    contains startsWith endsWith matches true false nil 1 0 2.5 .5 1e9 9223372036854775807 'a' '(a*)*b' `x` all( any(result,
    filter(result, map(1..9, count( len( asInt( asFloat( isNaN( default( sum( max( first( {# > __class__ \ " '
"""
PIECES = st.sampled_from(_WORDS.split())
ANSWERS: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def _try(text: str, answer: Value) -> None:
    begun = time.process_time()
    try:
        assert compile_condition(text).evaluate(answer) in (True, False)
    except ConditionError as error:
        assert str(error)
    assert time.process_time() - begun < 2


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(PIECES, max_size=14), answer=ANSWERS)
def test_text_made_of_the_language(pieces: list[str], answer: Value) -> None:
    _try(" ".join(pieces), answer)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), answer=ANSWERS)
def test_any_text(text: str, answer: Value) -> None:
    _try(text, answer)


_LEAF = st.sampled_from(
    ["result", "result[0]", "1", "-2.5", "true", "nil", "'ab'", "[1, 2]", "{a: 1}", "1..40", "0 / 0"]
)
_OPERATORS = "+ - * / % ** < <= > >= == != and or in contains startsWith endsWith matches .. ??"
_BINARY = st.sampled_from([*_OPERATORS.split(), "not in"])
_EXPRESSION = st.recursive(
    _LEAF,
    lambda inner: (
        st.builds("({} {} {})".format, inner, _BINARY, inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
        | st.builds("({})[{}]".format, inner, inner)
        | st.builds("({})[{}:{}]".format, inner, inner, inner)
        | st.builds("{}({}, {{{}}})".format, st.sampled_from(["all", "any", "map", "filter", "count"]), inner, inner)
        | st.builds("{}({})".format, st.sampled_from(["len", "asInt", "isNaN", "abs", "round", "sum", "last"]), inner)
        | st.builds("not {}".format, inner)
        | st.builds("-{}".format, inner)
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(text=_EXPRESSION, answer=ANSWERS)
def test_well_formed_expressions(text: str, answer: Value) -> None:
    _try(text, answer)
