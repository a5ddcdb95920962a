"""Slack's refusals and silences as our own errors, each with what to do next."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    Forbidden,
    Invalid,
    LeadsmanError,
    NotFound,
    PermanentError,
    ServerFailed,
    Throttled,
    Unauthenticated,
    Unreachable,
)

_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
_SLOWLY = {"ratelimited", "rate_limited"}
_FAILED = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "update_failed",
    "team_added_to_org",
}
_UNKNOWN = {
    "channel_not_found",
    "message_not_found",
    "no_such_subteam",
    "not_found",
    "thread_not_found",
    "user_not_found",
    "user_not_visible",
    "users_not_found",
    "view_not_found",
}
_FORBIDDEN = {
    "access_denied",
    "cant_update_message",
    "ekm_access_denied",
    "is_archived",
    "no_permission",
    "not_in_channel",
    "restricted_action",
    "team_access_not_granted",
}


@contextmanager
def slack_errors(method: str) -> Iterator[None]:
    """Turn what a call of `method` raises into a LeadsmanError. The errors raised never hold a token or a body."""
    try:
        yield
    except SlackApiError as error:
        raise refusal(method, error) from None
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(
            f"Slack did not answer {method}: {type(error).__name__}. It is tried again.", maybe_applied=True
        ) from None
    except TimeoutError:
        raise Unreachable(f"Slack did not answer {method} in time. It is tried again.", maybe_applied=True) from None
    except SlackClientError as error:
        raise ServerFailed(f"Slack's answer to {method} could not be read: {type(error).__name__}.") from None


def refusal(method: str, error: SlackApiError) -> LeadsmanError:
    """What Slack's refusal of a call means."""
    response = error.response
    code = slack_code(error)
    status = getattr(response, "status_code", 200)
    if status == 429 or code in _SLOWLY:
        delay = _retry_after(getattr(response, "headers", {}))
        return Throttled(f"Slack asks for patience with {method}, {delay:.0f} s. It is tried again then.", delay=delay)
    if status >= 500 or not code:
        return ServerFailed(f"Slack failed at {method} with HTTP {status}. It is tried again.", maybe_applied=True)
    if code in _FAILED:
        return ServerFailed(f"Slack failed at {method}: {code}. It is tried again.", maybe_applied=True)
    if code in _TOKEN:
        return Unauthenticated(
            f"Slack does not accept the bot token ({code}). Set SLACK_BOT_TOKEN anew and start again."
        )
    if code == "missing_scope":
        needed = response.get("needed", "") if isinstance(response.get("needed"), str) else ""
        return Forbidden(
            f"Slack refuses {method}: the scope {needed} is missing. Paste the output of leadsman slack-manifest into your "
            "Slack app, and install it again."
        )
    kinds: Mapping[bool, type[PermanentError]] = {code in _UNKNOWN: NotFound, code in _FORBIDDEN: Forbidden}
    return kinds.get(True, Invalid)(f"Slack refuses {method}: {code}.")


def slack_code(error: SlackApiError) -> str:
    """Slack's own word for a refusal, empty where the answer was none of Slack's."""
    found = error.response.get("error") if hasattr(error.response, "get") else None
    return found if isinstance(found, str) else ""


def _retry_after(headers: Mapping[str, str]) -> float:
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(found) if found.isascii() and found.isdigit() else 30.0
