"""Who we are: renewed credentials, refused ones, broken kubeconfigs, and that no secret ever shows."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.kubernetes import DEPLOYMENTS, Kubernetes
from bot.adapters.kubernetes.credentials import Credentials
from bot.clock import ManualClock
from bot.errors import LeadsmanError, NotConfigured, Unauthenticated
from tests.bot.adapters.kubernetes.servers import TOKEN, Answer, Server, connected, kubeconfig, says, streams

UNAUTHORIZED = {"kind": "Status", "message": "Unauthorized", "reason": "Unauthorized", "code": 401}
OBJECT = {"metadata": {"name": "checkout"}}


def knows(token: str) -> Answer:
    """A server that accepts one token."""

    async def answer(request: web.Request) -> web.StreamResponse:
        known = request.headers.get("Authorization") == f"Bearer {token}"
        return await says(*(200, OBJECT) if known else (401, UNAUTHORIZED))(request)

    return answer


async def test_a_refused_credential_is_told_to_a_person_and_not_tried_in_a_loop(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(knows("another"))
    with pytest.raises(Unauthenticated, match="renew it") as caught:
        await cluster.get(DEPLOYMENTS, "shop", "checkout")
    assert caught.value.delay == 60.0
    assert len(server.asked) == 1


async def test_a_token_file_that_was_renewed_is_read_when_the_old_token_is_refused(
    server: Server, tmp_path: Path
) -> None:
    token, clock = tmp_path / "token", ManualClock()
    token.write_text("first\n")
    server.will(knows("first"))
    async with connected(tmp_path, server.url, clock=clock, user={"tokenFile": str(token)}) as cluster:
        assert await cluster.get(DEPLOYMENTS, "shop", "checkout") == OBJECT
        token.write_text("second\n")
        server.will(knows("second"))
        await clock.advance(11)
        assert await cluster.get(DEPLOYMENTS, "shop", "checkout") == OBJECT
    assert [asked.headers["Authorization"] for asked in server.asked] == [
        "Bearer first",
        "Bearer first",
        "Bearer second",
    ]


async def test_a_token_file_is_read_each_minute_before_the_old_token_is_refused(server: Server, tmp_path: Path) -> None:
    token, clock = tmp_path / "token", ManualClock()
    token.write_text("first")
    server.will(says(200, OBJECT))
    async with connected(tmp_path, server.url, clock=clock, user={"tokenFile": str(token)}) as cluster:
        token.write_text("second")
        await clock.advance(59)
        await cluster.get(DEPLOYMENTS, "shop", "checkout")
        await clock.advance(2)
        await cluster.get(DEPLOYMENTS, "shop", "checkout")
    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer first", "Bearer second"]


def plugin(folder: Path, *, expires: str | None = None) -> dict[str, Any]:
    """A kubeconfig user whose credential comes from a program, which counts how often it is run."""
    program = folder / "plugin.sh"
    status: dict[str, str] = {"token": "TOKEN"}
    if expires:
        status["expirationTimestamp"] = expires
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    program.write_text(
        f"#!/bin/sh\necho run >> {folder}/runs\n"
        f"test -f {folder}/token || {{ echo 'refresh failed: {TOKEN}' >&2; exit 1; }}\n"
        f"sed \"s/TOKEN/$(cat {folder}/token)/\" <<'END'\n{json.dumps(answer)}\nEND\n"
    )
    program.chmod(0o755)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}}


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


@pytest.mark.parametrize("expires", [None, "2100-01-01T00:00:00Z"])
async def test_a_credential_plugin_is_run_again_only_after_its_credential_was_refused(
    expires: str | None, server: Server, tmp_path: Path
) -> None:
    clock = ManualClock()
    (tmp_path / "token").write_text("first")
    server.will(knows("first"))
    async with connected(tmp_path, server.url, clock=clock, user=plugin(tmp_path, expires=expires)) as cluster:
        for _ in range(3):
            await cluster.get(DEPLOYMENTS, "shop", "checkout")
            await clock.advance(61)
        assert runs(tmp_path) == 1
        (tmp_path / "token").write_text("second")
        server.will(knows("second"))
        assert await cluster.get(DEPLOYMENTS, "shop", "checkout") == OBJECT
    assert runs(tmp_path) == 2


async def test_a_credential_about_to_expire_is_renewed_before_it_is_refused(server: Server, tmp_path: Path) -> None:
    clock = ManualClock()
    (tmp_path / "token").write_text("first")
    server.will(says(200, OBJECT))
    user = plugin(tmp_path, expires="2020-01-01T00:00:00Z")
    async with connected(tmp_path, server.url, clock=clock, user=user) as cluster:
        (tmp_path / "token").write_text("second")
        await clock.advance(61)
        await cluster.get(DEPLOYMENTS, "shop", "checkout")
    assert server.asked[0].headers["Authorization"] == "Bearer second"


async def test_a_watch_takes_the_renewed_credential_too(server: Server, tmp_path: Path) -> None:
    token, clock = tmp_path / "token", ManualClock()
    token.write_text("first")
    async with connected(tmp_path, server.url, clock=clock, user={"tokenFile": str(token)}) as cluster:
        token.write_text("second")
        await clock.advance(11)
        server.will(says(401, UNAUTHORIZED), streams())
        assert [event async for event in cluster.watch(DEPLOYMENTS, "shop", "1")] == []
    assert server.asked[1].headers["Authorization"] == "Bearer second"


async def test_a_plugin_that_fails_is_named_without_what_it_printed(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://127.0.0.1:1", plugin(tmp_path))
    with pytest.raises(Unauthenticated, match="the credential plugin of the kubeconfig gave none") as caught:
        await Kubernetes.connect(name="prod-eu", context=None, kubeconfig=path, clock=ManualClock())
    assert TOKEN not in str(caught.value)


async def test_a_context_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(NotConfigured, match="has no context 'prdo'; it has: prod"):
        await Kubernetes.connect(name="prod-eu", context="prdo", kubeconfig=path, clock=ManualClock())


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match=r"there is no kubeconfig at .*/nowhere"):
        path = str(tmp_path / "nowhere")
        await Kubernetes.connect(name="prod-eu", context=None, kubeconfig=path, clock=ManualClock())


async def test_outside_a_pod_something_must_be_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(NotConfigured, match="does not run in a pod"):
        await Kubernetes.connect(name="prod-eu", context=None, kubeconfig=None, clock=ManualClock())


def lose_the_server(config: dict[str, Any]) -> None:
    del config["contexts"][0]["context"]["cluster"]


def lose_the_cluster(config: dict[str, Any]) -> None:
    config["clusters"] = []


def lose_the_authority(config: dict[str, Any]) -> None:
    config["clusters"][0]["cluster"] = {"server": "https://127.0.0.1:1", "certificate-authority": "/nowhere/ca.crt"}


def half_a_plugin(config: dict[str, Any]) -> None:
    env = [{"name": "x"}, {"name": "y", "value": TOKEN}]
    config["users"][0]["user"] = {"exec": {"apiVersion": "v1", "command": "true", "env": env}}


def odd_provider(config: dict[str, Any]) -> None:
    config["users"][0]["user"] = {"auth-provider": {"name": "oidc", "config": {"id-token": TOKEN}}}


def no_users(config: dict[str, Any]) -> None:
    config["users"] = "text"


def damaged(folder: Path, damage: Callable[[dict[str, Any]], None]) -> str:
    path = Path(kubeconfig(folder, "http://127.0.0.1:1"))
    config = json.loads(path.read_text())
    damage(config)
    path.write_text(json.dumps(config))
    return str(path)


@pytest.mark.parametrize(
    "damage", [lose_the_server, lose_the_cluster, lose_the_authority, half_a_plugin, odd_provider, no_users]
)
async def test_a_broken_kubeconfig_is_refused_with_a_sentence_that_holds_none_of_it(
    damage: Callable[[dict[str, Any]], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = damaged(tmp_path, damage)
    with pytest.raises((NotConfigured, Unauthenticated), match="Cluster prod-eu: ") as caught:
        await Kubernetes.connect(name="prod-eu", context=None, kubeconfig=path, clock=ManualClock())
    assert "kubectl" in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + caplog.text


async def test_the_pods_own_account_is_used_and_its_token_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, authority = tmp_path / "token", tmp_path / "ca.crt"
    token.write_text("first\n")
    authority.write_text("authority")
    monkeypatch.setattr("kubernetes.aio.config.incluster_config.SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr("kubernetes.aio.config.incluster_config.SERVICE_CERT_FILENAME", str(authority))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    clock = ManualClock()
    credentials = await Credentials.read("prod-eu", None, None, clock)
    assert credentials.configuration.host == "https://10.96.0.1:443"
    assert credentials.secret == "first"
    token.write_text("second\n")
    await clock.advance(61)
    await credentials.keep_current()
    assert credentials.secret == "second"


async def _every_call(cluster: Kubernetes) -> list[LeadsmanError]:
    """Each verb once, each answered with an error."""
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: cluster.get(DEPLOYMENTS, "shop", "x"),
        lambda: cluster.list(DEPLOYMENTS, "shop"),
        lambda: cluster.create(DEPLOYMENTS, "shop", OBJECT),
        lambda: cluster.patch(DEPLOYMENTS, "shop", "x", []),
        lambda: anext(cluster.watch(DEPLOYMENTS, "shop", "1")),
        lambda: cluster.allowed("get", DEPLOYMENTS, "shop"),
        lambda: cluster.logs("shop", "x", "web", 5),
        cluster.version,
    ]
    errors = []
    for call in calls:
        with pytest.raises(LeadsmanError) as caught:
            await call()
        errors.append(caught.value)
    return errors


def echoes(status: int, content_type: str) -> Answer:
    """A server, or a debugging proxy, that shows the request's headers in its refusal."""

    async def answer(request: web.Request) -> web.StreamResponse:
        shown = f"you sent {dict(request.headers)}"
        body = json.dumps({"kind": "Status", "message": shown, "code": status}) if "json" in content_type else shown
        return web.Response(status=status, text=body, content_type=content_type)

    return answer


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 429, 500])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/html"])
async def test_the_token_is_in_no_error_and_no_log_even_if_the_server_sends_it_back(
    status: int, content_type: str, server: Server, cluster: Kubernetes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.will(echoes(status, content_type))
    for error in await _every_call(cluster):
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__cause__) + repr(vars(error))
        assert TOKEN not in shown
    assert TOKEN not in caplog.text
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
