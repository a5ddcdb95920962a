"""Whether requests still reach the sides as the start proved it: a Service's selector may be changed while traffic moves."""

from collections.abc import Iterable, Mapping
from typing import Any

from strategies.model import Nginx
from strategies.native.sides import pod_labels
from strategies.selectors import Labels, selects

Thing = Mapping[str, Any]


def astray(stable: Thing | None, canary: Thing | None, services: Iterable[Thing], router: Nginx | None) -> str:
    """Which Service does not reach the side it should, or reaches the other one, in a sentence; empty while all do.

    An empty canary is reached by nothing: its labels are written anew before it fills.
    """
    if stable is None or canary is None or not canary["spec"].get("replicas", 1):
        return ""
    own, other = pod_labels(stable), pod_labels(canary)
    if router is None:
        return next((found for one in services if (found := _left_out(one, own, other))), "")
    named = {one["metadata"]["name"]: one for one in services}
    first = _wrong(named, router.stable_service, own, other, "stable")
    return first or _wrong(named, router.canary_service, other, own, "canary")


def _left_out(service: Thing, own: Labels, other: Labels) -> str:
    if selects(service, own) and not selects(service, other):
        return f"Service {service['metadata']['name']} does not select the canary's pods any more"
    return ""


def _wrong(named: Mapping[str, Thing], name: str, wanted: Labels, unwanted: Labels, side: str) -> str:
    if name not in named:
        return f"Service {name} is gone"
    if not selects(named[name], wanted):
        return f"Service {name} does not select the {side} pods any more"
    if selects(named[name], unwanted):
        return f"Service {name} selects the pods of both sides"
    return ""
