"""PromQL is looked at by a real parser when the configuration loads."""

from datetime import timedelta

import promql_parser as promql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.promql import LONGEST, query_problem
from strategies.judge.lookback import lookback


@pytest.mark.parametrize(
    "query",
    [
        'sum(rate(http_requests_total{app="x",status!~"5.."}[2m])) / sum(rate(http_requests_total{app="x"}[2m]))',
        "histogram_quantile(0.95, sum by (le) (rate(d_bucket[5m])))",
        "max_over_time(rate(x[1m])[10m:30s] offset 5m)",
    ],
)
def test_what_prometheus_takes_has_no_problem(query: str) -> None:
    assert query_problem(query) is None


@pytest.mark.parametrize("query", ["", "rate(x)", "sum(x", "foo(", "x[5m", "1 +", "{}", "x" * (LONGEST + 1), "\x00"])
def test_what_prometheus_refuses_is_told(query: str) -> None:
    assert query_problem(query)


def reach(expression: promql.Expr) -> timedelta:
    """How far back an expression looks, by its syntax tree."""
    match expression:
        case promql.VectorSelector():
            return expression.offset or timedelta()
        case promql.MatrixSelector():
            return expression.range + reach(expression.vector_selector)
        case promql.SubqueryExpr():
            return expression.range + (expression.offset or timedelta()) + reach(expression.expr)
        case promql.BinaryExpr():
            return max(reach(expression.lhs), reach(expression.rhs))
        case promql.Call():
            return max(map(reach, expression.args), default=timedelta())
        case promql.AggregateExpr() | promql.UnaryExpr() | promql.ParenExpr():
            return reach(expression.expr)
        case _:
            return timedelta()


selectors = st.sampled_from(
    ["x", 'x{a="[9h]"}', "x offset 7m", "x{b='offset 9h'} offset 1h30m", "1", "time()", 'x{a="\\"[9h]"}']
)
ranges = st.sampled_from(["rate(x[5m])", "increase(y{a='b'}[1h30m] offset 2m)", "avg_over_time(z[90s])"])
queries = st.recursive(
    selectors | ranges,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "/", "or", "> bool"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda query: f"sum by (a, b) ({query})"),
        inner.map(lambda query: f"max_over_time(({query})[30m:1m])"),
        inner.map(lambda query: f"min_over_time(({query})[10m:] offset 3m)"),
        inner.map(lambda query: f"-({query})"),
    ),
    max_leaves=6,
)


@given(queries)
def test_the_lookback_of_a_query_is_what_its_syntax_tree_says(query: str) -> None:
    try:
        tree = promql.parse(query)
    except ValueError:
        return
    assert lookback(query) == reach(tree)
