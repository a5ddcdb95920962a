"""A step of a canary by Argo's rules."""

from strategies.judge.document import Node
from strategies.judge.duration import parse_duration
from strategies.lint.routing import most_weight, names_router
from strategies.spec import NO_ROUTER, ONE_KIND, read_pause, read_weight, split_form

KINDS = (
    "setWeight",
    "pause",
    "analysis",
    "experiment",
    "setCanaryScale",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
)
"""Every kind of step, in the order in which a crowded one is split."""

_EXCLUSIVE = frozenset(KINDS[:4])
"""The kinds of which Argo refuses two in one step."""
_VALUES = ("exact", "regex", "prefix")


def check_step(step: Node, routing: Node) -> None:
    """Note what is wrong with one step, under this router."""
    kinds = [kind for kind in KINDS if step.get(kind).is_given]
    if not kinds:
        pause = "pause" in step.all_keys()
        step.problem(ONE_KIND, "Write pause: {} to wait for people." if pause else f"Write one of {', '.join(KINDS)}.")
    elif len(_EXCLUSIVE.intersection(kinds)) > 1:
        step.problem(ONE_KIND, split_form(step, kinds))
    if "setWeight" in kinds:
        read_weight(step.get("setWeight"), most_weight(routing))
    if "pause" in kinds:
        read_pause(step.get("pause"))
    if "setCanaryScale" in kinds and not routing.is_given:
        routing.problem(NO_ROUTER, "Add trafficRouting, or leave the setCanaryScale steps out.")
    if "experiment" in kinds:
        _check_experiment(step.get("experiment"), routing)
    if "setHeaderRoute" in kinds:
        _check_header_route(step.get("setHeaderRoute"), routing)
    if "setMirrorRoute" in kinds:
        _check_mirror_route(step.get("setMirrorRoute"), routing)


def doubt_step(step: Node) -> None:
    """Note a step of several kinds that Argo lets pass."""
    kinds = [kind for kind in KINDS if step.get(kind).is_given]
    if len(kinds) > 1 and len(_EXCLUSIVE.intersection(kinds)) < 2:
        step.problem(
            f"Argo begins {' and '.join(kinds)} at once and waits for only one of them", split_form(step, kinds)
        )


def _check_experiment(node: Node, routing: Node) -> None:
    check_duration(node.get("duration"))
    for template in node.get("templates").items():
        weight = template.get("weight")
        if weight.is_given and not routing.is_given:
            weight.problem(
                "Experiment template weight cannot be set unless TrafficRouting is enabled",
                "Leave weight out, or add trafficRouting.",
            )
        elif weight.is_given and not names_router(routing, "alb", "smi", "istio", "plugins"):
            weight.problem(
                "Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time",
                "Leave weight out: with this router an experiment's pods get no traffic of their own.",
            )


def check_duration(node: Node) -> None:
    """Note a duration that Go cannot read."""
    text = node.text()
    if text is not None and parse_duration(text) is None:
        node.problem(f'time: invalid duration "{text[:60]}"', "Write it as 30s, 5m or 1h30m.")


def _check_header_route(node: Node, routing: Node) -> None:
    if not names_router(routing, "istio", "alb", "apisix", "plugins"):
        node.problem(
            "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix",
            "Leave the step out, or use one of these routers.",
        )
        return
    for match in node.get("match").items():
        if names_router(routing, "alb"):
            _check_alb_value(match.get("headerValue"))
        else:
            _check_value(match.get("headerValue"))
    _check_managed(node, routing)


def _check_mirror_route(node: Node, routing: Node) -> None:
    if not names_router(routing, "istio", "plugins"):
        node.problem(
            "SetMirrorRoute requires TrafficRouting, supports Istio and Plugins",
            "Leave the step out, or use one of these routers.",
        )
        return
    for match in node.get("match").items():
        for part in ("method", "path"):
            if match.get(part).is_given:
                _check_value(match.get(part))
    percentage = node.get("percentage").whole()
    if percentage is not None and not 0 <= percentage <= 100:
        node.get("percentage").problem("a percentage is from 0 to 100", "Write a number such as 20.")
    _check_managed(node, routing)


def _check_alb_value(value: Node) -> None:
    if value.get("exact").value and not value.get("regex").value and not value.get("prefix").value:
        return
    value.problem("SetHeaderRoute match value invalid. ALB supports 'exact' value only", "Write exact: …")


def _check_value(value: Node) -> None:
    given = [key for key in _VALUES if value.get(key).value]
    if not given:
        value.problem(
            "StringMatch value missed, match value must have one of the following: exact, regex, prefix",
            "Write one of them, such as exact: …",
        )
    elif len(given) > 1:
        value.problem(
            "StringMatch match value must have exactly one of the following: exact, regex, prefix",
            f"Keep one of {', '.join(given)}.",
        )


def _check_managed(node: Node, routing: Node) -> None:
    """The routes that steps make must be listed, so that the controller knows which it may delete."""
    listed, name = routing.get("managedRoutes"), node.get("name").text() or ""
    fix = f"Add managedRoutes: [{{name: {name or '…'}}}] under trafficRouting."
    if not listed.is_given:
        listed.problem("Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'", fix)
    elif name not in {item.get("name").value for item in listed.items() if isinstance(item.get("name").value, str)}:
        node.problem(
            "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes",
            f"List {name or 'its name'} under managedRoutes.",
        )
