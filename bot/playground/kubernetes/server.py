"""The HTTP server: from aiohttp's requests to the API and back, with faults and a log of all requests."""

import json
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.playground.kubernetes import discovery, negotiation, requests, status, yaml_text
from bot.playground.kubernetes.api import Api, Call, check_method, find_resource
from bot.playground.kubernetes.auth import Attributes, Authenticator, Authorizer, User, impersonated, refusal
from bot.playground.kubernetes.catalogue import Catalogue
from bot.playground.kubernetes.faults import Fault, Faults, Met
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.requests import Reply, Target
from bot.playground.kubernetes.reviews import Reviews
from bot.playground.kubernetes.status import ApiError, PlainError
from bot.playground.kubernetes.tables import present
from bot.playground.kubernetes.watching import Watch

Obj = dict[str, Any]

_TEXT = "text/plain; charset=utf-8"
_FUTURE_SECONDS = 3.0
_FAULT_STATUS = {
    Fault.TOO_MANY: ApiError(
        429, "too many requests, please try again later", "TooManyRequests", {"retryAfterSeconds": 1}
    ),
    Fault.SERVER_ERROR: ApiError(500, "Internal error occurred: the playground was told to fail", "InternalError", {}),
    Fault.UNAVAILABLE: ApiError(503, "the server is currently unable to handle the request", "ServiceUnavailable", {}),
}


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request that was answered, a watch as soon as its answer begins. `body` is kept for writes only; `agent` is the
    client's own name for itself.
    """

    user: str
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    status: int
    content_type: str
    body: str
    path: str = ""
    agent: str = ""


@dataclass(slots=True)
class Parts:
    """What the server answers from."""

    registry: Registry
    api: Api
    reviews: Reviews
    authenticator: Authenticator
    authorizer: Authorizer
    faults: Faults
    log: list[RequestRecord]
    catalogue: Catalogue


class Server:
    """Answers HTTP requests. `handle` is the one handler for every path."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.address = "192.0.2.1:6443"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, and log it."""
        if self._parts.faults.refusing:
            _drop(request)
            return web.Response(status=503)
        body = await request.read()
        target = requests.target_of(request.path)
        verb = requests.verb_of(request.method, target, request.query) if target else request.method.lower()
        note = _Note(self._parts.log, request, target, verb, body)
        try:
            response = await self._guarded(request, target, verb, body, note)
        except ApiError as error:
            response = await self._refuse(request, error)
        except PlainError as error:
            response = web.Response(status=error.code, text=error.text, headers={"Content-Type": _TEXT})
        note.write(response.status)
        return response

    async def _guarded(
        self, request: web.Request, target: Target | None, verb: str, body: bytes, note: "_Note"
    ) -> web.StreamResponse:
        user = self._user(request, target, verb)
        note.user = user.name
        self._authorize(user, request, target, verb)
        met = self._parts.faults.take(verb, target.resource if target else "")
        if met is not None and met.fault is not Fault.LOSE_ANSWER:
            return await self._fault(request, met, target)
        response = await self._answer(request, target, verb, body, user, note)
        if met is not None:
            _drop(request)
        return response

    def _user(self, request: web.Request, target: Target | None, verb: str) -> User:
        self._parts.authenticator.expired = self._parts.faults.credential_expired
        user = self._parts.authenticator.user(request.headers.get("Authorization"))
        many: dict[str, list[str]] = {}
        for key, value in request.headers.items():
            many.setdefault(key.lower(), []).append(value)
        other = impersonated(user, request.headers, many)
        if other is None:
            return user
        if "system:masters" not in user.groups:
            wanted = _attributes(target, f"impersonate-on:user-info:{verb}", request.path)
            raise refusal(user, wanted)
        return other

    def _authorize(self, user: User, request: web.Request, target: Target | None, verb: str) -> None:
        if target is None and request.path in discovery.PUBLIC and request.method in ("GET", "HEAD"):
            return
        wanted = _attributes(target, verb, request.path)
        self._parts.authorizer.check(user, wanted)

    async def _answer(
        self, request: web.Request, target: Target | None, verb: str, body: bytes, user: User, note: "_Note"
    ) -> web.StreamResponse:
        if target is None:
            if request.method != "GET":
                negotiation.negotiate(request.headers.get("Accept"))
                raise status.method_not_allowed()
            return self._respond(request, self._discover(request))
        resource = find_resource(target, self._parts.catalogue)
        check_method(request.method, target, resource)
        call = Call(request.method, target, resource, verb, user, request.query, request.headers, body)
        if target.subresource != "log":
            call.wanted = negotiation.negotiate(request.headers.get("Accept"))
        if resource.verbs == ("create",):
            return self._respond(request, self._parts.reviews.answer(call, self._parts.registry.now()), call)
        if verb == "watch":
            return await self._watch(request, call, note)
        try:
            reply = self._parts.api.answer(call)
        except ApiError as error:
            if error.code == 504:
                await self._parts.registry.clock.real_sleep(_FUTURE_SECONDS)
            raise
        return self._respond(request, reply, call)

    def _discover(self, request: web.Request) -> Reply:
        accept = request.headers.get("Accept")
        return discovery.answer(request.path, accept, self.address, self._parts.catalogue)

    async def _fault(self, request: web.Request, met: Met, target: Target | None) -> web.StreamResponse:
        match met.fault:
            case Fault.HANG:
                await self._parts.faults.hang()
                raise _FAULT_STATUS[Fault.UNAVAILABLE]
            case Fault.RESET:
                _drop(request)
                return web.Response(status=503)
            case Fault.CONFLICT if target is not None:
                raise status.conflict(target.resource, target.group, target.name, status.MODIFIED)
            case fault:
                error = _FAULT_STATUS.get(fault, _FAULT_STATUS[Fault.SERVER_ERROR])
                if fault not in (Fault.TOO_MANY, Fault.UNAVAILABLE):
                    raise error
                details = {"retryAfterSeconds": met.retry_after}
                headers = {"Retry-After": str(met.retry_after)}
                raise ApiError(error.code, error.message, error.reason, details, headers)

    # --- writing ----------------------------------------------------------------------------------------------

    def _respond(self, request: web.Request, reply: Reply, call: Call | None = None) -> web.Response:
        headers = _Headers(reply)
        if isinstance(reply.body, str):
            return headers.response(reply.body.encode())
        media = call.wanted.media_type if call is not None else "application/json"
        if media == "application/yaml":
            headers.content_type = media
            return headers.response(yaml_text.dump(reply.body).encode())
        return headers.response(_encode(reply.body))

    async def _refuse(self, request: web.Request, error: ApiError) -> web.Response:
        if request.method == "HEAD":
            return web.Response(status=error.code, headers={"Content-Type": "application/json"})
        return self._respond(request, requests.refusal(error))

    async def _watch(self, request: web.Request, call: Call, note: "_Note") -> web.StreamResponse:
        registry = self._parts.registry
        query = call.query
        if call.target.name:
            query = {**query, "fieldSelector": f"metadata.name={call.target.name}"}
        options = requests.list_options(query, watching=True)
        watch = Watch(registry.store, registry.clock, call.resource, call.namespace, options)
        forget = self._parts.faults.register_watch(watch.cut)
        response = web.StreamResponse(headers=_watch_headers(call))
        try:
            note.write(response.status)
            await response.prepare(request)
            await self._stream(response, watch, call)
        except ConnectionError:
            return response
        finally:
            watch.close()
            forget()
        return response

    async def _stream(self, response: web.StreamResponse, watch: Watch, call: Call) -> None:
        first = True
        async for kind, obj in watch.events():
            shown = obj
            if kind != "ERROR" and call.wanted.form:
                shown = present(call.resource, obj, call.wanted, self._parts.registry.clock.now(), call.query)
                if not first and call.wanted.form == "Table":
                    shown["columnDefinitions"] = None
            first = False
            await response.write(_encode({"type": kind, "object": shown}) + b"\n")
        await response.write_eof()


def _watch_headers(call: Call) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if call.resource.deprecated:
        headers["Warning"] = _warning(call.resource.deprecated)
    return headers


class _Headers:
    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.content_type = reply.content_type

    def response(self, body: bytes) -> web.Response:
        response = web.Response(status=self._reply.code, body=body)
        if self._reply.code != 204:
            response.headers["Content-Type"] = self.content_type
        for key, value in self._reply.headers.items():
            response.headers[key] = value
        for warning in self._reply.warnings:
            response.headers.add("Warning", _warning(warning))
        return response


def _warning(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _attributes(target: Target | None, verb: str, path: str) -> Attributes:
    if target is None:
        return Attributes(verb, path=path)
    return Attributes(verb, target.group, target.resource, target.subresource, target.namespace, target.name)


def _drop(request: web.Request) -> None:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()


class _Note:
    """What is known of a request while it runs, and its one line in the log."""

    def __init__(
        self, log: list[RequestRecord], request: web.Request, target: Target | None, verb: str, body: bytes
    ) -> None:
        self.user = ""
        self._log = log
        self._written = False
        target = target or Target()
        kept = body.decode("utf-8", "replace") if request.method not in ("GET", "HEAD") else ""
        self._record = RequestRecord(
            "", verb, target.group, target.resource, target.subresource, target.namespace, target.name, 0,
            request.headers.get("Content-Type", ""), kept, request.path, request.headers.get("User-Agent", ""),
        )  # fmt: skip

    def write(self, code: int) -> None:
        """Log how the request was answered, unless that is logged already."""
        if not self._written:
            self._log.append(replace(self._record, user=self.user, status=code))
            self._written = True
