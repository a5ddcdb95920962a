"""The Bolt app: which listener hears what.

Bolt routes and acknowledges, nothing else: signatures are checked in `guard`, people in `bot.access`, and calls to
Slack go through our own client. Listeners run to their end before the acknowledgement is sent, so that none is left
running unseen, and each keeps within Slack's three seconds by itself.
"""

import logging
import re

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.actions import Actions
from handlers.slack.commands import Commands
from handlers.slack.modals import Modals
from handlers.slack.payloads import Payload

log = structlog.get_logger("slack")

QUIET = logging.getLogger("leadsman.slack.libraries")
"""For Slack's libraries, whose own lines hold whole requests and single-use addresses. What matters is logged here."""
QUIET.setLevel(logging.CRITICAL + 1)

_ANY = re.compile("")


def bolt_app(client: AsyncWebClient, commands: Commands, actions: Actions, modals: Modals) -> AsyncApp:
    """The app with its listeners. `client` has no token: nothing is called through Bolt."""
    app = AsyncApp(
        client=client,
        logger=QUIET,
        authorize=_authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )

    @app.command(_ANY)
    async def typed(ack: AsyncAck, body: Payload) -> None:
        await commands.typed(ack, body)

    @app.action(_ANY)
    async def pressed(ack: AsyncAck, body: Payload) -> None:
        await actions.heard(ack, body)

    @app.view(_ANY)
    async def sent(ack: AsyncAck, body: Payload) -> None:
        await modals.sent(ack, body)

    @app.error
    async def failed(error: Exception) -> None:
        log.error("a request of Slack failed", exc_info=error)

    return app


async def _authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
    """Bolt asks on whose behalf it works; who may do what is not its business."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
