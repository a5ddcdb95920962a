"""How an answer reaches the one person it is for: through the address that came with the command or click, into the form
that was sent, or, where those are gone, as a private message in the channel, and at last as a direct message.
"""

from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import LeadsmanError, ServerFailed, TemporaryError
from handlers.slack.failures import slack_errors
from handlers.slack.orders import Caller
from handlers.slack.views.message import Message

_LATE = ("expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged", "invalid_trigger_id")
"""Slack's words for a click whose three seconds are over."""

_TIMEOUT = aiohttp.ClientTimeout(total=10)

log = structlog.get_logger("slack")


class Answers:
    """Speaks to one person. Nothing here raises: an answer that cannot be given is logged, the act has long happened."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        """`session` posts to the addresses that come with commands and clicks, through the client's proxy."""
        self._client = client
        self._session = session

    async def private(self, caller: Caller, message: Message) -> None:
        """Say something that only the caller sees. What they pressed is replaced by it where only they saw that, too.

        Where nothing takes it, its plain text goes the same ways: better without its layout than not at all.
        """
        payload = _payload(message)
        ways = [self._ephemeral, self._direct]
        if caller.answer:
            ways.insert(0, self._address)
        for said, way in [*((payload, way) for way in ways), *(({"text": payload["text"]}, way) for way in ways)]:
            try:
                await way(caller, said)
            except LeadsmanError as error:
                log.info("an answer takes another way", error=str(error))
            else:
                return
        log.warning("an answer did not reach its author", user=caller.user)

    async def in_place(self, caller: Caller, message: Message) -> None:
        """Change the message that was pressed, for everybody. Where the answer is lost, nobody knows whether it was."""
        try:
            await self._post(caller.answer, message.payload() | {"replace_original": True})
        except LeadsmanError as error:
            log.info("a pressed message was perhaps not changed", error=str(error))

    async def gone(self, caller: Caller) -> None:
        """Take away the private message that was pressed."""
        try:
            await self._post(caller.answer, {"delete_original": True})
        except LeadsmanError as error:
            log.info("a private message stays", error=str(error))

    async def open(self, trigger: str, view: View) -> str:
        """Open a form. Why Slack does not, in a sentence, mostly because the three seconds of the click are over; or nothing."""
        try:
            with slack_errors("views.open"):
                await self._client.views_open(trigger_id=trigger, view=view)
        except LeadsmanError as error:
            log.warning("a form was not opened", error=str(error))
            late = any(word in str(error) for word in _LATE)
            why = "it came too late for Slack" if late or isinstance(error, TemporaryError) else "Slack refused it"
            return f"The form was not opened, for {why}. Nothing changed. Try again, or type the command."
        return ""

    async def into_form(self, caller: Caller, view: View) -> bool:
        """Put a sentence in the place of the form that was sent. False if the form is not there any more."""
        try:
            with slack_errors("views.update"):
                await self._client.views_update(view_id=caller.view, view=view)
        except LeadsmanError as error:
            log.info("a form was not updated", error=str(error))
            return False
        return True

    async def _address(self, caller: Caller, payload: dict[str, Any]) -> None:
        await self._post(caller.answer, payload | {"response_type": "ephemeral", "replace_original": caller.is_private})

    async def _ephemeral(self, caller: Caller, payload: dict[str, Any]) -> None:
        with slack_errors("chat.postEphemeral"):
            await self._client.chat_postEphemeral(channel=caller.channel, user=caller.user, **payload)

    async def _direct(self, caller: Caller, payload: dict[str, Any]) -> None:
        with slack_errors("chat.postMessage"):
            await self._client.chat_postMessage(channel=caller.user, **payload)

    async def _post(self, address: str, payload: dict[str, Any]) -> None:
        with slack_errors("the answer's address"):
            async with self._session.post(
                address, json=payload, proxy=self._client.proxy, timeout=_TIMEOUT
            ) as response:
                if response.status != 200:
                    raise ServerFailed(f"Slack refused an answer with HTTP {response.status}.")


def _payload(message: Message) -> dict[str, Any]:
    """The message as JSON takes it; its text alone where its layout is more than Slack takes."""
    try:
        return message.payload()
    except SlackObjectFormationError:
        log.exception("a private message is sent without its layout")
        return {"text": message.text}
