"""Reading the steps and analyses of a plan from what somebody wrote, in Argo Rollouts' grammar and with its sentences.

`gate` is ours. What Argo knows and we do not (experiments, header and mirror routes, plugins) is refused by name, never
accepted and ignored.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from strategies.judge.document import Node
from strategies.judge.duration import LONGEST, parse_duration
from strategies.judge.template import Argument, PodHash
from strategies.steps import Analysis, Background, Gate, Pause, SetCanaryScale, SetWeight, Silence, Step

KINDS = ("setWeight", "pause", "analysis", "setCanaryScale", "gate")
"""The kinds of step that a plan may have, in the order in which a crowded step is split."""

UNSUPPORTED = ("experiment", "setHeaderRoute", "setMirrorRoute", "plugin")
ONE_KIND = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause"
NO_ROUTER = "SetCanaryScale requires TrafficRouting to be set"
MAX_WEIGHT = 100
MOST_STEPS = 100

_PLAIN = re.compile(r"[A-Za-z][\w.-]*|\d+[smh]")
_NOT_PLAIN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_HASHES: Mapping[str, PodHash] = {"Stable": "Stable", "Latest": "Latest"}


def read_steps(node: Node) -> tuple[Step, ...]:
    """The steps of a plan; mistakes are noted at the node's root."""
    items = node.items()
    if not items:
        node.problem("a plan needs at least one step", "Write, for example: steps: [{setWeight: 10}, {pause: {}}].")
    if len(items) > MOST_STEPS:
        node.problem(f"a plan may have {MOST_STEPS} steps, not {len(items)}", "Leave some out.")
    steps = (_step(item) for item in items[:MOST_STEPS])
    return tuple(step for step in steps if step is not None)


def read_background(node: Node, steps: int) -> Background | None:
    """The analysis that runs beside `steps` steps, or None where none is written."""
    if not node.is_given:
        return None
    node.only(("templates", "args", "startingStep"))
    starting = node.get("startingStep").whole() or 0
    if not 0 <= starting < max(steps, 1):
        node.get("startingStep").problem(
            f"startingStep {starting} is no step of the plan", f"Write a number from 0 to {max(steps, 1) - 1}."
        )
    return Background(_analysis(node), starting)


def _step(node: Node) -> Step | None:
    written = node.all_keys()
    kinds = [kind for kind in (*KINDS, *UNSUPPORTED) if kind in written]
    if len(kinds) != 1:
        fix = split_form(node, kinds) if kinds else f"Write one of {', '.join(KINDS)}."
        node.problem(ONE_KIND, fix)
        return None
    kind = kinds[0]
    node.only((kind,))
    body = node.get(kind)
    if kind in UNSUPPORTED:
        body.problem(f"{kind} steps are not supported", f"Use one of {', '.join(KINDS)}.")
    elif not body.is_given:
        body.problem(
            f"{kind} has no value", "Write pause: {} to wait until somebody promotes, and a value for all others."
        )
    else:
        return _READERS[kind](body)
    return None


def split_form(node: Node, kinds: list[str]) -> str:
    """The mend of a crowded step: one step for each kind, in the order that was surely meant."""
    lines = [f"- {kind}: {_flow(node.get(kind).value)}" for kind in kinds]
    return "Write each as a step of its own, in this order:\n" + "\n".join(lines)


def _flow(value: object, depth: int = 0) -> str:
    """`value` as YAML on one line."""
    match value:
        case Mapping() | list() if depth > 5:
            return "…"
        case Mapping():
            entries = (f"{_flow(str(key))}: {_flow(entry, depth + 1)}" for key, entry in value.items())
            return "{" + ", ".join(entries) + "}"
        case list():
            return f"[{', '.join(_flow(entry, depth + 1) for entry in value)}]"
        case str() if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def read_weight(node: Node, most: int = MAX_WEIGHT) -> SetWeight | None:
    """A `setWeight`; `most` is the whole traffic."""
    weight = node.whole()
    if weight is not None and not 0 <= weight <= most:
        node.problem(f"SetWeight needs to be between 0 and {most}", "Write a percentage such as 20.")
        return None
    return None if weight is None else SetWeight(weight)


def _pause(node: Node) -> Pause | None:
    node.only(("duration",))
    return read_pause(node)


def read_pause(node: Node) -> Pause | None:
    """A `pause`; without a duration it lasts until somebody promotes."""
    given = node.get("duration")
    if not given.is_given:
        return Pause()
    duration = _seconds_or_duration(given.value)
    if duration is None:
        given.problem(
            "Duration needs to be greater than 0", "Write seconds as a number, or a duration such as 5m or 1h."
        )
        return None
    return Pause(duration)


def _seconds_or_duration(value: object) -> timedelta | None:
    """A whole number of seconds (also as text) or a Go duration, not negative; None for anything else."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if re.fullmatch(r"\+?\d{1,9}", text):
        seconds = timedelta(seconds=int(text))
        return seconds if seconds <= LONGEST else None
    duration = parse_duration(text)
    return duration if duration is not None and duration >= timedelta() else None


def _analysis(node: Node) -> Analysis:
    items = node.get("templates").items()
    for item in items:
        if isinstance(item.value, Mapping):
            item.only(("templateName", "clusterScope"))
    names = tuple(map(read_template_name, items))
    if not names:
        node.get("templates").problem(
            "an analysis needs at least one template", "Write templates: [{templateName: success-rate}]."
        )
    whole = (name for name, item in zip(names, items, strict=True) if _is_cluster(item))
    return Analysis(names, tuple(_argument(item) for item in node.get("args").items()), tuple(whole))


def _is_cluster(node: Node) -> bool:
    return isinstance(node.value, Mapping) and node.get("clusterScope").flag()


def read_template_name(node: Node) -> str:
    """The template that an entry of `templates` names; empty where it names none."""
    if isinstance(node.value, str):
        node.problem(
            f"a template is named by templateName, not by {node.value[:60]!r} alone",
            f"Write templates: [{{templateName: {node.value[:60]}}}].",
        )
        return ""
    return node.get("templateName").required_text()


def _argument(node: Node) -> Argument:
    node.only(("name", "value", "valueFrom"))
    node.get("valueFrom").only(("podTemplateHashValue", "fieldRef"))
    return read_argument(node)


def read_argument(node: Node) -> Argument:
    """An entry of `args` that a plan gives to its templates."""
    source = node.get("valueFrom")
    argument = Argument(
        name=node.get("name").required_text(),
        value=node.get("value").scalar(),
        from_field=source.get("fieldRef").get("fieldPath").text(),
        pod_template_hash=_pod_hash(source.get("podTemplateHashValue")),
    )
    given = [argument.value, argument.from_field, argument.pod_template_hash]
    if sum(one is not None for one in given) > 1:
        node.problem(
            f"arg {argument.name} has more than one source", "Keep one of value, fieldRef and podTemplateHashValue."
        )
    return argument


def _pod_hash(node: Node) -> PodHash | None:
    text = node.text()
    if text is not None and text not in _HASHES:
        node.problem(f"podTemplateHashValue is {text[:60]!r}", "Write Stable or Latest.")
    return _HASHES.get(text or "")


def _scale(node: Node) -> SetCanaryScale | None:
    fields = ("replicas", "weight", "matchTrafficWeight")
    node.only(fields)
    scale = SetCanaryScale(
        node.get("replicas").whole(), node.get("weight").whole(), node.get("matchTrafficWeight").flag()
    )
    chosen = [scale.replicas is not None, scale.weight is not None, scale.match_traffic_weight]
    if sum(chosen) != 1:
        node.problem("setCanaryScale needs exactly one of its fields", f"Keep one of {', '.join(fields)}.")
        return None
    if not 0 <= (scale.replicas or 0) <= 10_000 or not 0 <= (scale.weight or 0) <= MAX_WEIGHT:
        node.problem("setCanaryScale is out of range", "Write replicas from 0 to 10000, or a weight from 0 to 100.")
        return None
    return scale


def read_gate(node: Node) -> Gate:
    """What a gate asks of people; mistakes are noted at the node's root."""
    node.only(("approvals", "from", "deadline", "onDeadline"))
    default = Gate()
    roles = tuple(item.required_text() for item in node.get("from").items())
    gate = Gate(
        approvals=_approvals(node.get("approvals")),
        roles=tuple(dict.fromkeys(roles)) or default.roles,
        deadline=_deadline(node.get("deadline"), default.deadline),
        on_deadline=_silence(node.get("onDeadline")),
    )
    if node.get("from").is_given and not roles:
        node.get("from").problem("nobody is asked", "Name at least one role, such as from: [approver].")
    return gate


def _approvals(node: Node) -> int:
    approvals = node.whole()
    if approvals is not None and not 1 <= approvals <= 20:
        node.problem(f"a gate cannot ask for {approvals} approvals", "Write a number from 1 to 20.")
    return 1 if approvals is None else approvals


def _deadline(node: Node, default: timedelta) -> timedelta:
    if not node.is_given:
        return default
    deadline = _seconds_or_duration(node.value)
    if not deadline:
        node.problem("a deadline needs a duration greater than 0", "Write a duration such as 30m or 4h.")
    return deadline or default


def _silence(node: Node) -> Silence:
    text = node.text()
    if text is None or text in set(Silence):
        return Silence(text or Silence.ABORT)
    node.problem(f"onDeadline is {text[:60]!r}: silence never means yes", f"Write {' or '.join(Silence)}.")
    return Silence.ABORT


def _measuring(node: Node) -> Analysis:
    node.only(("templates", "args"))
    return _analysis(node)


_READERS: Mapping[str, Callable[[Node], Step | None]] = {
    "setWeight": read_weight,
    "pause": _pause,
    "analysis": _measuring,
    "setCanaryScale": _scale,
    "gate": read_gate,
}
