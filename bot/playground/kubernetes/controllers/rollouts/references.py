"""What a Rollout refers to: Services, templates, Ingresses; the first that is missing or does not fit."""

from collections.abc import Iterator
from typing import Any

from bot.playground.kubernetes.controllers.analysis.arguments import ArgumentError, resolved
from bot.playground.kubernetes.controllers.rollouts.ingresses import INGRESSES, stable_names
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.services import SERVICES
from bot.playground.kubernetes.controllers.rollouts.spec import HASH_LABEL, MANAGED_BY
from bot.playground.kubernetes.controllers.rollouts.templates import (
    TemplateError,
    referenced,
    rollout_args,
    run_spec,
)
from bot.playground.kubernetes.registry import Registry

Obj = dict[str, Any]

_STRATEGY = "spec.strategy"
_SERVICE_KEYS = {"blueGreen": ("activeService", "previewService"), "canary": ("stableService", "canaryService")}
_DUMMIES = ("dummy-stable-hash", "dummy-new-hash")
_PLACEHOLDER = "dummy-value"


def _invalid(path: str, value: str, text: str) -> str:
    return f'{path}: Invalid value: "{value}": {text}'


class References:
    """Looks up what Rollouts refer to."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def faults(self, scene: Scene) -> Iterator[str]:
        """First all that is missing, then all that does not fit."""
        analyses = list(_analyses(scene))
        yield from self._missing_services(scene)
        yield from self._missing_templates(scene, analyses)
        yield from self._missing_ingresses(scene)
        yield from self._unfit_services(scene)
        for path, analysis, background in analyses:
            yield from self._unfit_templates(scene, path, analysis, background=background)
        yield from self._unfit_ingresses(scene)

    # --- Services ---------------------------------------------------------------------------------------------

    def _services(self, scene: Scene) -> Iterator[tuple[str, str, Obj | None]]:
        kind = "blueGreen" if scene.spec.blue_green is not None else "canary"
        strategy = scene.spec.blue_green or scene.spec.canary or {}
        for key in _SERVICE_KEYS[kind]:
            name = strategy.get(key)
            if name:
                found = self._registry.store.get(SERVICES.storage, scene.key[0], name)
                yield f"{_STRATEGY}.{kind}.{key}", name, found

    def _missing_services(self, scene: Scene) -> Iterator[str]:
        for path, name, found in self._services(scene):
            if found is None:
                yield _invalid(path, name, f'service "{name}" not found')

    def _unfit_services(self, scene: Scene) -> Iterator[str]:
        labels = (scene.spec.template.get("metadata") or {}).get("labels") or {}
        for path, name, found in self._services(scene):
            for key, value in (((found or {}).get("spec") or {}).get("selector") or {}).items():
                if key != HASH_LABEL and labels.get(key) != value:
                    yield _invalid(path, name, f'Service "{name}" has unmatch label "{key}" in rollout')
            owner = ((found or {}).get("metadata", {}).get("annotations") or {}).get(MANAGED_BY)
            if owner is not None and owner != scene.key[1]:
                yield _invalid(path, name, f'Service "{name}" is managed by another Rollout')

    # --- templates --------------------------------------------------------------------------------------------

    def _missing_templates(self, scene: Scene, analyses: list[tuple[str, Obj, bool]]) -> Iterator[str]:
        for path, analysis, _ in analyses:
            try:
                referenced(self._registry, scene.key[0], analysis.get("templates") or [])
            except TemplateError as error:
                yield _invalid(path, error.missing, str(error))

    def _unfit_templates(self, scene: Scene, path: str, analysis: Obj, *, background: bool) -> Iterator[str]:
        templates = referenced(self._registry, scene.key[0], analysis.get("templates") or [])
        given = rollout_args(scene, analysis.get("args") or [], _DUMMIES)
        names = " ".join(template["metadata"]["name"] for template in templates)
        try:
            run_spec(templates, analysis, given)
        except TemplateError as error:
            yield _invalid(path, f"templateNames: [{names}]", str(error))
            return
        for template in templates if not background else ():
            yield from _unfit(template, path)

    # --- Ingresses --------------------------------------------------------------------------------------------

    def _ingresses(self, scene: Scene) -> Iterator[tuple[str, str, Obj | None]]:
        nginx = (scene.spec.routing or {}).get("nginx")
        if nginx is None:
            return
        key = "stableIngresses" if nginx.get("stableIngresses") else "stableIngress"
        for name in stable_names(nginx):
            path = f"{_STRATEGY}.canary.trafficRouting.nginx.{key}"
            yield path, name, self._registry.store.get(INGRESSES.storage, scene.key[0], name)

    def _missing_ingresses(self, scene: Scene) -> Iterator[str]:
        for path, name, found in self._ingresses(scene):
            if found is None:
                yield _invalid(path, name, f'ingress.networking.k8s.io "{name}" not found')

    def _unfit_ingresses(self, scene: Scene) -> Iterator[str]:
        service = (scene.spec.canary or {}).get("stableService", "")
        for path, name, found in self._ingresses(scene):
            rules = ((found or {}).get("spec") or {}).get("rules") or ()
            paths = [part for rule in rules for part in (rule.get("http") or {}).get("paths") or ()]
            backends = [((part.get("backend") or {}).get("service") or {}).get("name") for part in paths]
            if service not in backends:
                yield _invalid(path, name, f"ingress `{name}` has no rules using service {service} backend")


def _analyses(scene: Scene) -> Iterator[tuple[str, Obj, bool]]:
    """Every analysis of a Rollout: its place, what it says, and whether it runs in the background."""
    for key in ("prePromotionAnalysis", "postPromotionAnalysis"):
        found = (scene.spec.blue_green or {}).get(key)
        if found is not None:
            yield f"{_STRATEGY}.blueGreen.{key}.templates", found, False
    for index, step in enumerate(scene.spec.steps):
        if step.get("analysis") is not None:
            yield f"{_STRATEGY}.canary.steps[{index}].analysis.templates", step["analysis"], False
    background = (scene.spec.canary or {}).get("analysis")
    if background is not None:
        yield f"{_STRATEGY}.canary.analysis.templates", background, True


def _unfit(template: Obj, path: str) -> Iterator[str]:
    name, spec = template["metadata"]["name"], template.get("spec") or {}
    args = [{**arg, "value": arg.get("value") or _PLACEHOLDER} for arg in spec.get("args") or ()]
    try:
        resolved(spec.get("metrics") or [], args)
    except ArgumentError as error:
        yield _invalid(path, name, f"AnalysisTemplate {name}: {error}")
        return
    for metric in spec.get("metrics") or ():
        if metric.get("interval") and not metric.get("count"):
            text = f"has metric {metric['name']} which runs indefinitely. Invalid value for count: nil"
            yield _invalid(path, name, f"AnalysisTemplate {name} {text}")
