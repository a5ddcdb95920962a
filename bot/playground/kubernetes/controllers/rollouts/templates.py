"""From the templates and arguments that a Rollout names to the spec of an AnalysisRun."""

import re
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.registry import Registry, own_copy

Obj = dict[str, Any]

_PATH_PART = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_TEMPLATES = resources.named("AnalysisTemplate")
_CLUSTER_TEMPLATES = resources.named("ClusterAnalysisTemplate")


class TemplateError(Exception):
    """The templates do not make a run; the message is the controller's. `missing`: the name of one that is not there."""

    def __init__(self, message: str, missing: str = "") -> None:
        super().__init__(message)
        self.missing = missing


def referenced(registry: Registry, namespace: str, references: list[Obj]) -> list[Obj]:
    """The templates that are named, and those that they name; each once. Raises TemplateError."""
    plain: dict[str, Obj] = {}
    of_cluster: dict[str, Obj] = {}
    waiting = list(references)
    while waiting:
        reference = waiting.pop(0)
        name = reference.get("templateName", "")
        everywhere = bool(reference.get("clusterScope"))
        resource = _CLUSTER_TEMPLATES if everywhere else _TEMPLATES
        found = registry.store.get(resource.storage, "" if everywhere else namespace, name)
        if found is None:
            raise TemplateError(f"{resource.kind} '{name}' not found", name)
        known = of_cluster if everywhere else plain
        if name not in known:
            known[name] = found
            waiting = [*(found.get("spec", {}).get("templates") or ()), *waiting]
    return [*plain.values(), *of_cluster.values()]


def run_spec(templates: list[Obj], analysis: Obj, args: list[Obj]) -> Obj:
    """The spec of a run of several templates as one. Raises TemplateError."""
    specs = [own_copy(template).get("spec") or {} for template in templates]
    metrics = [metric for spec in specs for metric in spec.get("metrics") or ()]
    _refuse_twice([metric["name"] for metric in metrics], "two metrics have the same name '{}'")
    found: Obj = {"metrics": [_as_written(metric) for metric in metrics]}
    merged = _merged_args(args, _flat_args(specs))
    if merged:
        found["args"] = merged
    for key, label in (("dryRun", "Dry-Run"), ("measurementRetention", "Measurement Retention")):
        rules = [*(analysis.get(key) or ()), *(rule for spec in specs for rule in spec.get(key) or ())]
        _refuse_twice([rule["metricName"] for rule in rules], f"two {label} metric rules have the same name '{{}}'")
        if rules:
            found[key] = rules
    return found


def _refuse_twice(names: list[str], text: str) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise TemplateError(text.format(name))


def _as_written(metric: Obj) -> Obj:
    """A metric as the controller writes it: some providers have an empty part that is always there."""
    provider = {key: value for key, value in (metric.get("provider") or {}).items() if value is not None}
    for kind in ("web", "prometheus"):
        if isinstance(provider.get(kind), dict):
            given = provider[kind].get("authentication") or {}
            provider[kind] = {**provider[kind], "authentication": {"oauth2": {}, "sigv4": {}, **given}}
    return {**metric, "provider": provider}


def _flat_args(specs: list[Obj]) -> list[Obj]:
    flat: dict[str, Obj] = {}
    for arg in (arg for spec in specs for arg in spec.get("args") or ()):
        known = flat.get(arg["name"])
        if known is None or known.get("value") is None:
            flat[arg["name"]] = arg
        elif arg.get("value") is not None and arg["value"] != known["value"]:
            values = f"'{known['value']}', '{arg['value']}'"
            raise TemplateError(f"Argument `{arg['name']}` specified multiple times with different values: {values}")
    return list(flat.values())


def _merged_args(given: list[Obj], wanted: list[Obj]) -> list[Obj]:
    merged = {arg["name"]: dict(arg) for arg in wanted}
    for arg in given:
        known = merged.get(arg["name"])
        if known is not None:
            known |= {key: arg[key] for key in ("value", "valueFrom") if arg.get(key) is not None}
    for name, arg in merged.items():
        if arg.get("value") is None and arg.get("valueFrom") is None:
            raise TemplateError(f"args.{name} was not resolved")
    return list(merged.values())


def rollout_args(scene: Scene, args: list[Obj], hashes: tuple[str, str] | None = None) -> list[Obj]:
    """The arguments that a Rollout gives, with their values. `hashes`: of stable and newest, when there are none yet."""
    stable, latest = hashes or (sets.hash_of(scene.stable), sets.hash_of(scene.newest))
    found: list[Obj] = []
    for arg in args:
        source = arg.get("valueFrom") or {}
        value = arg.get("value", "")
        if source.get("podTemplateHashValue"):
            value = latest if source["podTemplateHashValue"] == "Latest" else stable
        elif source.get("fieldRef"):
            value = field_text(scene.rollout, source["fieldRef"]["fieldPath"])
        found.append({"name": arg["name"], "value": value})
    return found


def field_text(rollout: Obj, path: str) -> str:
    """A field of the Rollout as text: `metadata.labels['a']`, `spec.replicas`; empty when there is none."""
    value: Any = rollout
    for dotted, bracketed in _PATH_PART.findall(path):
        part = dotted or bracketed.strip("'\"")
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else ""
