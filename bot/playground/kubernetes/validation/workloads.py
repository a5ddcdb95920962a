"""Rules of Deployments, ReplicaSets, StatefulSets, Jobs and Pods."""

import re
from typing import Any

from bot.playground.kubernetes import selectors
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.validation.pods import pod_spec_causes
from bot.playground.kubernetes.validation.rules import (
    Obj,
    forbidden,
    immutable,
    invalid,
    label_causes,
    not_negative,
    one_of,
    required,
    selector_causes,
    unsupported,
)

_PERCENT = re.compile(r"^[0-9]+%$")
_PERCENT_RULE = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)


def number_or_percent(field: str, value: Any) -> list[Cause]:
    """A count or a share such as `25%`, not negative."""
    if isinstance(value, str):
        return [] if _PERCENT.match(value) else [invalid(field, value, _PERCENT_RULE)]
    return not_negative(field, value)


def _over_100_percent(field: str, value: Any) -> list[Cause]:
    if isinstance(value, str) and _PERCENT.match(value) and int(value[:-1]) > 100:
        return [invalid(field, value, "must not be greater than 100%")]
    return []


def _is_zero(value: Any) -> bool:
    return value == 0 or (isinstance(value, str) and _PERCENT.match(value) is not None and int(value[:-1]) == 0)


def _rolling_causes(rolling: Obj, field: str) -> list[Cause]:
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    found = number_or_percent(f"{field}.maxUnavailable", unavailable)
    found += number_or_percent(f"{field}.maxSurge", surge)
    if _is_zero(unavailable) and _is_zero(surge):
        found.append(invalid(f"{field}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))
    return found + _over_100_percent(f"{field}.maxUnavailable", unavailable)


def _strategy_causes(strategy: Obj) -> list[Cause]:
    rolling = strategy.get("rollingUpdate")
    match strategy.get("type"):
        case "Recreate":
            if rolling is not None:
                why = "may not be specified when strategy `type` is 'Recreate'"
                return [forbidden("spec.strategy.rollingUpdate", why)]
            return []
        case "RollingUpdate":
            return _rolling_causes(rolling or {}, "spec.strategy.rollingUpdate")
        case other:
            return [unsupported("spec.strategy.type", other, ("Recreate", "RollingUpdate"))]


def _template_causes(spec: Obj, selector: Obj | None) -> list[Cause]:
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    matcher = selectors.of_object(selector) if not selector_causes(selector, "") else None
    found: list[Cause] = []
    if selector is None or (matcher is not None and not matcher.matches(labels)):
        field = "spec.template.metadata.labels"
        found.append(invalid(field, labels, "`selector` does not match template `labels`"))
    found += template_metadata_causes(template)
    found += pod_spec_causes(template.get("spec") or {}, "spec.template.spec")
    policy = (template.get("spec") or {}).get("restartPolicy")
    if policy and policy != "Always":
        found.append(unsupported("spec.template.spec.restartPolicy", policy, ("Always",)))
    return found


def template_metadata_causes(template: Obj) -> list[Cause]:
    """Labels of a pod template."""
    return label_causes((template.get("metadata") or {}).get("labels"), "spec.template.labels")


def _deployment(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    selector = spec.get("selector")
    found = not_negative("spec.replicas", spec.get("replicas"))
    found += _selector_causes(selector, "empty selector is invalid for deployment")
    found += _template_causes(spec, selector)
    found += _strategy_causes(spec.get("strategy") or {})
    found += not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    found += not_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline = spec.get("progressDeadlineSeconds")
    found += not_negative("spec.progressDeadlineSeconds", deadline)
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        found.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return found


_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")


def deployment_status_causes(state: Obj) -> list[Cause]:
    """Every rule that a Deployment's status breaks: no count below 0, none above the whole."""
    found: list[Cause] = []
    for name in ("observedGeneration", *_COUNTS):
        found += not_negative(f"status.{name}", state.get(name))
    total, ready = state.get("replicas", 0), state.get("readyReplicas", 0)
    for name in ("updatedReplicas", "readyReplicas", "availableReplicas"):
        if state.get(name, 0) > total:
            found.append(invalid(f"status.{name}", state.get(name, 0), "cannot be greater than status.replicas"))
    if state.get("availableReplicas", 0) > ready:
        why = "cannot be greater than readyReplicas"
        found.append(invalid("status.availableReplicas", state["availableReplicas"], why))
    return found


def _selector_causes(selector: Obj | None, when_empty: str) -> list[Cause]:
    if selector is None:
        return [required("spec.selector")]
    found = selector_causes(selector, "spec.selector")
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        found.append(invalid("spec.selector", {}, when_empty))
    return found


def _replicaset(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    found = not_negative("spec.replicas", spec.get("replicas"))
    found += not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    found += _selector_causes(spec.get("selector"), "empty selector is invalid for deployment")
    return found + _template_causes(spec, spec.get("selector"))


def _statefulset(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    found = _selector_causes(spec.get("selector"), "empty selector is invalid for statefulset")
    found += not_negative("spec.replicas", spec.get("replicas"))
    return found + _template_causes(spec, spec.get("selector"))


def _selector_fixed(new: Obj, old: Obj) -> list[Cause]:
    now, before = new["spec"].get("selector"), old["spec"].get("selector")
    return [immutable("spec.selector", now)] if canonical(now) != canonical(before) else []


_STATEFULSET_RULE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_STATEFULSET_MAY_CHANGE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip


def _statefulset_update(new: Obj, old: Obj) -> list[Cause]:
    now = {key: value for key, value in new["spec"].items() if key not in _STATEFULSET_MAY_CHANGE}
    before = {key: value for key, value in old["spec"].items() if key not in _STATEFULSET_MAY_CHANGE}
    return [forbidden("spec", _STATEFULSET_RULE)] if canonical(now) != canonical(before) else []


def _job(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    found: list[Cause] = []
    for name in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"):
        found += not_negative(f"spec.{name}", spec.get(name))
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    found += template_metadata_causes(template)
    found += pod_spec_causes({"restartPolicy": "Never", **pod}, "spec.template.spec")
    field = "spec.template.spec.restartPolicy"
    if not pod.get("restartPolicy"):
        found.append(required(field, 'valid values: "OnFailure", "Never"'))
    else:
        found += one_of(field, pod["restartPolicy"], ("OnFailure", "Never"))
    return found


def _job_update(new: Obj, old: Obj) -> list[Cause]:
    now, before = new["spec"], old["spec"]
    fixed = ("completions", "selector", "completionMode")
    found = [immutable(f"spec.{n}", now.get(n)) for n in fixed if canonical(now.get(n)) != canonical(before.get(n))]
    if canonical(new["spec"]["template"]) != canonical(old["spec"]["template"]) and not old["spec"].get("suspend"):
        found.append(immutable("spec.template", new["spec"]["template"]))
    return found


def _pod(obj: Obj) -> list[Cause]:
    return pod_spec_causes(obj.get("spec") or {}, "spec")


_POD_RULE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _pod_update(new: Obj, old: Obj) -> list[Cause]:
    found = pod_spec_causes(new.get("spec") or {}, "spec")
    if canonical(_without_images(new["spec"])) != canonical(_without_images(old["spec"])):
        found.append(forbidden("spec", _POD_RULE))
    return found


def _without_images(spec: Obj) -> Obj:
    fixed = {key: value for key, value in spec.items() if key not in ("activeDeadlineSeconds", "tolerations")}
    for name in ("containers", "initContainers"):
        fixed[name] = [{**container, "image": ""} for container in spec.get(name) or ()]
    return fixed


WORKLOADS = {
    "Deployment": _deployment,
    "ReplicaSet": _replicaset,
    "StatefulSet": _statefulset,
    "Job": _job,
    "Pod": _pod,
}
WORKLOADS_UPDATE = {
    "Deployment": _selector_fixed,
    "ReplicaSet": _selector_fixed,
    "StatefulSet": _statefulset_update,
    "Job": _job_update,
    "Pod": _pod_update,
}
