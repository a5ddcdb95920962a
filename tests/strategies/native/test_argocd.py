from typing import Any

import pytest

from strategies.native.argocd import Mark, judged, mark_of
from tests.strategies.native.worlds import deployment

CERTAIN = Mark("argocd", "shop", certain=True)


def _application(policy: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"syncPolicy": policy}}


def _marked(*, labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None) -> Mark | None:
    thing = deployment()
    thing["metadata"] |= {"labels": labels or {}, "annotations": annotations or {}}
    return mark_of(thing)


def test_the_application_is_read_from_the_mark() -> None:
    assert _marked() is None
    tracking = "argocd.argoproj.io/tracking-id"
    assert _marked(annotations={tracking: "shop:apps/Deployment:shop/checkout"}) == CERTAIN
    assert _marked(annotations={tracking: "team-a_shop:apps/Deployment:x/y"}) == Mark("team-a", "shop", certain=True)
    assert _marked(labels={"app.kubernetes.io/instance": "shop"}) == Mark("argocd", "shop", certain=False)
    assert _marked(labels={"argocd.argoproj.io/instance": "shop"}) == CERTAIN


def test_self_heal_is_refused_with_what_to_do() -> None:
    problem, _ = judged(CERTAIN, _application({"automated": {"selfHeal": True}}), "checkout")
    assert problem is not None
    assert "self-heal on" in problem.sentence
    assert "--self-heal=false" in problem.fix


@pytest.mark.parametrize(
    ("policy", "told"),
    [({"automated": {"prune": True}}, "each new commit"), ({}, "OutOfSync"), ({"automated": None}, "OutOfSync")],
)
def test_without_self_heal_it_is_told_but_allowed(policy: dict[str, Any], told: str) -> None:
    problem, note = judged(CERTAIN, _application(policy), "checkout")
    assert problem is None
    assert told in note


def test_a_certain_mark_whose_policy_cannot_be_read_is_refused_and_a_common_label_is_not() -> None:
    problem, _ = judged(CERTAIN, None, "checkout")
    assert problem is not None
    assert "cannot be read" in problem.sentence
    assert judged(Mark("argocd", "shop", certain=False), None, "checkout") == (None, "")
