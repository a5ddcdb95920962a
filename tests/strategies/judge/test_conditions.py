"""The condition language, form by form, against expr-lang's own answers."""

import math

import pytest

from strategies.judge.conditions import ConditionError, Value, compile_condition
from strategies.judge.conditions.parser import DEEPEST, MOST_OPERATORS
from strategies.judge.conditions.tokens import LONGEST

NAN, INF = math.nan, math.inf
BODY: Value = {"ok": True, "items": (1, 2, 3), "name": "web", "in": 5}


def holds(text: str, result: Value = None) -> bool:
    return compile_condition(text).evaluate(result)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("result[0] >= 0.95", (0.99,)),
        ("result >= 0.95", 0.99),
        ("0.95 <= result", 0.99),
        ("asFloat(result[0]) <= 300", (299.5,)),
        ('asInt("12") == 12 && asFloat("-1.5e1") == -15', None),
        ('isNaN(asFloat("NaN")) and isInf(asFloat("+Inf")) and asFloat("inf") > 1', None),
        ("asInt(result) == 2 and asInt(result) == int(result)", 2.9),
        ("len(result) == 0 || result[0] < 5", ()),
        ("len('abc') == 3 and len({a: 1}) == 1", None),
        ("isNaN(result[0]) || result[0] > 1", (NAN,)),
        ("isInf(result)", -INF),
        ("isNil(result) and default(result, 0) == 0 and isNil(1) and default(1, 0) == 0", None),
        ("not isNil(nil) and default(nil, 7) == 3", 3.0),
        ("default(result, 7) == 3", 3.0),
        ("all(result, {# > 0.9})", (1.0, 0.95)),
        ("all(result, # > 0.9)", ()),
        ("any(result, {# < 0.9})", (1.0, 0.5)),
        ("none(result, {# < 0.9})", (1.0, 0.95)),
        ("one(result, # == 1)", (1.0, 0.95)),
        ("count(result, # > 1) == 1", (1.0, 2.0)),
        ("count([true, false, true]) == 2", None),
        ("filter(result, # > 1) == [2, 3]", (1.0, 2.0, 3.0)),
        ("map(result, {# * 2}) == [2, 4]", (1.0, 2.0)),
        ("map([5, 6], #index) == [0, 1]", None),
        ("all(map(1..3, {{a: #}}), .a > 0)", None),
        ("any(filter([[1], [2]], {any(#, # == 2)}), #[0] == 2)", None),
        ("result in [1, 2, 3] and result not in [4]", 2.0),
        ("result in 1..3", 3.0),
        ("3..1 == [] and 1..3 == [1, 2, 3] ", None),
        ("'a' in {a: 1} and 'b' not in {a: 1} and not (nil in {a: 1})", None),
        ("not (1 == 2) and !false or false", None),
        ("true || result[5] > 1", ()),
        ("not (false && result[5] > 1)", ()),
        ("result > 1 ? result < 3 : false", 2.0),
        ("true ? true ? true : false : false", None),
        ("(nil ?? 3) == 3 and (2 ?? 3) == 2 and nil ?? true", None),
        ("(result ?: 3) == true", True),
        ("result?.a?.b == nil and result?.['a'] == nil", {}),
        ("1 + 2 * 3 - 4 / 2 == 5 and 7 % 3 == 1 and -7 % 3 == -1", None),
        ("2 ** 3 ** 2 == 512 and 2 ^ 3 == 8 and -2 ** 2 == -4 and 2 ** -1 == 0.5", None),
        ("(0 - 8) ** (1 / 3) != 1 and 1 / 0 > 10 and -1 / 0 < 10 and isNaN(0 / 0)", None),
        ("0 ** -1 > 10 and (10 ** 300) ** 3 > 1 and (-10) ** 333 < -1 and (-1 / (1 / 0)) ** -1 < 0", None),
        ("1 < 2 < 3 and not (3 > 2 > 2)", None),
        ("+1 == 1.0 and 1_000 == 0x3e8 and .5 == 5e-1", None),
        ("'a' + \"b\" == `ab` and 'a' < 'b' and 'b' >= 'a' and 'a' != 'b'", None),
        ("'a' not contains 'b' and 'a' not startsWith 'b' and 'a' not endsWith 'b' and 'a' not matches 'b'", None),
        ("'checkout' contains 'eck' and 'ab' startsWith 'a' and 'ab' endsWith 'b'", None),
        (r"'v1.4.2' matches '^v\\d+\\.\\d+' and not ('x' matches 'y')", None),
        (r"'\x41B\U00000043\104\n\'' == " + '"ABCD\\n\'"', None),
        ("[1, 2, 3][1:] == [2, 3] and [1, 2, 3][:2] == [1, 2] and [1, 2, 3][-1] == 3", None),
        ("[1, 2, 3][1:2] == [2] and [1, 2][:] == [1, 2] and 'abc'[1:] == 'bc' and [1, 2][-2:][1] == 2", None),
        ("[1, 2,] == [1, 2] and {a: 1,} == {'a': 1} and {1: 2, ('b' + 'c'): 3}.bc == 3", None),
        ("result.ok and result.items[2] == 3 and result['name'] == 'web' and result.missing == nil", BODY),
        ("result.in == 5 and result[nil] == nil", BODY),
        ("{a: [1]} == {a: [1]} and {a: 1} != {b: 1} and [1] != [1, 2] and true != false", None),
        ("result == result and nil == nil and 1 == 1.0", 1.0),
        ("abs(-2) == 2 and ceil(1.2) == 2 and floor(1.8) == 1 and round(2.5) == 3 and round(-2.5) == -3", None),
        ("sum(result) == 3 and mean(result) == 1.5 and min(result) == 1 and max(1, result, 5) == 5", (1.0, 2.0)),
        ("mean([]) == 0 and first(result) == 1 and last(result) == 2 and first([]) == nil", (1.0, 2.0)),
        ("isNaN(max(result)) and isInf(round(1 / 0)) and float(2) == 2", (1.0, NAN)),
        ("result[0] > 1 // a remark\n && /* another */ true", (2.0,)),
    ],
)
def test_holds(text: str, result: Value) -> None:
    assert holds(text, result)


@pytest.mark.parametrize(
    "text", ["result > 0.9", "result < 0.9", "result >= 0.9", "result == result", "result in [result]"]
)
def test_nan_is_unlike_everything(text: str) -> None:
    assert not holds(text, NAN)
    assert holds(f"not ({text})", NAN)


def test_nan_differs_from_itself() -> None:
    assert holds("result != result", NAN)


@pytest.mark.parametrize(
    ("text", "result", "sentence"),
    [
        ("result[0] > 1", (), "at character 7: the query answered with no series, so there is no result[0]"),
        ("result[3] > 1", (1.0,), "there is no element 3 in an array of 1"),
        ("result[0] > 1", 1.0, "result is one number here, not an array: write result"),
        ("result > 1", (1.0,), "cannot compare an array with a number: write result[0]"),
        ("[1] < result", "a", "cannot compare an array with text"),
        ("result", 1.0, "the condition comes to a number (1.0), not to true or false"),
        ("result > 1", "a", "> needs a number, not text ('a')"),
        ("result.__class__ == nil", 1.0, "a number (1.0) has nothing under '__class__'"),
        ("result.a == 1", None, "nil (nil) has nothing under 'a'"),
        ("asFloat('1e400') == 1", None, "'1e400' is not a number"),
        ("default(result[0], 0) < 1", (0.5,), "cannot compare an array with a number"),
        ("default(result[0], 0) < 1", (), "the query answered with no series"),
        ("'a'.upper == nil", None, "text ('a') has nothing under 'upper'"),
        ("not result", 1.0, "not needs true or false, not a number (1.0)"),
        ("1 && true", None, "and needs true or false"),
        ("result ? true : true", (), "? needs true or false, not an array (an array of 0)"),
        ("-'a' == 1", None, "- needs a number"),
        ("+{} == 1", None, "+ needs a number, not a map (a map of 0)"),
        ("5.5 % 2 == 1", None, "% needs whole numbers"),
        ("5 % 0 == 1", None, "% by zero"),
        ("9223372036854775807 * 2 > 1", None, "does not fit into 64 bits"),
        ("sum(9223372036854775807, 1) > 1", None, "does not fit into 64 bits"),
        ("result[0.5] == 1", (1.0,), "an index needs a whole number, not 0.5"),
        ("result['a'] == 1", (1.0,), "an index needs a number, not text"),
        ("1 in 'abc'", None, "in needs an array or a map, not text"),
        ("1..99999 == nil", None, "a range may have 10000 numbers"),
        ("'a' contains 1", None, "contains needs text, not a number (1)"),
        ("'a' matches '('", None, "the pattern has a ( without its )"),
        ("all(result, {#})", (1.0,), "all needs true or false for each element, not a number (1.0)"),
        ("any(result, {# > 1})", 1.0, "any needs an array, not a number (1.0)"),
        ("{(1): 2} == nil", None, "a key must be text, not a number"),
        ("{a: 1}[0:1] == nil", None, "only arrays and texts have parts, not a map"),
        ("len(result) == 1", 1.0, "len needs an array, a map or text, not a number (1.0)"),
        ("asInt('1.5') == 1", None, "'1.5' is not a whole number"),
        ("asInt(result) == 1", NAN, "asInt cannot make a whole number of nan"),
        ("asFloat('x') == 1", None, "'x' is not a number"),
        ("asFloat(true) == 1", None, "asFloat needs a number, not a truth value (true)"),
        ("min([]) == 1", None, "min of nothing"),
        ("first(1) == 1", None, "first and last need an array, not a number"),
        ("isNaN('a')", None, "isNaN needs a number, not text ('a')"),
        ("'" + "x" * 60 + "' > 1", None, "'" + "x" * 40 + "'…"),
    ],
)
def test_fails_on_these_values_with_a_sentence(text: str, result: Value, sentence: str) -> None:
    with pytest.raises(ConditionError) as caught:
        holds(text, result)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "result", "sentence"),
    [
        ("asFloat(result) == '1.1'", "1.1", "at character 17: == cannot stand between a number and text"),
        ("result == true", 1.0, "== cannot stand between a number and a truth value"),
        ("result[0] != 'ok'", (1.0,), "!= cannot stand between a number and text"),
        ("len(result) == 0 || result >= 0.95", (), ">= cannot stand between an array and a number"),
        ("len(result) == 0 || result[0]", (), "or cannot stand between a truth value and a number"),
        ("len(result) > 0 && isNaN(result)", (), "isNaN cannot take an array"),
        ("len(result) > 0 && abs(result) > 1", (), "abs cannot take an array"),
        ("len(result) == 0 || first(result) > 'a'", (), "> cannot stand between a number and text"),
        ("len(result) == 0 || map(result, # * 2)[0] contains 'a'", (), "contains cannot stand between"),
        ("len(result) == 0 || filter(result, # > 1)[0] in ['a', 'b']", (), "in cannot stand between"),
        ("len(result) == 0 || any(result[0], # > 1)", (), "any cannot take a number"),
        ("all(result, # > 'a')", (), "> cannot stand between a number and text"),
        ("all(result, # + 1)", (), "all cannot take a number"),
        ("count(result, # > 1 && #) == 0", (), "and cannot stand between a truth value and a number"),
        ("map(result, nil) == []", (), "map cannot take nil"),
        ("true || result.value > 1", 1.0, "a number has nothing inside"),
        ("true || result > 1", None, "> cannot stand between nil and a whole number"),
        ("true ? true : -'a' == 1", None, "- cannot take text"),
        ("true || (1 ? true : false)", None, "? cannot take a whole number"),
        ("true || [1][1.0] == 1", None, "an index cannot take a number"),
        ("true || [1][0:'a'] == 1", None, "an index cannot take text"),
        ("true || 5 % 1.5 == 1", None, "% cannot stand between a whole number and a number"),
        ("true || 1 in 2", None, "in cannot stand between a whole number and a whole number"),
        ("true || {a: 1}[2] == 1", None, "a map's key cannot take a whole number"),
        ("true || [1 / 2, -'a'] == []", None, "- cannot take text"),
        ("true || {a: -'a'} == {}", None, "- cannot take text"),
        ("true || (nil ?? 1..2) > 1", None, "> cannot stand between an array and a whole number"),
        ("1 in {a: 1} || true", None, "in cannot stand between a whole number and a map"),
        ("42 in ['a', 'b'] || true", None, "in cannot stand between a whole number and an array"),
    ],
)
def test_what_can_never_fit_is_an_error_also_where_it_is_not_reached(text: str, result: Value, sentence: str) -> None:
    with pytest.raises(ConditionError) as caught:
        holds(text, result)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("result.status == 'ok' && result.count != 'five' && result['list'][0] != 1", {"status": "ok", "list": ("a",)}),
        ("default(result, 0) == 0 && default(result, 'x') == 'x'", None),
        ("result[0] == 'a' && result[1] != 'a'", ("a", 1.0)),
        ("42 not in ['a', 1] && 'a' in ['a', 1]", None),
        ("(true ? 1 : 'a') != 'b' && (nil ?? 2) > 1 && (result ?? 1) > 1", 3.0),
        ("sum(result) / len(result) > 1 && -result[0] < 0 && abs(result[0]) > 0", (2.0, 3.0)),
    ],
)
def test_what_only_the_value_tells_apart_is_compared_by_value(text: str, result: Value) -> None:
    assert holds(text, result)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at character 1: the condition ends here"),
        ("result >", "at character 9: the condition ends here"),
        ("result > 1 1", "at character 12: '1' was not expected"),
        ("(1", "')' is missing"),
        ("[1", "the condition ends here"),
        ("[1 2]", "',' is missing"),
        ("{a 1}", "':' is missing"),
        ("{a: 1 b: 2}", "',' is missing"),
        ("{[: 1}", "'[' was not expected"),
        ("true ? 1", "':' is missing"),
        ("foo > 1", "unknown name 'foo': the measured value is called result"),
        ("exec('x')", "unknown function 'exec'"),
        ("len()", "len takes 1 arguments, not 0"),
        ("sum()", "sum takes 1 or more arguments, not 0"),
        ("all(result)", "all needs a second argument"),
        ("all(result, {# > 1)", "'}' is missing"),
        ("# > 1", "'#' only has a meaning inside of all"),
        (".a > 1", "'.' only has a meaning inside of all"),
        ("any(result, . > 1)", "'.' only has a meaning inside of all"),
        ("result.", "the condition ends here"),
        ("result.1a", "is not a number"),
        ("result.'a'", "was not expected"),
        ("3x > 1", "'3x' is not a number"),
        ("99999999999999999999 > 1", "this number is too large"),
        ("1e999 > 1", "this number is too large"),
        ("'abc", "this string has no end"),
        (r"'\q' == 1", r"'\\q' is not an escape"),
        (r"'\uD800' == 1", "is not an escape"),
        (r"'\UFFFFFFFF' == 1", "is not an escape"),
        ("result & 1", "'&' has no meaning here"),
        ("* 1", "'*' was not expected"),
        ("not", "the condition ends here"),
        ("result[1:2", "the condition ends here"),
        ("(" * (DEEPEST + 1), "this is nested too deeply"),
        ("1" + "+1" * (MOST_OPERATORS + 1), f"a condition may have {MOST_OPERATORS} operators"),
        ("1" * (LONGEST + 1), f"a condition may have {LONGEST} characters"),
    ],
)
def test_is_refused_when_it_is_read(text: str, sentence: str) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(text)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "map(1..10000, {1..10000}) == nil",
        "all(1..10000, {all(1..10000, {# > 0})})",
        "len(map(1..10000, 'x' + '" + "y" * 1000 + "')) == 1",
        "map(map(1..200, {1..200}), {sum(#)}) == map(1..100, {1..1000})",
    ],
)
def test_work_without_end_is_cut_short(text: str) -> None:
    with pytest.raises(ConditionError, match="too much work"):
        holds(text)


def test_an_answer_of_many_series_is_not_too_much() -> None:
    assert holds("all(result, {# > 0 && # < 2}) and len(filter(result, # > 1)) == 0", (1.0,) * 20_000)


def test_texts_cannot_grow_without_end() -> None:
    with pytest.raises(ConditionError, match="a text may have 2000 characters"):
        holds("result + result == ''", "x" * 1001)


def test_a_pattern_that_would_hold_a_backtracking_engine_for_hours_is_answered_at_once() -> None:
    assert not holds("'" + "a" * 60 + "b' matches '^(a+)+$'")


def test_the_text_of_a_condition_is_kept() -> None:
    assert compile_condition("result > 1").text == "result > 1"
