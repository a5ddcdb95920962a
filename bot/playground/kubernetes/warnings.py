"""Warnings that come with an answer: deprecated kinds, and manifests that hold more than will be kept."""

from typing import Any

from bot.playground.kubernetes.resources import Resource

Obj = dict[str, Any]


def deprecation(resource: Resource, verb: str) -> list[str]:
    """The warning of a deprecated kind, at whatever is done with it."""
    return [resource.deprecated] if resource.deprecated else []


def manifest_warnings(resource: Resource, obj: Obj) -> list[str]:
    """What is odd about a manifest but accepted: repeated environment variables and ports."""
    spec = obj.get("spec") or {}
    if resource.kind == "Pod":
        return _pod_warnings(spec, "spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    if resource.custom or not isinstance(template, dict):
        return []
    return _pod_warnings(template.get("spec") or {}, "spec.template.spec")


def _pod_warnings(spec: Obj, field: str) -> list[str]:
    found: list[str] = []
    for index, container in enumerate(spec.get("containers") or ()):
        place = f"{field}.containers[{index}]"
        found += _repeated_env(container.get("env") or [], place)
        found += _repeated_ports(container.get("ports") or [], place)
    return found


def _repeated_env(env: list[Obj], place: str) -> list[str]:
    seen: set[str] = set()
    found = []
    for index, entry in enumerate(env):
        name = entry.get("name") or ""
        if name in seen:
            rest = f'hides previous definition of "{name}", which may be dropped when using apply'
            found.append(f"{place}.env[{index}]: {rest}")
        seen.add(name)
    return found


def _repeated_ports(ports: list[Obj], place: str) -> list[str]:
    first: dict[tuple[Any, Any], int] = {}
    found = []
    for index, port in enumerate(ports):
        key = (port.get("containerPort"), port.get("protocol") or "TCP")
        if key in first:
            found.append(f"{place}.ports[{index}]: duplicate port definition with {place}.ports[{first[key]}]")
        first.setdefault(key, index)
    return found
