"""PromQL, looked at before it is asked."""

import promql_parser

LONGEST = 10_000
"""Characters of a query; Prometheus is asked by URL."""


def query_problem(query: str) -> str | None:
    """What is wrong with the query, in the words of a PromQL parser, or None. Types and functions are checked too."""
    if len(query) > LONGEST:
        return f"the query is longer than {LONGEST} characters"
    try:
        promql_parser.parse(query)
    except ValueError as error:
        return str(error)
    return None
