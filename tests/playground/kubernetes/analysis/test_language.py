"""The conditions of metrics are read as expr-lang reads them."""

import math
from typing import Any

import pytest

from bot.playground.kubernetes.controllers.analysis.language import ConditionError, truth


@pytest.mark.parametrize(
    ("condition", "result", "holds"),
    [
        ("result >= 0.95", 0.95, True),
        ("result[0] >= 0.95", [0.9], False),
        ("result[0] >= 0.95 && result[1] < 5", [0.99, 4], True),
        ("result < 1 || result > 9", 10, True),
        ("result > 1 and not (result > 3)", 2, True),
        ("!(result == 'ok')", "ok", False),
        ("result == 'it\\'s'", "it's", True),
        ("len(result) == 0 or result[0] < 1", [], True),
        ("all(result, {# < 3})", [1, 2], True),
        ("any(result, # > 3)", [1, 2], False),
        ("none(result, {# == 9})", [1, 2], True),
        ("count(result, {# > 1}) == 1", [1, 2], True),
        ("result.successPercent >= 0.95 && result['data'][-1] == 2", {"successPercent": 1, "data": [1, 2]}, True),
        ("asFloat(result) > 0.5", "0.6", True),
        ("asInt(result) == 3", "3", True),
        ("isNaN(result[0])", [math.nan], True),
        ("isInf(result)", math.inf, True),
        ("default(result, 0) < 1", None, True),
        ("isNil(result)", None, True),
        ("isNil(nil)", 1, False),
        ("default(result[0], 7) == 3 or len(default(result[0], 7)) == 2", [1, 3], True),
        ("result > 1 ? true : false", 2, True),
        ("result in [1, 2]", 2, True),
        ("result not in [1, 2]", 3, True),
        ("1 + 2 * 3 - -1 == 8", None, True),
        ("2 ** 3 ** 2 == 512 && 7 % 4 == 3", None, True),
        ("result / 0 > 1", 1, True),
        ("-result < 0", 1, True),
        (".5 <= 5e-1", None, True),
    ],
)
def test_a_condition_holds_or_not(condition: str, result: Any, holds: bool) -> None:
    assert truth(condition, result) is holds


@pytest.mark.parametrize("condition", ["result >= 0.95", "result < 0.95", "result == result"])
def test_nothing_holds_of_what_is_no_number(condition: str) -> None:
    assert truth(condition, math.nan) is False


@pytest.mark.parametrize(
    ("condition", "result", "why"),
    [
        ("result[0] > 1", [], "reflect: slice index out of range"),
        ("result", 1, "expected bool, but got int"),
        ("result > ", 1, "unexpected token EOF"),
        ("result > 'a'", 1, "invalid operation: int > string"),
        ("results > 1", 1, "unknown name results"),
        ("median(result) > 1", [1], "unknown name median"),
        ("result > 1 $ 2", 1, "unrecognized character"),
        ("result > 1 2", 1, 'unexpected token Number("2")'),
        ("(result > 1", 1, "unexpected token EOF"),
        ("result && true", 1, "is int, not bool"),
        ("asFloat(result) > 1", "much", 'parsing "much": invalid syntax'),
        ("asInt(result) > 1", "much", 'parsing "much": invalid syntax'),
        ("result[0] > 1", 3, "cannot fetch 0 from int"),
        ("isNaN(result)", [math.nan], "cannot use []interface {} as argument (type float64) to call isNaN"),
        ("result + 1 > 1", "a", "can only concatenate str"),
        ("result * > 1", 1, 'unexpected token Operator(">")'),
    ],
)
def test_what_cannot_be_evaluated_says_why(condition: str, result: Any, why: str) -> None:
    with pytest.raises(ConditionError) as error:
        truth(condition, result)
    assert why in str(error.value)
