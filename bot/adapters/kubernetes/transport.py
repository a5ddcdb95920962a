"""Bytes to and from one API server, over the library's ApiClient: TLS, proxies, credentials, time limits, broken
connections.

Watches have connections of their own: the library's pool holds 100 by default, and as many watches would leave none for
calls.
"""

import asyncio
import errno
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import aiohttp
from kubernetes.aio.client import ApiClient

from bot.adapters.kubernetes.answers import Call, no_answer, refusal, unreadable
from bot.adapters.kubernetes.credentials import Credentials
from bot.adapters.kubernetes.stream import WatchEvent, events
from bot.errors import Unauthenticated, Unreachable

_MEDIA_TYPES = {"GET": "application/json", "POST": "application/json", "PATCH": "application/json-patch+json"}

_T = TypeVar("_T")


class Transport:
    """One cluster's connections.

    `timeout`: real seconds for one call, from the first byte sent to the last one read. `unanswered` is called when one
    that would have had no effect gets no answer.
    """

    def __init__(self, credentials: Credentials, timeout: float) -> None:
        self._credentials = credentials
        self._timeout = timeout
        self._certificate = credentials.configuration.cert_file
        self._calling = self._client()
        self._watching = self._client()
        self.unanswered: Callable[[], None] = lambda: None

    async def json(
        self, call: Call, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> dict[str, Any]:
        """Send and read a JSON object; whatever else comes back is raised as one of our errors."""
        content_type, text = await self._ask(call, method, path, query or {}, body)
        try:
            told = json.loads(text)
        except ValueError:
            raise unreadable(call, content_type) from None
        if not isinstance(told, dict):
            raise unreadable(call, "JSON without an object")
        return told

    async def text(self, call: Call, path: str, query: Mapping[str, str]) -> str:
        """Read an answer that is plain text."""
        _, text = await self._ask(call, "GET", path, query, None)
        return text.decode("utf-8", "replace")

    async def stream(
        self, call: Call, path: str, query: Mapping[str, str], silence: float
    ) -> AsyncGenerator[WatchEvent, None]:
        """Open a watch and give its events.

        `silence`: after so many real seconds without a byte, the connection is dead.
        """
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout / 2, sock_read=silence)

        async def attempt() -> aiohttp.ClientResponse:
            with _failures(call, f"no answer within {self._timeout:g} s"):
                async with asyncio.timeout(self._timeout):
                    return await self._open(self._watching, call, "GET", path, query, None, limits)

        response = await self._authenticated(attempt)
        try:
            if response.content_type != "application/json":
                raise unreadable(call, response.content_type)
            with _failures(call, f"nothing came for {silence:g} s, not even a bookmark"):
                async for event in events(call, response.content.iter_any(), self._credentials.secret):
                    yield event
        finally:
            response.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._calling.close()
        await self._watching.close()

    async def _ask(self, call: Call, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[str, bytes]:
        """Content type and body of a success."""
        # A server that cannot be connected to in half the time is known not to have carried anything out.
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout / 2)

        async def attempt() -> tuple[str, bytes]:
            with _failures(call, f"no answer within {self._timeout:g} s"):
                async with asyncio.timeout(self._timeout):
                    response = await self._open(self._calling, call, method, path, query, body, limits)
                    return response.content_type, await response.read()

        try:
            return await self._authenticated(attempt)
        except Unreachable as error:
            if not error.maybe_applied:
                self.unanswered()
            raise

    async def _authenticated(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """Try, and once more with a newer credential if there is one: a call refused for that was not carried out."""
        await self._credentials.keep_current()
        self._adopt_certificate()
        sent = self._credentials.identity
        try:
            return await attempt()
        except Unauthenticated:
            if not await self._credentials.renew(sent):
                raise
        self._adopt_certificate()
        return await attempt()

    async def _open(
        self,
        client: ApiClient,
        call: Call,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Any,
        limits: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        """Send and wait for the head of the answer; raise what is not a success."""
        # The body is left out here, for the library would walk through it to copy it.
        verb, url, headers, *_ = await client.param_serialize(
            method,
            path,
            query_params=dict(query),
            header_params={"Content-Type": _MEDIA_TYPES[method], "Accept": "application/json, */*"},
            auth_settings=["BearerToken"],
        )
        secret = self._credentials.secret
        answer = await client.call_api(verb, url, headers, body, _request_timeout=limits)
        response: aiohttp.ClientResponse = answer.response
        if response.status // 100 == 2:
            return response
        try:
            raise refusal(call, response.status, response.headers, await response.read(), secret)
        finally:
            response.close()

    def _adopt_certificate(self) -> None:
        """Use a client certificate that a plugin has renewed for the connections opened from now on."""
        configuration = self._credentials.configuration
        if configuration.cert_file is None or configuration.cert_file == self._certificate:
            return
        self._certificate = configuration.cert_file
        for client in (self._calling, self._watching):
            client.rest_client.ssl_context.load_cert_chain(configuration.cert_file, keyfile=configuration.key_file)

    def _client(self) -> ApiClient:
        client = ApiClient(configuration=self._credentials.configuration)
        client.user_agent = "leadsman"
        return client


@contextmanager
def _failures(call: Call, too_slow: str) -> Iterator[None]:
    """Turn what the network did into our errors. Their causes are cut off: aiohttp's hold the request's headers."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        raise no_answer(call, _not_connected(error), sent=False) from None
    except aiohttp.ClientHttpProxyError as error:
        raise no_answer(call, f"the proxy answered HTTP {error.status}", sent=False) from None
    except aiohttp.ConnectionTimeoutError:
        raise no_answer(call, "no connection in time", sent=False) from None
    except TimeoutError:
        raise no_answer(call, too_slow, sent=True) from None
    except aiohttp.ClientPayloadError:
        raise no_answer(call, "the answer was cut in the middle", sent=True) from None
    except (aiohttp.ClientError, OSError):
        raise no_answer(call, "the connection was closed before the answer", sent=True) from None


def _not_connected(error: aiohttp.ClientConnectorError) -> str:
    where = f"{error.host}:{error.port}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {error.host} is not known here"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {where} is not trusted (certificate-authority in the kubeconfig)"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"no TLS connection with {where}"
    return f"no connection to {where}: {os.strerror(error.os_error.errno or errno.ECONNREFUSED)}"
