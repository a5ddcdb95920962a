"""Proxies from the environment, as kubectl reads them, and their failures."""

from pathlib import Path

import pytest

from bot.adapters.kubernetes import DEPLOYMENTS
from bot.adapters.kubernetes.proxies import environment_proxy
from bot.errors import NotConfigured, Unreachable
from tests.bot.adapters.kubernetes.servers import Server, connected, says

PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("server", "no_proxy", "proxied"),
    [
        ("https://10.96.0.1:443", "", True),
        ("https://10.96.0.1:443", "10.0.0.0/8,.svc", False),
        ("https://10.96.0.1:443", "192.168.0.0/16", True),
        ("https://10.96.0.1:443", " 10.96.0.1 ", False),
        ("https://10.96.0.1:6443", "10.96.0.1:443", True),
        ("https://10.96.0.1:6443", "10.96.0.1:6443", False),
        ("https://[fd00::1]:6443", "fd00::/8", False),
        ("https://[fd00::1]:6443", "10.0.0.0/8", True),
        ("https://api.prod.example.com", "example.com", False),
        ("https://api.prod.example.com", ".example.com", False),
        ("https://api.prod.example.com", "*.example.com", False),
        ("https://badexample.com", "example.com", True),
        ("https://example.com", "EXAMPLE.com", False),
        ("https://api.prod.example.com", "*", False),
        ("https://api.prod.example.com", ",,", True),
        ("https://127.0.0.1:6443", "", False),
        ("https://localhost:6443", "", False),
        ("http://api.prod.example.com", "", False),
    ],
)
def test_a_server_is_asked_through_the_proxy_unless_it_is_excepted(server: str, no_proxy: str, proxied: bool) -> None:
    expected = PROXY if proxied else None
    assert environment_proxy(server, {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}) == expected
    assert environment_proxy(server, {"https_proxy": "proxy.example.com:3128", "no_proxy": no_proxy}) == expected


async def test_calls_go_through_the_proxy_and_its_refusal_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.replace("://", "://me:secret@"))
    server.will(says(200, {"metadata": {"name": "x"}}))
    async with connected(tmp_path, "http://api.cluster.invalid") as cluster:
        assert await cluster.get(DEPLOYMENTS, "shop", "x") == {"metadata": {"name": "x"}}
    assert server.asked[0].headers["Host"] == "api.cluster.invalid"
    monkeypatch.setenv("HTTPS_PROXY", server.url.replace("://", "://me:secret@"))
    async with connected(tmp_path, "https://api.cluster.invalid") as cluster:
        with pytest.raises(Unreachable, match="the proxy answered HTTP 404") as caught:
            await cluster.patch(DEPLOYMENTS, "shop", "x", [])
    assert not caught.value.maybe_applied
    assert "secret" not in str(caught.value)


async def test_a_kind_of_proxy_we_cannot_use_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:secret@proxy.example.com:1080")
    with pytest.raises(NotConfigured, match="only http and https proxies") as caught:
        async with connected(tmp_path, "https://api.cluster.invalid"):
            pass
    assert "secret" not in str(caught.value)
