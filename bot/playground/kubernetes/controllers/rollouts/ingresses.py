"""The canary Ingress for ingress-nginx: a copy of the stable one with the canary's Service and a weight."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.status import WRITE
from bot.playground.kubernetes.registry import Registry, own_copy
from bot.playground.kubernetes.status import internal

Obj = dict[str, Any]

INGRESSES = resources.named("Ingress")
_CLASS = "kubernetes.io/ingress.class"
_PREFIX = "nginx.ingress.kubernetes.io"
_LONGEST_NAME = 253
_SUFFIX = "-canary"


def canary_name(rollout: str, stable: str) -> str:
    """The canary Ingress's name, cut so that it is a valid one."""
    prefix = f"{rollout}-{stable}"
    return prefix[: _LONGEST_NAME - len(_SUFFIX)] + _SUFFIX


def stable_names(nginx: Obj) -> list[str]:
    """The Ingresses whose traffic is split."""
    return list(nginx.get("stableIngresses") or [nginx.get("stableIngress", "")])


class Ingresses:
    """Keeps canary Ingresses at their weight."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def set_weight(self, scene: Scene, weight: int) -> None:
        """Bring every canary Ingress to a weight. Raises ApiError when a stable one is missing or leads elsewhere."""
        nginx = (scene.spec.routing or {}).get("nginx") or {}
        for stable in stable_names(nginx):
            source = self._registry.get(INGRESSES, scene.key[0], stable)
            name = canary_name(scene.key[1], stable)
            desired = self._desired(scene, source, weight)
            current = self._registry.store.get(INGRESSES.storage, scene.key[0], name)
            if current is None:
                self._create(scene, name, desired, weight)
            else:
                self._patch(scene, current, desired, weight)

    def _create(self, scene: Scene, name: str, desired: Obj, weight: int) -> None:
        text = f"Creating canary ingress `{name}` with weight `{weight}`"
        self._events.record(scene.rollout, "CreatingCanaryIngress", text)
        meta = {**desired["metadata"], "name": name, "ownerReferences": [owners.reference_to(scene.rollout)]}
        self._registry.create(INGRESSES, scene.key[0], {**desired, "metadata": meta}, WRITE)

    def _patch(self, scene: Scene, current: Obj, desired: Obj, weight: int) -> None:
        owner = owners.controller_of(current)
        name = current["metadata"]["name"]
        if owner is None or owner["uid"] != scene.rollout["metadata"]["uid"]:
            raise internal(f"canary ingress `{name}` controlled by different object")
        annotations = {**(current["metadata"].get("annotations") or {}), **desired["metadata"]["annotations"]}
        spec = {**current["spec"], **desired["spec"]}
        if annotations == current["metadata"].get("annotations") and spec == current["spec"]:
            return
        text = f"Updating Ingress `{name}` to desiredWeight '{weight}'"
        self._events.record(scene.rollout, "PatchingCanaryIngress", text)
        meta = {**current["metadata"], "annotations": annotations}
        self._registry.change(INGRESSES, current, WRITE, metadata=meta, spec=spec)

    def _desired(self, scene: Scene, source: Obj, weight: int) -> Obj:
        strategy = scene.spec.canary or {}
        spec: Obj = {"rules": self._rules(source, strategy)}
        for key in ("tls", "ingressClassName"):
            if key in source["spec"]:
                spec[key] = own_copy(source["spec"])[key]
        return {"metadata": {"annotations": self._annotations(scene, source, weight)}, "spec": spec}

    def _rules(self, source: Obj, strategy: Obj) -> list[Obj]:
        stable, canary = strategy.get("stableService"), strategy.get("canaryService")
        rules: list[Obj] = []
        for rule in own_copy(source["spec"]).get("rules") or ():
            backends = [path["backend"].get("service") or {} for path in (rule.get("http") or {}).get("paths") or ()]
            mine = [backend for backend in backends if backend.get("name") == stable]
            for backend in mine:
                backend["name"] = canary
            if mine:
                rules.append(rule)
        if not rules:
            name = source["metadata"]["name"]
            raise internal(f"ingress `{name}` has no rules using service {stable} backend")
        return rules

    def _annotations(self, scene: Scene, source: Obj, weight: int) -> dict[str, str]:
        routing = scene.spec.routing or {}
        nginx = routing.get("nginx") or {}
        prefix = nginx.get("annotationPrefix") or _PREFIX
        found: dict[str, str] = {}
        given = source["metadata"].get("annotations") or {}
        if _CLASS in given:
            found[_CLASS] = given[_CLASS]
        for key, value in (nginx.get("additionalIngressAnnotations") or {}).items():
            found[key if key.startswith(prefix) else f"{prefix}/{key}"] = value
        found |= nginx.get("canaryIngressAnnotations") or {}
        found |= {f"{prefix}/canary": "true", f"{prefix}/canary-weight": str(weight)}
        if routing.get("maxTrafficWeight") is not None:
            found[f"{prefix}/canary-weight-total"] = str(routing["maxTrafficWeight"])
        return found
