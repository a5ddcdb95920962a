import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.model import Nginx, Target
from strategies.native.sides import Sides, label_value, pod_labels, sides
from strategies.selectors import matches, selects
from tests.strategies.native.worlds import deployment, recorded, service

RATIO = Target("prod", "shop", "checkout", "web")
ROUTED = Target("prod", "shop", "checkout", "web", Nginx("checkout", "checkout", "checkout-canary"))
BOTH = {"app": "checkout", "track": "stable"}
SHARED = [service("checkout", {"app": "checkout"})]


def _sides(*arguments: object, **more: object) -> Sides:
    found = sides(*arguments, **more)  # type: ignore[arg-type]
    assert isinstance(found, Sides), found
    return found


def _refused(*arguments: object, **more: object) -> str:
    found = sides(*arguments, **more)  # type: ignore[arg-type]
    assert not isinstance(found, Sides)
    return " ".join(map(str, found))


def test_without_a_router_the_canary_keeps_what_services_select_on_and_changes_the_rest() -> None:
    found = _sides(deployment(BOTH), SHARED, RATIO)
    assert found.labels == {
        "app": "checkout",
        "track": "canary",
        "leadsman.dev/track": "canary",
        "leadsman.dev/canary-of": "checkout",
    }
    assert found.services == ("checkout",)
    assert found.notes == ()


def test_the_recorded_pair_of_deployments_is_told_apart_as_it_was() -> None:
    bodies = [one["request"]["body"] for one in recorded("canary-by-replicas")["exchanges"] if one["request"]["body"]]
    carrying = next(one for one in bodies if one.get("kind") == "Service")
    stable, canary = (one for one in bodies if one.get("kind") == "Deployment")
    found = _sides(stable, [carrying], Target("prod", "shop", "stable", "web"))
    assert pod_labels(canary).items() <= found.labels.items()
    assert matches(canary["spec"]["selector"], found.labels)


def test_one_label_for_both_service_and_deployment_is_refused_with_the_label_to_add() -> None:
    told = _refused(deployment({"app": "checkout"}), SHARED, RATIO)
    assert "selects its pods only by labels that the canary's pods must carry too (app)" in told
    assert "Add the label leadsman.dev/track=stable" in told
    assert "--cascade=orphan" in told


def test_the_advice_of_the_refusal_works() -> None:
    assert _sides(deployment({"app": "checkout", "leadsman.dev/track": "stable"}), SHARED, RATIO)


def test_pods_without_a_service_are_allowed_with_a_word_about_it() -> None:
    found = _sides(deployment({"app": "worker"}), [service("other", {"app": "x"}), service("bare", None)], RATIO)
    assert found.labels["app"] == "canary"
    assert "share of pods" in found.notes[0]


def test_a_service_that_would_come_to_reach_the_canary_is_told() -> None:
    found = _sides(deployment(BOTH), [*SHARED, service("preview", {"track": "canary"})], RATIO)
    assert found.notes == ("Service preview will reach the canary's pods too.",)


def test_an_expression_in_the_deployments_selector_is_evaluated_not_guessed() -> None:
    wide = deployment(
        BOTH, selector={"matchExpressions": [{"key": "track", "operator": "In", "values": ["stable", "canary"]}]}
    )
    assert "selects its pods only by labels" in _refused(wide, SHARED, RATIO)
    narrow = deployment(
        BOTH, selector={"matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}]}
    )
    assert _sides(narrow, SHARED, RATIO)


def test_another_workload_that_would_own_the_canarys_pods_is_refused_but_not_our_own_canary() -> None:
    greedy = deployment(name="greedy", selector={"matchLabels": {"app": "checkout"}})
    ours = deployment(name="checkout-canary", selector={"matchLabels": {"leadsman.dev/canary-of": "checkout"}})
    ours["metadata"]["labels"]["leadsman.dev/canary-of"] = "checkout"
    stable = deployment(BOTH)
    assert _sides(stable, SHARED, RATIO, [ours, stable])
    told = _refused(stable, SHARED, RATIO, [ours, stable, greedy])
    assert "Deployment greedy would also select the canary's pods (app)" in told
    bare = {**greedy, "kind": "ReplicaSet"}
    assert "ReplicaSet greedy" in _refused(stable, SHARED, RATIO, [bare])


def test_a_deployment_whose_pods_carry_our_own_label_is_refused() -> None:
    stable = deployment({**BOTH, "leadsman.dev/canary-of": "checkout"})
    assert "carry our own label" in _refused(stable, SHARED, RATIO)


def test_with_a_router_the_canary_takes_what_its_service_selects() -> None:
    pair = [service("checkout", BOTH), service("checkout-canary", {"app": "checkout", "track": "canary"})]
    found = _sides(deployment(BOTH), pair, ROUTED)
    assert found.labels["track"] == "canary"
    assert found.services == ("checkout", "checkout-canary")


def test_with_a_router_one_label_is_enough_if_the_canary_service_has_another_value() -> None:
    pair = [service("checkout", {"app": "checkout"}), service("checkout-canary", {"app": "checkout-canary"})]
    assert _sides(deployment({"app": "checkout"}), pair, ROUTED).labels["app"] == "checkout-canary"


def test_with_a_router_both_services_selecting_alike_is_refused_with_a_change_that_works() -> None:
    pair = [service("checkout", {"app": "checkout"}), service("checkout-canary", {"app": "checkout"})]
    told = _refused(deployment({"app": "checkout"}), pair, ROUTED)
    assert "Service checkout-canary selects the stable pods too" in told
    assert "Let Service checkout-canary select app=checkout-canary instead" in told


def test_a_stable_service_that_would_reach_the_canary_too_is_refused() -> None:
    pair = [
        service("checkout", {"app": "checkout"}),
        service("checkout-canary", {"app": "checkout", "track": "canary"}),
    ]
    told = _refused(deployment(BOTH), pair, ROUTED)
    assert "Service checkout would also select the canary's pods" in told


def test_a_stable_service_that_does_not_reach_the_stable_pods_is_refused() -> None:
    pair = [service("checkout", {"app": "typo"}), service("checkout-canary", {"track": "canary"})]
    assert "Service checkout does not select the pods of Deployment checkout" in _refused(
        deployment(BOTH), pair, ROUTED
    )


def test_a_deployment_that_would_own_its_canarys_pods_is_refused_with_a_router_too() -> None:
    pair = [service("checkout", {"role": "live"}), service("checkout-canary", {"role": "next"})]
    stable = deployment(
        {"app": "checkout", "role": "live"}, selector={"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    )
    told = _refused(stable, pair, ROUTED)
    assert "selects its pods only by labels that the canary's pods must carry too (app)" in told
    assert "Let Service checkout-canary select another value" in told


@pytest.mark.parametrize(("missing", "left"), [("checkout", "checkout-canary"), ("checkout-canary", "checkout")])
def test_a_missing_service_is_named(missing: str, left: str) -> None:
    assert f"There is no Service {missing}." in _refused(deployment(BOTH), [service(left, BOTH)], ROUTED)


def test_a_canary_service_without_a_selector_is_refused() -> None:
    pair = [service("checkout", BOTH), service("checkout-canary", None)]
    assert "Service checkout-canary has no selector" in _refused(deployment(BOTH), pair, ROUTED)


_KEYS = st.sampled_from(["app", "track", "tier"])
_LABELS = st.dictionaries(_KEYS, st.sampled_from(["a", "b", "canary"]), min_size=1)


@given(_LABELS, st.sets(_KEYS), _LABELS, _LABELS, st.booleans())
def test_whatever_is_allowed_is_disjoint(
    labels: dict[str, str], chosen: set[str], first: dict[str, str], second: dict[str, str], routed: bool
) -> None:
    own = {key: labels[key] for key in chosen & labels.keys()} or labels
    stable = deployment(labels, selector={"matchLabels": own})
    services = [service("checkout", first), service("checkout-canary", second)]
    found = sides(stable, services, ROUTED if routed else RATIO)
    if not isinstance(found, Sides):
        assert all(problem.sentence and problem.fix for problem in found)
        return
    assert matches(found.selector, found.labels)
    assert not matches(found.selector, labels)
    assert not matches(stable["spec"]["selector"], found.labels)
    if routed:
        assert [selects(one, labels) for one in services] == [True, False]
        assert [selects(one, found.labels) for one in services] == [False, True]
    else:
        assert all(selects(one, found.labels) for one in services if selects(one, labels))


def test_a_long_name_becomes_a_label_value_that_is_its_own() -> None:
    first, second = ("a" * 80 + "x", "a" * 80 + "y")
    assert len(label_value(first)) <= 63
    assert label_value(first) != label_value(second)
    assert label_value("checkout") == "checkout"
