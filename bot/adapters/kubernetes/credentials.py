"""Who we are to a cluster: a kubeconfig's context, or the service account of the pod we run in.

The library reads both and runs credential plugins; here is only when to ask it again. No text of its errors is passed
on: the library puts whole kubeconfig entries, tokens included, into some of them.
"""

import asyncio
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from kubernetes.aio.client import Configuration
from kubernetes.aio.config import KUBE_CONFIG_DEFAULT_LOCATION, load_incluster_config
from kubernetes.aio.config.kube_config import KubeConfigLoader, KubeConfigMerger

from bot.adapters.kubernetes.proxies import environment_proxy
from bot.clock import Clock
from bot.errors import NotConfigured, Unauthenticated

_REREAD_EVERY = 60.0
_ASK_AGAIN_AFTER = 10.0
_PLUGIN_TIMEOUT = 30.0
_SLOW_RETRY = 60.0
_TOKEN = "BearerToken"  # noqa: S105 -- the library's name for the header, not a token

# Its lines repeat what a broken kubeconfig holds; every failure becomes a sentence of ours instead.
logging.getLogger("kubernetes.aio.config.kube_config").disabled = True


class ServiceAccount:
    """The pod's own account; its token file is renewed by the kubelet."""

    asked_each_minute = True

    async def load(self, configuration: Configuration) -> None:
        """Read address, authority and token."""
        load_incluster_config(configuration, try_refresh_token=False)

    def forget(self) -> None:
        """Nothing is kept between two readings."""


class Kubeconfig:
    """One context of a kubeconfig (or of several, separated as in KUBECONFIG)."""

    def __init__(self, cluster: str, paths: str, context: str | None) -> None:
        merged = KubeConfigMerger(paths).config
        if merged is None:
            raise NotConfigured(
                f"Cluster {cluster}: there is no kubeconfig at {paths}. Correct the path, or set KUBECONFIG."
            )
        entries = {kind: _named(merged.value.get(kind)) for kind in ("contexts", "users")}
        wanted = context or merged.value.get("current-context") or ""
        if wanted not in entries["contexts"]:
            known = ", ".join(sorted(entries["contexts"])) or "none"
            raise NotConfigured(
                f"Cluster {cluster}: the kubeconfig {paths} has no context {wanted!r}; it has: {known}. "
                "Correct `context` for this cluster in the configuration."
            )
        self._cluster = cluster
        user = str((entries["contexts"][wanted].get("context") or {}).get("user"))
        self._plugin = "exec" in (entries["users"].get(user, {}).get("user") or {})
        self._loader = KubeConfigLoader(merged, active_context=wanted, config_base_path=None)

    @property
    def asked_each_minute(self) -> bool:
        """A plugin that names no expiry is asked again only after its credential was refused, as kubectl does."""
        return not self._plugin or hasattr(self._loader, "exec_plugin_expiry")

    async def load(self, configuration: Configuration) -> None:
        """Read address, authority and credential; a plugin is run only when what it gave is about to expire."""
        await self._loader.load_and_set(configuration)
        if self._plugin and not (configuration.api_key.get(_TOKEN) or configuration.cert_file):
            raise Unauthenticated(_no_credential(self._cluster, "gave none"), delay=_SLOW_RETRY)

    def forget(self) -> None:
        """Let a plugin run again even if what it gave has not expired."""
        if hasattr(self._loader, "exec_plugin_expiry"):
            del self._loader.exec_plugin_expiry


class Credentials:
    """A cluster's address and our credential for it, kept current in `configuration`.

    Files are read again each minute, and everything once more after the server has refused the credential.
    """

    def __init__(self, cluster: str, source: ServiceAccount | Kubeconfig, clock: Clock) -> None:
        self.configuration = Configuration()
        self.configuration.connection_pool_maxsize = 0
        # Python 3.13 began to demand certificate extensions that many clusters' own authorities leave out; kubectl does
        # not.
        self.configuration.disable_strict_ssl_verification = True
        self._cluster = cluster
        self._source = source
        self._clock = clock
        self._read_at = clock.monotonic()
        self._forced_at: float | None = None
        self._lock = asyncio.Lock()

    @classmethod
    async def read(cls, cluster: str, context: str | None, kubeconfig: str | None, clock: Clock) -> "Credentials":
        """Read them for the first time; `NotConfigured` or `Unauthenticated` says what to correct."""
        try:
            if context is None and kubeconfig is None:
                credentials = cls(cluster, ServiceAccount(), clock)
            else:
                source = Kubeconfig(cluster, kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION, context)
                credentials = cls(cluster, source, clock)
            await credentials._load()
            credentials._choose_proxy()
        except (NotConfigured, Unauthenticated):
            raise
        except Exception:  # noqa: BLE001 -- a broken kubeconfig raises whatever its shape happens to raise
            raise NotConfigured(_unusable(cluster, context, kubeconfig)) from None
        return credentials

    @property
    def secret(self) -> str:
        """The token as sent, without its scheme, so that it can be cut out of texts; empty without one."""
        return str(self.configuration.api_key.get(_TOKEN, "")).partition(" ")[2]

    @property
    def identity(self) -> tuple[str, str | None]:
        """Token and client certificate (its file): what the server judges us by."""
        return self.secret, self.configuration.cert_file

    async def keep_current(self) -> None:
        """Read again what may have changed on disk or is about to expire. Cheap when nothing is due."""
        if self._due():
            async with self._lock:
                if self._due():
                    await self._read_again()

    async def renew(self, refused: tuple[str, str | None]) -> bool:
        """After the server refused the identity `refused`: get another one. True if there is another to try now."""
        async with self._lock:
            now = self._clock.monotonic()
            if self.identity == refused and (self._forced_at is None or now - self._forced_at >= _ASK_AGAIN_AFTER):
                self._forced_at = now
                self._source.forget()
                await self._read_again()
            return self.identity != refused

    def _choose_proxy(self) -> None:
        """The kubeconfig's own proxy, or the environment's; the library is kept from reading the environment itself."""
        configuration = self.configuration
        configuration.client_session_kwargs = {"trust_env": False}
        configuration.proxy = configuration.proxy or environment_proxy(configuration.host, os.environ)
        scheme = (configuration.proxy or "http").partition("://")[0]
        if scheme not in ("http", "https"):
            raise NotConfigured(
                f"Cluster {self._cluster}: a proxy of the kind {scheme} is set, but only http and https proxies can be "
                "used. Correct `proxy-url` in the kubeconfig, or HTTPS_PROXY and NO_PROXY."
            )

    def _due(self) -> bool:
        return self._source.asked_each_minute and self._clock.monotonic() - self._read_at >= _REREAD_EVERY

    async def _read_again(self) -> None:
        self._read_at = self._clock.monotonic()
        # The old credential may still be good; if it is not, the server will say so.
        with suppress(Exception):
            await self._load()

    async def _load(self) -> None:
        try:
            async with asyncio.timeout(_PLUGIN_TIMEOUT):
                await self._source.load(self.configuration)
        except TimeoutError:
            why = f"did not answer within {_PLUGIN_TIMEOUT:.0f} s"
            raise Unauthenticated(_no_credential(self._cluster, why), delay=_SLOW_RETRY) from None
        token = self.configuration.api_key.get(_TOKEN)
        if token:
            # A token file may end in a line end, which no header can hold.
            self.configuration.api_key[_TOKEN] = token.strip()


def _named(entries: Any) -> Mapping[str, Mapping[str, Any]]:
    """The entries of a list in a merged kubeconfig, by name."""
    values = [entry.value if hasattr(entry, "value") else entry for entry in entries or ()]
    return {str(value["name"]): value for value in values if isinstance(value, dict) and "name" in value}


def _no_credential(cluster: str, why: str) -> str:
    return (
        f"Cluster {cluster}: the credential plugin of the kubeconfig {why}. Run `kubectl get --raw /version` with the "
        "same kubeconfig and context where the bot runs, to see its own message."
    )


def _unusable(cluster: str, context: str | None, kubeconfig: str | None) -> str:
    if context is None and kubeconfig is None:
        return (
            f"Cluster {cluster}: no kubeconfig and no context were given, and this process does not run in a pod with "
            "a service account. Set KUBECONFIG, or `context` for this cluster in the configuration."
        )
    place = f"context {context!r} of the kubeconfig" if context else "the kubeconfig's current context"
    return (
        f"Cluster {cluster}: {place} {kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION} cannot be used: an entry it names is "
        "missing, or a file is. Check it with `kubectl config view --minify` and the same context."
    )
