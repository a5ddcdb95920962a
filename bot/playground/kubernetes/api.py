"""Requests for resources: from a checked request to what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.kubernetes import patching, status
from bot.playground.kubernetes.apply import Applier, read_configuration
from bot.playground.kubernetes.auth import Attributes, Authorizer, User
from bot.playground.kubernetes.catalogue import Catalogue
from bot.playground.kubernetes.conversion import to_version
from bot.playground.kubernetes.delete_options import read_options
from bot.playground.kubernetes.deletion import JOB_WARNING, DeleteOptions, delete
from bot.playground.kubernetes.listing import list_page, parse_version
from bot.playground.kubernetes.negotiation import Wanted
from bot.playground.kubernetes.objects import BODY_TYPES, Decoded, check_name, read_object
from bot.playground.kubernetes.registry import Registry, Write, own_copy
from bot.playground.kubernetes.requests import (
    ListOptions,
    Reply,
    Target,
    WriteOptions,
    list_options,
    write_options,
)
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.subresources import Subresources
from bot.playground.kubernetes.tables import present, present_list
from bot.playground.kubernetes.warnings import deprecation, manifest_warnings

Obj = dict[str, Any]

_PATCH_TYPES = (patching.JSON_PATCH, patching.MERGE_PATCH, patching.STRATEGIC, patching.APPLY)
_METHODS = {
    "get": "GET", "list": "GET", "watch": "GET", "create": "POST",
    "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE",
}  # fmt: skip


@dataclass(slots=True)
class Call:
    """One request for a resource, authenticated and allowed."""

    method: str
    target: Target
    resource: Resource
    verb: str
    user: User
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def content_type(self) -> str:
        """The body's media type, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip()

    @property
    def namespace(self) -> str:
        """The namespace of namespaced objects."""
        return self.target.namespace if self.resource.namespaced else ""

    def write(self, options: WriteOptions, *, subresource: str = "", patch: bool = False) -> Write:
        """How the write is recorded."""
        agent = self.headers.get("User-Agent", "")
        manager = options.manager or agent.partition("/")[0][:128] or "unknown"
        return Write(manager, subresource, options.dry_run, patch)


def find_resource(target: Target, catalogue: Catalogue) -> Resource:
    """The resource of a path. Raises ApiError 404 in Status form, PlainError for an unknown group."""
    if target.group and target.group not in catalogue.groups:
        raise status.PlainError(404, "404 page not found\n")
    found = catalogue.find(target.group, target.version, target.resource)
    if found is None or (target.namespace and not found.namespaced and found.plural != "namespaces"):
        raise status.no_such_resource()
    if target.subresource and found.subresource(target.subresource) is None:
        raise status.no_such_resource()
    return found


def check_method(method: str, target: Target, resource: Resource) -> None:
    """Raises ApiError 405 for what the path does not offer."""
    sub = resource.subresource(target.subresource)
    verbs: tuple[str, ...]
    if sub is not None:
        verbs = sub.verbs
    elif target.name:
        verbs = tuple(verb for verb in resource.verbs if verb in ("get", "update", "patch", "delete"))
    elif resource.namespaced and not target.namespace:
        verbs = tuple(verb for verb in resource.verbs if verb in ("list", "watch"))
        verbs += ("create",) if resource.kind == "LocalSubjectAccessReview" else ()
    else:
        verbs = tuple(verb for verb in resource.verbs if verb in ("list", "watch", "create", "deletecollection"))
    if method not in {_METHODS[verb] for verb in verbs}:
        raise status.method_not_allowed()


class Api:
    """Answers requests for resources, all but watches and reviews."""

    def __init__(self, registry: Registry, subresources: Subresources, authorizer: Authorizer) -> None:
        self._registry = registry
        self._authorizer = authorizer
        self._applier = Applier(registry)
        self._subresources = subresources

    def answer(self, call: Call) -> Reply:
        """Do what is asked. Raises ApiError."""
        if call.target.subresource:
            reply = self._subresource(call)
        else:
            match call.verb:
                case "get":
                    reply = self._get(call)
                case "list":
                    reply = self._list(call)
                case "create":
                    reply = self._create(call)
                case "update":
                    reply = self._update(call)
                case "patch":
                    reply = self._patch(call)
                case "delete":
                    reply = self._delete(call)
                case _:
                    reply = self._delete_collection(call)
        warning = deprecation(call.resource, call.verb)
        return Reply(reply.body, reply.code, reply.headers, [*warning, *reply.warnings], reply.content_type)

    def _shown(self, call: Call, obj: Obj) -> Any:
        if obj.get("kind") == "Status":
            return obj
        return present(
            call.resource, to_version(call.resource, obj), call.wanted, self._registry.clock.now(), call.query
        )

    def _get(self, call: Call) -> Reply:
        wanted = parse_version(call.query.get("resourceVersion", ""))
        if wanted > self._registry.store.version:
            raise status.from_the_future(wanted, self._registry.store.version)
        obj = self._registry.get(call.resource, call.namespace, call.target.name)
        return Reply(self._shown(call, obj))

    def _list(self, call: Call) -> Reply:
        options = list_options(call.query, watching=False)
        return self._page(call, options)

    def _page(self, call: Call, options: ListOptions) -> Reply:
        wanted = parse_version(options.version)
        if wanted > self._registry.store.version:
            raise status.from_the_future(wanted, self._registry.store.version)
        page = list_page(self._registry.store, call.resource, call.namespace, options)
        return Reply(present_list(call.resource, page, call.wanted, self._registry.clock.now(), call.query))

    def _read(self, call: Call, options: WriteOptions) -> Decoded:
        media = call.content_type or "application/json"
        if media not in BODY_TYPES[:2]:
            raise status.unsupported_media_type(BODY_TYPES)
        found = read_object(call.body, media, call.resource)
        self._check_strict(call.resource, found, options)
        return found

    def _check_strict(self, resource: Resource, found: Decoded, options: WriteOptions) -> None:
        if found.oddities and options.validation == "Strict":
            kind = resource.kind
            head = f'{kind} in version "{resource.version}" cannot be handled as a {kind}'
            raise status.bad_request(f"{head}: strict decoding error: {', '.join(found.oddities)}")

    def _warnings(self, found: Decoded, options: WriteOptions) -> list[str]:
        return [] if options.validation == "Ignore" else list(found.oddities)

    def _create(self, call: Call) -> Reply:
        options = write_options(call.query, kind="CreateOptions")
        found = self._read(call, options)
        extra = manifest_warnings(call.resource, found.value)
        obj = self._registry.create(call.resource, call.namespace, found.value, call.write(options))
        return Reply(self._shown(call, obj), 201, warnings=[*self._warnings(found, options), *extra])

    def _update(self, call: Call) -> Reply:
        options = write_options(call.query, kind="UpdateOptions")
        found = self._read(call, options)
        check_name(found.value, call.target.name, call.namespace)
        old = self._registry.store.get(call.resource.storage, call.namespace, call.target.name)
        if old is None:
            return self._create_on_update(call, found, options)
        extra = manifest_warnings(call.resource, found.value)
        obj = self._registry.update(call.resource, old, found.value, call.write(options))
        return Reply(self._shown(call, obj), warnings=[*self._warnings(found, options), *extra])

    def _create_on_update(self, call: Call, found: Decoded, options: WriteOptions) -> Reply:
        resource = call.resource
        if not resource.create_on_update:
            raise status.not_found(resource.plural, resource.group, call.target.name)
        obj = self._registry.create(resource, call.namespace, found.value, call.write(options))
        return Reply(self._shown(call, obj), 201, warnings=self._warnings(found, options))

    def _patch_type(self, call: Call) -> str:
        media = call.content_type
        if media not in _PATCH_TYPES:
            raise status.no_patch()
        allowed = patching.accepted(call.resource)
        if media not in allowed:
            raise status.unsupported_media_type(allowed)
        return media

    def _patch(self, call: Call) -> Reply:
        media = self._patch_type(call)
        options = write_options(call.query, kind="PatchOptions", apply=media == patching.APPLY)
        if media == patching.APPLY:
            return self._apply(call, options)
        old = self._registry.get(call.resource, call.namespace, call.target.name)
        strict = options.validation == "Strict"
        current = to_version(call.resource, old)
        found = patching.patched(current, call.body, media, call.resource, kind="", strict=strict)
        check_name(found.value, call.target.name, call.namespace)
        extra = manifest_warnings(call.resource, found.value)
        obj = self._registry.update(call.resource, old, found.value, call.write(options, patch=True))
        return Reply(self._shown(call, obj), warnings=[*self._warnings(found, options), *extra])

    def _apply(self, call: Call, options: WriteOptions) -> Reply:
        resource, name = call.resource, call.target.name
        raw = read_configuration(call.body, resource, name)
        live = self._registry.store.get(resource.storage, call.namespace, name)
        extra = manifest_warnings(resource, raw)
        if live is None:
            self._may_create(call)
            made = self._applier.create(resource, call.namespace, name, raw, call.write(options))
            return Reply(self._shown(call, made), 201, warnings=extra)
        write = call.write(options, patch=True)
        changed = self._applier.update(resource, live, raw, write, force=options.force)
        return Reply(self._shown(call, changed), warnings=extra)

    def _may_create(self, call: Call) -> None:
        """Applying what is not there needs the right to create it. Raises ApiError 403."""
        target = call.target
        wanted = Attributes("create", target.group, target.resource, "", target.namespace, target.name)
        self._authorizer.check(call.user, wanted)

    def _delete(self, call: Call) -> Reply:
        options = read_options(call.body, call.content_type, call.query)
        obj = self._registry.get(call.resource, call.namespace, call.target.name)
        body = delete(self._registry, call.resource, obj, options)
        return Reply(self._shown(call, body), warnings=_job_warning(call.resource, options))

    def _delete_collection(self, call: Call) -> Reply:
        options = read_options(call.body, call.content_type, call.query)
        page = list_page(self._registry.store, call.resource, call.namespace, list_options(call.query, watching=False))
        gone = [own_copy(obj) for obj in page.items]
        for obj in page.items:
            found = self._registry.stored(obj)
            if found is not None:
                delete(self._registry, call.resource, found, options)
        page.items = gone
        return Reply(present_list(call.resource, page, call.wanted, self._registry.clock.now(), call.query))

    def _subresource(self, call: Call) -> Reply:
        return self._subresources.answer(call)


def _job_warning(resource: Resource, options: DeleteOptions) -> list[str]:
    return [JOB_WARNING] if resource.kind == "Job" and options.propagation is None else []
