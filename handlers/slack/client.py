"""The one client of Slack's Web API.

It never repeats a call by itself: a message that Slack took and whose answer was lost would be posted twice. Who calls
knows what may be repeated.
"""

import os

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.kubernetes.proxies import environment_proxy
from bot.config.settings import Settings

TIMEOUT = 15
"""Seconds until a call to Slack that is not answered has failed."""


def slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The client for the bot token, at the API's address of the settings. All calls share the session's connections."""
    token = settings.bot_token.get_secret_value() if settings.bot_token else None
    return _client(settings, session, token)


def anonymous_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The same without a token: Bolt and Socket Mode get this one, for they call nothing in the bot's name."""
    return _client(settings, session, None)


def slack_proxy(settings: Settings) -> str | None:
    """The proxy that stands before Slack, by the environment. Slack's own client does not know NO_PROXY."""
    return environment_proxy(settings.slack_api_url, os.environ)


def _client(settings: Settings, session: aiohttp.ClientSession, token: str | None) -> AsyncWebClient:
    client = AsyncWebClient(
        token,
        base_url=settings.slack_api_url,
        timeout=TIMEOUT,
        session=session,
        retry_handlers=[],
        user_agent_prefix="Leadsman",
    )
    client.proxy = slack_proxy(settings)
    return client
