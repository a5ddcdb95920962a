"""From what the API server answered to one of our errors, with a sentence a person can act on.

Which status means what was learnt from a real 1.36 server: the recordings beside the tests hold every shape named here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from bot.errors import (
    AlreadyExists,
    Conflict,
    Expired,
    Forbidden,
    Invalid,
    LeadsmanError,
    NotFound,
    PreconditionFailed,
    ServerFailed,
    TemporaryError,
    Throttled,
    Unauthenticated,
    Unreachable,
    Unsupported,
)

_LONGEST_MESSAGE = 300
_LONGEST_DELAY = 3600.0
_SLOW_RETRY = 60.0
_JSON_PATCH_FAILED = "the server rejected our request due to an error in our request"
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?")
_WHOLE_OBJECT = re.compile(r'(Invalid value: )(?:"(?:\{|map\[).*"|\{.{100,}\})(: |$)', re.DOTALL)
_DIFFERENCE = re.compile(r"\n\s*core\.\w+\{.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as its errors name it: `verb` and `what` are "patch" and "deployments.apps shop/checkout"."""

    cluster: str
    verb: str
    what: str
    writes: bool = False
    json_patch: bool = False

    def failed(self, why: str, advice: str) -> str:
        """The sentence: who, what, why, and what to do."""
        return f"Cluster {self.cluster}: cannot {self.verb} {self.what}: {why.rstrip('.')}. {advice}"


def refusal(call: Call, status: int, headers: Mapping[str, str], body: bytes, secret: str = "") -> LeadsmanError:
    """The error for an answer that is not a success.

    `secret` is the credential that was sent: the sentence never has it.
    """
    told = _status_object(body)
    message = _message(status, told, headers, body, secret)
    reason = str(told.get("reason") or "")
    match status:
        case 400 | 405 | 406 | 413 | 415 | 422:
            return _bad_request(call, status, message, told)
        case 401:
            advice = (
                "The credential is wrong or has expired: renew it (kubeconfig user, token file or service account)."
            )
            return Unauthenticated(call.failed(message, advice), delay=_SLOW_RETRY)
        case 403:
            return Forbidden(call.failed(message, _forbidden_advice(message)))
        case 404:
            return _missing(call, message, told)
        case 409 if reason == "AlreadyExists":
            return AlreadyExists(
                call.failed(message, "Use another name, or take over or delete the one that is there.")
            )
        case 409:
            return Conflict(
                call.failed(message, "Somebody changed it at the same moment; it is read again and tried again.")
            )
        case 410:
            return Expired(call.failed(message, "It is listed anew."))
        case 429:
            advice = "The cluster asks for patience; it is tried again later."
            return Throttled(call.failed(message, advice), delay=_retry_after(headers))
    return _server_failure(call, status, message, headers)


def unreadable(call: Call, content_type: str) -> ServerFailed:
    """The error for a success whose body is not what a Kubernetes API sends."""
    advice = "Look for a proxy or a login page in between, and check the server's address in the kubeconfig."
    why = f"the answer is not JSON but {content_type or 'of no declared type'}"
    return ServerFailed(call.failed(why, advice), maybe_applied=call.writes)


def no_answer(call: Call, why: str, *, sent: bool) -> Unreachable:
    """The error for a call that brought no whole answer. `sent`: the request may have arrived before that."""
    advice = "Check that the API server runs and can be reached from here; it is tried again."
    if not (call.writes and sent):
        return Unreachable(call.failed(why, advice))
    advice = "It may have been applied all the same: the object is read before anything else is written."
    return Unreachable(call.failed(why, advice), maybe_applied=True)


def _server_failure(call: Call, status: int, message: str, headers: Mapping[str, str]) -> TemporaryError:
    whose = "The server" if status >= 500 else "Something before the server"
    advice = f"{whose} is at fault, not the request; it is tried again. If it lasts, look at the control plane."
    return ServerFailed(call.failed(message, advice), delay=_retry_after(headers), maybe_applied=call.writes)


def _bad_request(call: Call, status: int, message: str, told: Mapping[str, Any]) -> LeadsmanError:
    if status == 422 and call.json_patch and told.get("message") == _JSON_PATCH_FAILED:
        # The server says the same whichever operation failed, and a `test` is the usual one.
        why = "the object is not as it was when this was decided"
        return PreconditionFailed(call.failed(why, "It is looked at again and decided anew."))
    if status in (405, 406, 415):
        return Unsupported(call.failed(message, "This server does not offer it: check its version."))
    return Invalid(call.failed(message, "Correct what the message names; trying again changes nothing."))


def _missing(call: Call, message: str, told: Mapping[str, Any]) -> LeadsmanError:
    """Object or kind: only a Status that names an object speaks of an object. An unknown group is plain text."""
    details = told.get("details")
    if isinstance(details, Mapping) and details.get("name"):
        return NotFound(
            call.failed(message, "Create it, or correct the name, namespace or cluster in the configuration.")
        )
    return Unsupported(
        call.failed(message, "The cluster does not know this kind: install its CustomResourceDefinition.")
    )


def _forbidden_advice(message: str) -> str:
    if 'User "system:anonymous"' in message:
        return "No credential was sent: give the kubeconfig's context a user."
    if 'User "' in message and " cannot " in message:
        return "Give this account the right; `leadsman rbac` prints the rules it needs."
    return "A rule of the cluster (quota, admission, a namespace going away) forbids it: ask whoever runs the cluster."


def _message(status: int, told: Mapping[str, Any], headers: Mapping[str, str], body: bytes, secret: str) -> str:
    said = str(told.get("message") or "").strip()
    if not said and headers.get("Content-Type", "").startswith("text/plain"):
        said = body[: 4 * _LONGEST_MESSAGE].decode("utf-8", "replace").strip()
    return f"HTTP {status}, {_trimmed(said, secret)}" if said else f"HTTP {status} without a reason"


def _trimmed(text: str, secret: str) -> str:
    """The message on one line, without credentials and without whole objects, whose environment may hold anything."""
    if secret:
        text = text.replace(secret, "…")
    text = _DIFFERENCE.sub("", _WHOLE_OBJECT.sub(r"\1…\2", text))
    text = _JWT.sub("…", _BEARER.sub(r"\1 …", text))
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _status_object(body: bytes) -> Mapping[str, Any]:
    """The Status in the body, or an empty mapping where the body is something else."""
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) and told.get("kind") == "Status" else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, at most an hour. A date counts from the answer's own Date: no clock of ours matters."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_DELAY)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait.total_seconds(), 0.0), _LONGEST_DELAY)
