"""Arguments in templates: a value stays data, whatever it holds."""

import json

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.judge.conditions import compile_condition
from strategies.judge.placeholder import Language, PlaceholderError, fill

VALUES = {
    "app": "checkout",
    "window": "5m",
    "min": "0.95",
    "evil": 'x"} or vector(1) #',
    "tick": "a`b",
    "lines": "a\\b\n\t\r'",
    "word": "or",
    "self": "{{args.app}}",
    "address": "http://prometheus.monitoring:9090/x",
    "yes": "true",
}


@pytest.mark.parametrize(
    ("text", "language", "filled"),
    [
        ('x{a="{{args.app}}"}', Language.PROMQL, 'x{a="checkout"}'),
        ('x{a="{{ args.app }}-{{args.app}}"}', Language.PROMQL, 'x{a="checkout-checkout"}'),
        ("rate(x[{{args.window}}]) > {{args.min}}", Language.PROMQL, "rate(x[5m]) > 0.95"),
        ("{{args.app}}_total", Language.PROMQL, "checkout_total"),
        ('x{a="{{args.evil}}"}', Language.PROMQL, 'x{a="x\\"} or vector(1) #"}'),
        ("x{a='{{args.evil}}'}", Language.PROMQL, "x{a='x\"} or vector(1) #'}"),
        ("x{a=`{{args.evil}}`}", Language.PROMQL, 'x{a=`x"} or vector(1) #`}'),
        ("x{a='{{args.lines}}'}", Language.PROMQL, "x{a='a\\\\b\\n\\t\\r\\''}"),
        ('x{a="\\"{{args.app}}"}', Language.PROMQL, 'x{a="\\"checkout"}'),
        ('x{a="{{args.self}}"}', Language.PROMQL, 'x{a="{{args.app}}"}'),
        (
            "x # it's {{args.app}}\n + y{a='{{args.evil}}'}",
            Language.PROMQL,
            "x # it's checkout\n + y{a='x\"} or vector(1) #'}",
        ),
        ("x # it's {{args.app}}", Language.PROMQL, "x # it's checkout"),
        (
            'x # {{args.app}} isn\'t\n + y{a="{{args.evil}}"}',
            Language.PROMQL,
            'x # checkout isn\'t\n + y{a="x\\"} or vector(1) #"}',
        ),
        (
            "result > {{args.min}} // isn't\n and /* isn't {{args.min}} */ '{{args.lines}}' == \"#'{{args.app}}\"",
            Language.CONDITION,
            "result > 0.95 // isn't\n and /* isn't 0.95 */ 'a\\\\b\\n\\t\\r\\'' == \"#'checkout\"",
        ),
        ("result[0] >= {{args.min}}", Language.CONDITION, "result[0] >= 0.95"),
        ("result == '{{args.app}}' # '{{args.app}}'", Language.CONDITION, "result == 'checkout' # 'checkout'"),
        ("{{args.address}}", Language.ADDRESS, "http://prometheus.monitoring:9090/x"),
        ("{{args.window}}", Language.PLAIN, "5m"),
        ("{{args.min}}", Language.PLAIN, "0.95"),
        ("nothing to fill", Language.PLAIN, "nothing to fill"),
    ],
)
def test_is_filled(text: str, language: Language, filled: str) -> None:
    assert fill(text, VALUES, language) == filled


@pytest.mark.parametrize(
    ("text", "language", "sentence"),
    [
        ("x{{args.missing}}", Language.PROMQL, "failed to resolve {{args.missing}}"),
        ("x{{ inputs.app }}", Language.PROMQL, "failed to resolve {{inputs.app}}"),
        ("x {{args.evil}}", Language.PROMQL, "the value of evil cannot stand outside of quotes in a query"),
        ("x {{args.word}} y", Language.PROMQL, "the value of word cannot stand outside of quotes"),
        ("x{a=`{{args.tick}}`}", Language.PROMQL, "the value of tick cannot stand in a `…` string"),
        ("x{a=`{{args.lines}}`}", Language.PROMQL, "the value of lines cannot stand in a `…` string"),
        ('x{a="b\\{{args.app}}"}', Language.PROMQL, "stands right after a backslash"),
        (
            "result >= {{args.yes}}",
            Language.CONDITION,
            "the value of yes cannot stand outside of quotes in a condition",
        ),
        ("http://{{args.evil}}", Language.ADDRESS, "the value of evil cannot stand outside of quotes in a address"),
        ("{{args.app}}", Language.PLAIN, "the value of app cannot stand outside of quotes in a number or duration"),
    ],
)
def test_is_refused(text: str, language: Language, sentence: str) -> None:
    with pytest.raises(PlaceholderError) as caught:
        fill(text, VALUES, language)
    assert sentence in str(caught.value)


PARTS = st.text(st.sampled_from("ab\"'`\\\n#{}()[],=~|+ \t0"), max_size=12) | st.text(max_size=6)


@settings(deadline=None)
@given(value=PARTS, quote=st.sampled_from("\"'`"))
def test_no_value_can_leave_its_label(value: str, quote: str) -> None:
    """The parser that checks our queries sees one selector with one matcher whose value is the argument."""
    query = f"sum(rate(x{{a={quote}{{{{args.v}}}}{quote}}}[5m]))"
    try:
        filled = fill(query, {"v": value}, Language.PROMQL)
    except PlaceholderError:
        assert quote == "`"
        return
    if "\0" in value:
        return
    empty = str(promql_parser.parse(query.replace("{{args.v}}", "")))
    found = str(promql_parser.parse(filled))
    before, after = empty.split('a=""')
    assert found.startswith(before + 'a="')
    assert found.endswith('"' + after)


@settings(deadline=None)
@given(value=st.text(st.sampled_from("ab1.5mh_ ()[]{}+-*/,'\"\\#"), max_size=8))
def test_no_value_outside_of_quotes_can_change_what_stands_around_it(value: str) -> None:
    try:
        filled = fill("result >= {{args.v}}", {"v": value}, Language.CONDITION)
    except PlaceholderError:
        return
    assert filled == f"result >= {value}"
    assert float(value) <= 0 or not compile_condition(filled).evaluate(-1.0)
    assert json.dumps(filled)
