"""The client speaks to the address that the settings name, repeats nothing by itself, and keeps the token to itself."""

import aiohttp
import pytest

from bot.config.settings import Settings
from handlers.slack.client import anonymous_client, slack_client


def settings(**environ: str) -> Settings:
    found = Settings.from_environ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"} | environ)
    assert isinstance(found, Settings)
    return found


async def test_a_call_is_never_repeated_behind_our_back(session: aiohttp.ClientSession) -> None:
    assert slack_client(settings(), session).retry_handlers == []


async def test_bolt_gets_no_token(session: aiohttp.ClientSession) -> None:
    client = anonymous_client(settings(), session)
    assert client.token is None and client.base_url == "https://slack.com/api/"


async def test_a_proxy_stands_before_slack_but_not_before_what_it_is_not_for(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:8080")
    assert slack_client(settings(), session).proxy == "http://proxy.example:8080"
    near = settings(SLACK_API_URL="http://127.0.0.1:8080/api/")
    assert slack_client(near, session).proxy is None
    monkeypatch.setenv("NO_PROXY", "slack.com")
    assert slack_client(settings(), session).proxy is None
