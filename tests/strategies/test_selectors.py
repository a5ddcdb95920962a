import pytest

from strategies.selectors import keys, matches, query, selects

WEB = {"app": "web", "tier": "front"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False),
        ({"matchLabels": {"absent": ""}}, False),
        ({}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}, True),
        ({"matchExpressions": [{"key": "absent", "operator": "In", "values": [""]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "absent", "operator": "NotIn", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "absent", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "absent", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Near", "values": ["web"]}]}, False),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_label_selector_matches_as_the_api_server_says(selector: dict[str, object], expected: bool) -> None:
    assert matches(selector, WEB) is expected


def test_a_service_without_a_selector_selects_no_pods() -> None:
    assert not selects({"spec": {}}, WEB)
    assert not selects({"spec": {"selector": {}}}, WEB)
    assert selects({"spec": {"selector": {"app": "web"}}}, WEB)
    assert not selects({"spec": {"selector": {"app": "web", "x": "y"}}}, WEB)


def test_a_selector_is_written_as_the_query_that_means_the_same() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["1", "2"]},
        {"key": "b", "operator": "NotIn", "values": ["3"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"tier": "front", "app": "web"}, "matchExpressions": expressions}
    assert query(selector) == "app=web,tier=front,a in (1,2),b notin (3),c,!d"
    assert keys(selector) == {"a", "b", "c", "d", "app", "tier"}
