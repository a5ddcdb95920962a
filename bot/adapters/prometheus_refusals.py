"""What went wrong when a Prometheus was asked: its answer, or its silence, as an error of `bot.errors` whose sentence
says what to do.

No sentence holds more than a line of what the server said, and none an address with a password (the adapter has taken
that out before).
"""

import json
import re

import requests

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

LONGEST_REASON = 300
"""Characters of the server's own words that a sentence carries."""


def refusal(address: str, promql: str, response: requests.Response) -> LeadsmanError:
    """The error for an answer with another status than 200."""
    at, reason = f"Prometheus at {address}", _reason(response)
    match response.status_code:
        case 400 | 422:
            return Invalid(
                f"{at} refuses the query `{_short(promql)}`: {reason}. Correct the query in the analysis template."
            )
        case 401:
            return Unauthenticated(
                f"{at} does not accept our credential (401). Renew the user and password in its address."
            )
        case 403:
            return Forbidden(
                f"{at} does not let us ask (403): {reason}. Give Leadsman's user the right to read metrics there."
            )
        case 404 | 405:
            return NotFound(
                f"{at} has no query API ({response.status_code}). Check the address in the configuration, its path "
                f"included."
            )
        case 429:
            return Throttled(
                f"{at} is asked too often (429). Measure less often, or let it answer more.",
                delay=_retry_after(response),
            )
        case status if status >= 500:
            return ServerFailed(
                f"{at} failed ({status}): {reason}. Look at its log if that goes on.", delay=_retry_after(response)
            )
        case status:
            return PermanentError(
                f"{at} answered with status {status}: {reason}. Check the address in the configuration."
            )


def unreadable(address: str, promql: str, response: requests.Response) -> LeadsmanError:
    """The error for an answer with status 200 that is not what the query API answers: a web page, cut JSON, other
    fields."""
    if _is_page(response):
        return PermanentError(
            f"{address} answers with a web page where Prometheus would answer with JSON. Check the address, and "
            f"whether a sign-in page stands before it."
        )
    return ServerFailed(
        f"Prometheus at {address} gave an answer that cannot be read, to the query `{_short(promql)}`. Look at its "
        f"log if that goes on."
    )


def unanswered(address: str, timeout: float, error: requests.RequestException) -> Unreachable:
    """The error for no answer at all."""
    at = f"Prometheus at {address}"
    match error:
        case requests.exceptions.SSLError():
            return Unreachable(
                f"{at} has a certificate that is not trusted here. Add its authority, or use the address that the "
                f"certificate names."
            )
        case requests.exceptions.ProxyError():
            return Unreachable(f"The proxy towards {at} does not let us through. Check HTTP_PROXY and NO_PROXY.")
        case requests.exceptions.Timeout():
            return too_slow(address, timeout)
        case requests.exceptions.ConnectionError():
            return Unreachable(
                f"{at} cannot be reached: {_plain(error)}. Look whether it runs, and whether the network lets us there."
            )
        case _:
            return Unreachable(f"{at} broke off its answer ({type(error).__name__}). Look at its log if that goes on.")


def too_slow(address: str, timeout: float) -> Unreachable:
    """The error for a server that took the question and said nothing."""
    return Unreachable(
        f"Prometheus at {address} did not answer within {timeout:g} s. Look whether it is overloaded, or make the "
        f"query cheaper."
    )


def _reason(response: requests.Response) -> str:
    try:
        said = str(response.json()["error"])
    except (json.JSONDecodeError, requests.exceptions.JSONDecodeError, KeyError, TypeError):
        said = "a web page" if _is_page(response) else response.text
    return _short(said).rstrip(".") or "no reason given"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


def _is_page(response: requests.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "") or response.text.lstrip()[:1] == "<"


def _retry_after(response: requests.Response) -> float | None:
    """Seconds; the form with a date is rare and means no more than "later"."""
    given = response.headers.get("Retry-After", "")
    return float(given) if re.fullmatch(r"\d{1,6}", given) else None


def _plain(error: Exception) -> str:
    """The reason in a few words, out of urllib3's nested text."""
    text = str(error)
    for sign, words in _REASONS:
        if sign in text:
            return words
    return "the connection broke"


_REASONS = (
    ("refused", "the connection is refused"),
    ("Name or service not known", "its name is not known"),
    ("getaddrinfo", "its name is not known"),
    ("resolve", "its name is not known"),
    ("unreachable", "there is no way to its network"),
    ("No route", "there is no way to its network"),
)
