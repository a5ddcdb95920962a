from copy import deepcopy
from typing import Any

import pytest

from strategies.effects import PatchRoute
from strategies.model import Claim, Nginx
from strategies.routers import nginx
from tests.strategies.native.worlds import deployment, recorded

PREFIX = "nginx.ingress.kubernetes.io/"
ROUTER = Nginx("web", "web", "web-canary")
CLAIM = Claim("leadsman", "r1", 1)


def _recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = recorded(f"argo-{name}")
    return found


def _ingress(*paths: tuple[str, str], host: str = "shop.example", **metadata: Any) -> dict[str, Any]:
    rule = {"host": host, "http": {"paths": [_path(path, service) for path, service in paths or (("/", "web"),)]}}
    return {
        "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop", **metadata},
        "spec": {"ingressClassName": "nginx", "rules": [rule]},
    }


def _path(path: str, service: str) -> dict[str, Any]:
    return {"path": path, "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}}


def _route(**annotations: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "r",
            "annotations": {PREFIX + key.replace("_", "-"): text for key, text in annotations.items()},
        }
    }


def test_the_canary_ingress_is_the_one_argo_rollouts_makes() -> None:
    ours, theirs, *_ = _recorded("13a-nginx-steps")
    assert theirs["metadata"]["name"] == "web-web-canary"
    made = nginx.desired(ours, deployment(name="web"), ROUTER, CLAIM)
    assert made["metadata"]["name"] == theirs["metadata"]["name"]
    assert made["spec"] == theirs["spec"]
    assert theirs["metadata"]["annotations"].items() <= made["metadata"]["annotations"].items()


def test_each_weight_argo_rollouts_wrote_is_read_back() -> None:
    weights = [nginx.seen(one) for one in _recorded("13a-nginx-steps")[1:]]
    assert weights == [0, 10, 50, 100, 0]
    scaled = [nginx.seen(one) for one in _recorded("13d-nginx-annotations")[1:]]
    assert scaled == [0, 1, 30, 100, 0]


def test_the_users_ingress_stays_as_it_is() -> None:
    ours = _ingress()
    before = deepcopy(ours)
    made = nginx.desired(ours, deployment(name="web"), ROUTER, CLAIM)
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = "changed"
    assert ours == before


def test_tls_and_the_old_class_annotation_are_taken_over_and_nothing_else() -> None:
    ours = _ingress(annotations={"kubernetes.io/ingress.class": "nginx", "cert-manager.io/issuer": "x"})
    ours["spec"] = {
        **ours["spec"],
        "tls": [{"hosts": ["shop.example"]}],
        "defaultBackend": {"service": {"name": "web"}},
    }
    del ours["spec"]["ingressClassName"]
    made = nginx.desired(ours, deployment(name="web"), ROUTER, CLAIM)
    assert made["spec"].keys() == {"tls", "rules"}
    assert made["metadata"]["annotations"] == {
        "kubernetes.io/ingress.class": "nginx",
        f"{PREFIX}canary": "true",
        f"{PREFIX}canary-weight": "0",
        "leadsman.dev/rollout": "leadsman/r1/1",
    }


def test_only_paths_to_the_stable_service_are_taken() -> None:
    ours = _ingress(("/", "web"), ("/api", "api"))
    ours["spec"]["rules"] += [
        {"host": "admin.example", "http": {"paths": [_path("/", "admin")]}},
        {"host": "bare.example"},
    ]
    ours["spec"]["rules"][0]["http"]["paths"].append({"path": "/files", "backend": {"resource": {"kind": "Bucket"}}})
    (rule,) = nginx.desired(ours, deployment(name="web"), ROUTER, CLAIM)["spec"]["rules"]
    assert rule == {"host": "shop.example", "http": {"paths": [_path("/", "web-canary")]}}


def test_a_long_name_is_cut_before_its_suffix() -> None:
    assert nginx.route_name("checkout", "shop") == "checkout-shop-canary"
    assert len(nginx.route_name("a" * 200, "b" * 200)) == 253
    assert nginx.route_name("a" * 200, "b" * 200).endswith("b-canary")


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (_route(canary="true", canary_weight="33"), 33),
        (_route(canary="true", canary_weight="1", canary_weight_total="300"), 1),
        (_route(canary="true", canary_weight="500"), 100),
        (_route(canary="false", canary_weight="33"), 0),
        (_route(canary_weight="33"), 0),
        (_route(canary="true"), 0),
        (_route(canary="true", canary_weight="a third"), 0),
        (_route(canary="true", canary_weight="33", canary_weight_total="0"), 0),
        ({"metadata": {"name": "r"}}, 0),
    ],
)
def test_the_weight_seen_is_the_one_nginx_takes(route: dict[str, Any], expected: int) -> None:
    assert nginx.seen(route) == expected


def _patched(effect: PatchRoute, route: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["op"], one["path"].rpartition("/")[2], one.get("value")) for one in nginx.patch(effect, route)]


def test_a_weight_is_changed_only_where_claim_and_weight_are_as_seen() -> None:
    route = _route(canary="true", canary_weight="10")
    route["metadata"]["annotations"]["leadsman.dev/rollout"] = "leadsman/r1/1"
    raised = Claim("leadsman", "r1", 2)
    assert _patched(PatchRoute("w", CLAIM, 10, raised, 50), route) == [
        ("test", "leadsman.dev~1rollout", "leadsman/r1/1"),
        ("test", "nginx.ingress.kubernetes.io~1canary", "true"),
        ("test", "nginx.ingress.kubernetes.io~1canary-weight", "10"),
        ("test", "nginx.ingress.kubernetes.io~1canary-weight-total", None),
        ("add", "leadsman.dev~1rollout", "leadsman/r1/2"),
        ("add", "nginx.ingress.kubernetes.io~1canary-weight", "50"),
    ]


def test_with_a_weight_what_strangers_added_is_taken_away() -> None:
    route = _route(canary="false", canary_weight="3", canary_weight_total="1000", canary_by_header="X-Me")
    told = _patched(PatchRoute("w", None, 0, CLAIM, 0), route)
    assert ("remove", "nginx.ingress.kubernetes.io~1canary-by-header", None) in told
    assert ("remove", "nginx.ingress.kubernetes.io~1canary-weight-total", None) in told
    assert ("add", "nginx.ingress.kubernetes.io~1canary", "true") in told
    assert ("add", "nginx.ingress.kubernetes.io~1canary-weight", "0") in told


def test_a_route_that_lost_all_annotations_is_given_them_again() -> None:
    told = _patched(PatchRoute("w", None, 0, CLAIM, 10), {"metadata": {"name": "r"}})
    assert told[0] == ("test", "annotations", None)
    assert told[1][2][f"{PREFIX}canary-weight"] == "10"


def _problems(ours: dict[str, Any] | None, *others: dict[str, Any]) -> str:
    return " ".join(str(problem) for problem in nginx.problems(ours, others, ROUTER, "web"))


def test_an_ingress_that_can_carry_a_canary_has_no_problems() -> None:
    own = {**_ingress(annotations={f"{PREFIX}canary": "true"}), "metadata": {"name": "web-web-canary"}}
    plain = {**_ingress(), "metadata": {"name": "other"}}
    assert _problems(_ingress(), _ingress(), own, plain) == ""


def test_an_ingress_that_cannot_is_refused_in_argos_words_or_plain_ones() -> None:
    assert "There is no Ingress web" in _problems(None)
    assert "ingress `web` has no rules using service web backend" in _problems(_ingress(("/", "api")))
    assert "itself a canary" in _problems(_ingress(annotations={f"{PREFIX}canary": "true"}))


def test_a_second_canary_for_the_same_host_and_path_is_refused() -> None:
    other = _ingress(annotations={f"{PREFIX}canary": "true"})
    other["metadata"]["name"] = "theirs"
    assert "Ingress theirs is already a canary for shop.example/" in _problems(_ingress(), other)
    other["spec"]["rules"][0]["host"] = "elsewhere.example"
    assert _problems(_ingress(), other) == ""


def test_only_the_claim_changes_where_no_weight_is_given() -> None:
    route = _route(canary="true", canary_weight="10", canary_by_header="X-Me")
    told = [one for one in _patched(PatchRoute("w", None, 10, CLAIM), route) if one[0] != "test"]
    assert told == [("add", "leadsman.dev~1rollout", "leadsman/r1/1")]
