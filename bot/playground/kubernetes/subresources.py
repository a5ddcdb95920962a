"""Status, scale, logs, evictions, bindings and tokens: the parts of objects under their own paths."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.playground.kubernetes import patching, selectors, status
from bot.playground.kubernetes.apply import Applier, conflicts, read_configuration
from bot.playground.kubernetes.conversion import to_version
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.managed import Manager, Owned, read
from bot.playground.kubernetes.objects import BODY_TYPES, check_name, read_object
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.requests import Reply, WriteOptions, write_options
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import Cause

if TYPE_CHECKING:
    from bot.playground.kubernetes.api import Call

Obj = dict[str, Any]
_REPLICAS = ("f:spec", "f:replicas")
Handler = Callable[["Call"], Reply]


class Subresources:
    """Answers requests for subresources. `others` adds the ones that need more than the registry."""

    def __init__(self, registry: Registry, others: Mapping[str, Handler]) -> None:
        self._registry = registry
        self._others = others

    def answer(self, call: "Call") -> Reply:
        """Do what is asked. Raises ApiError."""
        match call.target.subresource:
            case "status":
                return self._status(call)
            case "scale":
                return self._scale(call)
            case other:
                return self._others[other](call)

    def _current(self, call: "Call") -> Obj:
        return self._registry.get(call.resource, call.namespace, call.target.name)

    def _body(self, call: "Call", kind: str) -> tuple[Obj, WriteOptions]:
        options = write_options(call.query, kind="UpdateOptions")
        media = call.content_type or "application/json"
        if media not in BODY_TYPES[:2]:
            raise status.unsupported_media_type(BODY_TYPES)
        return read_object(call.body, media, call.resource, subkind=kind).value, options

    def _patch(self, call: "Call", current: Obj, kind: str) -> tuple[Obj, WriteOptions]:
        media = call.content_type
        if media not in patching.accepted(call.resource):
            raise status.no_patch()
        options = write_options(call.query, kind="PatchOptions", apply=media == patching.APPLY)
        strict = options.validation == "Strict"
        found = patching.patched(current, call.body, media, call.resource, kind=kind, strict=strict)
        return found.value, options

    def _status(self, call: "Call") -> Reply:
        old = self._current(call)
        shown = to_version(call.resource, old)
        if call.verb == "get":
            return Reply(shown)
        if call.verb == "patch" and call.content_type == patching.APPLY:
            return Reply(to_version(call.resource, self._apply_status(call, old)))
        new, options = self._body(call, call.resource.kind) if call.verb == "update" else self._patch(call, shown, "")
        check_name(new, call.target.name, call.namespace)
        write = call.write(options, subresource="status", patch=call.verb == "patch")
        return Reply(to_version(call.resource, self._registry.update(call.resource, old, new, write)))

    def _apply_status(self, call: "Call", old: Obj) -> Obj:
        options = write_options(call.query, kind="PatchOptions", apply=True)
        raw = read_configuration(call.body, call.resource, call.target.name)
        write = call.write(options, subresource="status", patch=True)
        return Applier(self._registry).update(call.resource, old, raw, write, force=options.force)

    def _scale(self, call: "Call") -> Reply:
        old = self._current(call)
        current = scale_of(call.resource, old)
        if call.verb == "get":
            return Reply(current)
        if call.verb == "patch" and call.content_type == patching.APPLY:
            return Reply(self._apply_scale(call, old))
        new, options = self._body(call, "Scale") if call.verb == "update" else self._patch(call, current, "Scale")
        self._check_scale(call, old, new)
        replicas = (new.get("spec") or {}).get("replicas", 0)
        changed = {**old, "metadata": dict(old["metadata"]), "spec": {**old["spec"], "replicas": replicas}}
        if canonical(changed["spec"]) == canonical(old["spec"]):
            return Reply(current)
        write = call.write(options, subresource="scale", patch=call.verb == "patch")
        return Reply(scale_of(call.resource, self._registry.update(call.resource, old, changed, write)))

    def _apply_scale(self, call: "Call", old: Obj) -> Obj:
        """Server-side apply of a Scale: the one field it has is the workload's `spec.replicas`."""
        options = write_options(call.query, kind="PatchOptions", apply=True)
        raw = read_configuration(call.body, call.resource, call.target.name, "*autoscaling.v1.Scale")
        self._check_scale(call, old, raw)
        replicas = (raw.get("spec") or {}).get("replicas", 0)
        me = Manager(options.manager, "Apply", "scale", old["apiVersion"])
        managers = read(old) or {Manager("before-first-apply", "Update", "", ""): Owned(frozenset({_REPLICAS}), "")}
        for manager, theirs in sorted(managers.items(), key=lambda pair: pair[0].name):
            if manager == me or _REPLICAS not in theirs.fields or replicas == old["spec"].get("replicas"):
                continue
            if not options.force:
                raise conflicts([(replace(manager, subresource="scale", version="autoscaling/v1"), [_REPLICAS])])
            managers[manager] = Owned(theirs.fields - {_REPLICAS}, theirs.time)
        changed = {**old, "metadata": dict(old["metadata"]), "spec": {**old["spec"], "replicas": replicas}}
        write = replace(
            call.write(options, subresource="scale"), applied=(me, frozenset({_REPLICAS})), managers=managers
        )
        return scale_of(call.resource, self._registry.update(call.resource, old, changed, write))

    def _check_scale(self, call: "Call", old: Obj, new: Obj) -> None:
        resource, name = call.resource, old["metadata"]["name"]
        replicas = (new.get("spec") or {}).get("replicas", 0)
        if replicas < 0:
            cause = Cause("Invalid", f"Invalid value: {replicas}: must be greater than or equal to 0", "spec.replicas")
            raise status.invalid("Scale", "autoscaling", name, [cause])
        version = (new.get("metadata") or {}).get("resourceVersion")
        if version not in (None, "", "0", old["metadata"]["resourceVersion"]):
            raise status.conflict(resource.plural, resource.group, name, status.MODIFIED)


def scale_of(resource: Resource, obj: Obj) -> Obj:
    """The Scale of a workload: of a custom one, from the fields that its definition names."""
    meta, spec = obj["metadata"], obj["spec"]
    kept = {
        key: meta[key] for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp") if key in meta
    }
    counted, selecting = resource.scale_status
    shown = obj.get("status") or {}
    state: Obj = {"replicas": shown.get(counted, 0)}
    selector = selectors.of_object(spec.get("selector")) if not selecting else None
    text = selectors.as_text(selector) if selector is not None else str(shown.get(selecting) or "")
    if text:
        state["selector"] = text
    replicas = spec.get("replicas", 0)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": kept,
        "spec": {"replicas": replicas} if replicas else {},
        "status": state,
    }
