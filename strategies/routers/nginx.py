"""ingress-nginx: a second Ingress, marked as canary, beside the user's own, which stays as it is byte for byte.

nginx reads three things of it: `canary: "true"`, `canary-weight`, and rules equal to those of the Ingress it stands
beside; all other annotations come from there. It looks at one canary per host and path only. When the canary Service
has no ready pods, its share fails.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from strategies.effects import PatchRoute
from strategies.model import Claim, Nginx
from strategies.native.claims import CLAIM, MANAGED_BY, OURS, annotations, claim_text, owned_by
from strategies.native.patches import Operation, annotate, annotation_path, expect, expect_claim, remove
from strategies.problem import SpecProblem

Thing = Mapping[str, Any]
PREFIX = "nginx.ingress.kubernetes.io/"
CANARY = f"{PREFIX}canary"
WEIGHT = f"{PREFIX}canary-weight"
TOTAL = f"{PREFIX}canary-weight-total"
CLASS = "kubernetes.io/ingress.class"
_SUFFIX = "-canary"
_LONGEST_NAME = 253
_WHOLE = 100


def route_name(deployment: str, ingress: str) -> str:
    """The canary Ingress's name: `<deployment>-<ingress>-canary`, cut before the suffix where it is longer than 253
    characters.
    """
    return f"{deployment}-{ingress}"[: _LONGEST_NAME - len(_SUFFIX)].rstrip(".") + _SUFFIX


def desired(ingress: Thing, stable: Thing, router: Nginx, claim: Claim) -> dict[str, Any]:
    """The canary Ingress as it is created, with weight 0: the user's rules for the stable Service, sent to the canary
    Service instead.

    Of a rule only the paths that go to the stable Service are taken, for a path that goes elsewhere may have a canary
    of its own. It belongs to the stable Deployment, so that it goes with it.
    """
    own = {CANARY: "true", WEIGHT: "0", CLAIM: claim_text(claim)}
    old_class = {key: value for key, value in annotations(ingress).items() if key == CLASS}
    kept = {key: deepcopy(value) for key, value in ingress["spec"].items() if key in ("ingressClassName", "tls")}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": route_name(stable["metadata"]["name"], ingress["metadata"]["name"]),
            "namespace": ingress["metadata"]["namespace"],
            "labels": {MANAGED_BY: OURS},
            "annotations": {**old_class, **own},
            "ownerReferences": [owned_by(stable)],
        },
        "spec": {**kept, "rules": _rules(ingress, router)},
    }


def seen(route: Thing) -> int:
    """The canary's share that nginx reads from a canary Ingress, in percent, a broken one rounded up.

    0 for one that is not marked as canary or whose weight is no number, since nginx then sends nothing by it.
    """
    notes = annotations(route)
    weight, total = notes.get(WEIGHT, ""), notes.get(TOTAL, str(_WHOLE))
    if notes.get(CANARY) != "true" or not (_is_count(weight) and _is_count(total)) or int(total) == 0:
        return 0
    return min(_WHOLE, -(-int(weight) * _WHOLE // int(total)))


def patch(effect: PatchRoute, route: Thing) -> tuple[Operation, ...]:
    """The patch for the canary Ingress.

    It tests the annotations that the weight was read from as they stand in `route`, and the caller has seen that
    `route` shows the weight expected. With a weight, annotations of nginx's that somebody added (a total, a header, a
    cookie) are taken away.
    """
    notes = annotations(route)
    tests = [expect(annotation_path(key), notes.get(key)) for key in (CANARY, WEIGHT, TOTAL)] if notes else []
    written = {CLAIM: claim_text(effect.claim)} if effect.claim is not None else {}
    foreign: list[str] = []
    if effect.weight is not None:
        written |= {CANARY: "true", WEIGHT: str(effect.weight)}
        foreign = [key for key in notes if key.startswith(f"{CANARY}-") and key != WEIGHT]
    return (
        *expect_claim(effect.expect_claim, route),
        *tests,
        *annotate(written, route),
        *(remove(annotation_path(key)) for key in sorted(foreign)),
    )


def problems(
    ingress: Thing | None, ingresses: Sequence[Thing], router: Nginx, deployment: str
) -> tuple[SpecProblem, ...]:
    """Why this Ingress cannot carry a canary of ours. `ingresses`: all of the namespace."""
    place = f"Ingress {router.ingress}"
    if ingress is None:
        fix = "Create it, or correct `traffic.nginx.ingress` in the configuration."
        return (SpecProblem(place, f"There is no Ingress {router.ingress}", fix),)
    if annotations(ingress).get(CANARY) == "true":
        fix = "Name the Ingress it stands beside in `traffic.nginx.ingress`."
        return (SpecProblem(place, f"Ingress {router.ingress} is itself a canary", fix),)
    if not _rules(ingress, router):
        sentence = f"ingress `{router.ingress}` has no rules using service {router.stable_service} backend"
        fix = (
            f"Let a rule of it go to Service {router.stable_service}, or correct `traffic.nginx` in the configuration."
        )
        return (SpecProblem(place, sentence, fix),)
    return tuple(_collisions(ingress, ingresses, router, route_name(deployment, router.ingress)))


def _collisions(ingress: Thing, ingresses: Iterable[Thing], router: Nginx, own: str) -> Iterable[SpecProblem]:
    """nginx takes one canary per host and path; which of two is not for us to guess."""
    places = _places(_rules(ingress, router))
    for other in ingresses:
        name = other["metadata"]["name"]
        if name == own or annotations(other).get(CANARY) != "true":
            continue
        shared = places & _places((other.get("spec") or {}).get("rules") or ())
        if shared:
            host, path = min(shared)
            sentence = f"Ingress {name} is already a canary for {host or 'every host'}{path}, and nginx takes only one"
            yield SpecProblem(f"Ingress {name}", sentence, "Delete it, or let whoever made it finish first.")


def _rules(ingress: Thing, router: Nginx) -> list[dict[str, Any]]:
    """The rules for the stable Service, sent to the canary Service."""
    found = []
    for rule in ingress["spec"].get("rules") or ():
        paths = [
            deepcopy(path)
            for path in (rule.get("http") or {}).get("paths") or ()
            if _service(path) == router.stable_service
        ]
        for path in paths:
            path["backend"]["service"]["name"] = router.canary_service
        if paths:
            found.append({**deepcopy(rule), "http": {"paths": paths}})
    return found


def _service(path: Thing) -> str:
    return str((path.get("backend", {}).get("service") or {}).get("name", ""))


def _places(rules: Iterable[Thing]) -> set[tuple[str, str]]:
    return {
        (rule.get("host", ""), path.get("path", "/"))
        for rule in rules
        for path in (rule.get("http") or {}).get("paths") or ()
    }


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
