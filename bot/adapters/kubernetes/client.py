"""The one door to the Kubernetes API: raw JSON in and out, each call with a timeout, each failure one of our errors.

None of the library's typed classes is used: reading 1,000 objects into those costs four to six times what the JSON
costs. Calls are not retried here, with two exceptions that cannot act twice: aiohttp repeats a read
once whose connection was closed before any answer, and a call refused for its credential is repeated with a newer one.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from bot.adapters.kubernetes.answers import Call, unreadable
from bot.adapters.kubernetes.credentials import Credentials
from bot.adapters.kubernetes.kinds import PODS, Kind
from bot.adapters.kubernetes.stream import WatchEvent
from bot.adapters.kubernetes.transport import Transport
from bot.clock import Clock
from bot.errors import Expired, NotFound

FIELD_MANAGER = "leadsman"
_PAGE = 500
_LOG_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects at one moment; `resource_version` names that moment, and a watch goes on from it."""

    items: tuple[dict[str, Any], ...]
    resource_version: str


class Kubernetes:
    """One cluster.

    Made by `connect`; `name` is what the configuration calls it. Every call may raise a `LeadsmanError`.
    """

    def __init__(self, name: str, transport: Transport) -> None:
        self.name = name
        self._transport = transport

    @classmethod
    async def connect(
        cls, *, name: str, context: str | None, kubeconfig: str | None, clock: Clock, timeout: float = 10.0
    ) -> "Kubernetes":
        """Read the credential (kubeconfig and context, or the pod's own account when neither is given); nothing is sent
        yet.

        `timeout`: real seconds for each call, whole answer included. Raises `NotConfigured` or `Unauthenticated`.
        """
        return cls(name, Transport(await Credentials.read(name, context, kubeconfig, clock), timeout))

    async def get(self, kind: Kind, namespace: str | None, name: str) -> dict[str, Any] | None:
        """One object, or None if there is none of that name.

        A kind that the cluster does not know raises `Unsupported`.
        """
        call = Call(self.name, "get", _what(kind, namespace, name))
        try:
            return await self._transport.json(call, "GET", kind.item(namespace, name))
        except NotFound:
            return None

    async def list(self, kind: Kind, namespace: str | None, *, selector: str = "") -> Listing:
        """All objects of a namespace (None: of the cluster) that match a label selector, as they were at one moment.

        Read in pages. When the server forgets the moment between two pages, everything is read again in one piece, for
        what the server offers instead would mix two moments.
        """
        try:
            return await self._list(kind, namespace, selector, limit=_PAGE)
        except Expired:
            return await self._list(kind, namespace, selector, limit=None)

    async def create(
        self, kind: Kind, namespace: str | None, body: Mapping[str, Any], *, dry_run: bool = False
    ) -> dict[str, Any]:
        """Create an object and return it as the server keeps it. Raises `AlreadyExists` if the name is taken."""
        name = str(body.get("metadata", {}).get("name", ""))
        call = Call(self.name, "create", _what(kind, namespace, name), writes=not dry_run)
        return await self._transport.json(call, "POST", kind.collection(namespace), _write_query(dry_run), dict(body))

    async def patch(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        operations: Sequence[Mapping[str, Any]],
        *,
        subresource: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Apply a JSON patch (RFC 6902), to a subresource such as `status` where one is named, and return the object as
        it is then.

        Raises `PreconditionFailed` if a `test` in it fails. The server does not say which operation failed, so a path
        that is not there means the same.
        """
        part = f"/{subresource}" if subresource else ""
        call = Call(self.name, "patch", _what(kind, namespace, name) + part, writes=not dry_run, json_patch=True)
        path = kind.item(namespace, name) + part
        return await self._transport.json(call, "PATCH", path, _write_query(dry_run), list(operations))

    async def watch(
        self,
        kind: Kind,
        namespace: str | None,
        resource_version: str,
        *,
        selector: str = "",
        lasts: float = 300.0,
        silence: float = 90.0,
    ) -> AsyncGenerator[WatchEvent, None]:
        """What happens after `resource_version`, over one connection; its end is the iterator's end.

        The server ends it after `lasts` seconds. A connection silent for `silence` real seconds raises `Unreachable`:
        bookmarks come about once a minute, so that it is dead. Raises `Expired` when the moment is forgotten: list
        anew. Close it with `aclosing`.
        """
        call = Call(self.name, "watch", _what(kind, namespace))
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(max(1, round(lasts))),
        }
        if selector:
            query["labelSelector"] = selector
        async with aclosing(self._transport.stream(call, kind.collection(namespace), query, silence)) as events:
            async for event in events:
                yield event

    async def allowed(
        self, verb: str, kind: Kind, namespace: str | None, *, name: str = "", subresource: str = ""
    ) -> bool:
        """Whether our account may do `verb` on this kind, asked of the cluster itself."""
        attributes = {"verb": verb, "group": kind.group, "resource": kind.plural, "namespace": namespace or ""}
        if name:
            attributes["name"] = name
        if subresource:
            attributes["subresource"] = subresource
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        call = Call(self.name, "ask", f"whether we may {verb} {_what(kind, namespace, name)}")
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return bool(
            (await self._transport.json(call, "POST", path, None, review)).get("status", {}).get("allowed", False)
        )

    async def logs(self, namespace: str, pod: str, container: str, tail: int) -> str:
        """The last `tail` lines of a container's log, at most 256 KiB."""
        call = Call(self.name, "read", f"the log of pod {namespace}/{pod}, container {container}")
        query = {"container": container, "tailLines": str(tail), "limitBytes": str(_LOG_BYTES)}
        return await self._transport.text(call, f"{PODS.item(namespace, pod)}/log", query)

    async def version(self) -> str:
        """The server's version, such as `v1.36.2`."""
        told = await self._transport.json(Call(self.name, "ask", "for the version"), "GET", "/version")
        return str(told.get("gitVersion", "unknown"))

    def when_unanswered(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a call gets no answer. Of writes only those count that could not even be sent: one that
        hangs may hang in somebody's admission webhook, which says nothing of other connections.
        """
        self._transport.unanswered = listener

    async def close(self) -> None:
        """Close all connections; running watches end."""
        await self._transport.close()

    async def _list(self, kind: Kind, namespace: str | None, selector: str, limit: int | None) -> Listing:
        call = Call(self.name, "list", _what(kind, namespace))
        query = {"labelSelector": selector} if selector else {}
        if limit:
            query["limit"] = str(limit)
        items: list[dict[str, Any]] = []
        while True:
            page = await self._transport.json(call, "GET", kind.collection(namespace), query)
            if "items" not in page:
                raise unreadable(call, "an object without items")
            # Lists leave the first two out of their items, watches do not.
            items += ({"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in page["items"] or ())
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                return Listing(tuple(items), str(metadata.get("resourceVersion", "")))
            query["continue"] = metadata["continue"]


def _what(kind: Kind, namespace: str | None, name: str = "") -> str:
    """How sentences name an object or a collection, such as `deployments.apps shop/checkout`."""
    place = "/".join(part for part in (namespace, name) if part)
    return f"{kind.resource} {place}" if place else kind.resource


def _write_query(dry_run: bool) -> dict[str, str]:
    query = {"fieldManager": FIELD_MANAGER}
    return {**query, "dryRun": "All"} if dry_run else query
