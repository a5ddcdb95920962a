"""What the server says when it refuses: `Status` objects, with the words and shapes of Kubernetes 1.36."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Obj = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """One broken rule about one field. `type` is the reason's suffix, as in `FieldValue{type}`."""

    type: str
    message: str
    field: str

    def sentence(self) -> str:
        """The cause inside the message of the whole refusal."""
        return f"{self.field}: {self.message}"

    def as_json(self) -> Obj:
        """The cause in the `details` of the Status."""
        return {"reason": f"FieldValue{self.type}", "message": self.message, "field": self.field}


class ApiError(Exception):
    """A refusal: the HTTP code and the Status that goes with it."""

    def __init__(
        self,
        code: int,
        message: str,
        reason: str = "",
        details: Obj | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.details = details
        self.headers = headers or {}
        self.continue_token = ""

    def as_json(self) -> Obj:
        """The body of the answer."""
        body: Obj = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_token} if self.continue_token else {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


class PlainError(Exception):
    """A refusal of the router itself, in plain text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def qualified(name: str, group: str) -> str:
    """`deployments.apps`, or `pods` for the core group."""
    return f"{name}.{group}" if group else name


def details_of(name: str, group: str, kind: str) -> Obj:
    """The `details` that name one object; empty parts are left out."""
    named = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in named.items() if value}


def bad_request(message: str) -> ApiError:
    """400."""
    return ApiError(400, message, "BadRequest")


def internal(message: str) -> ApiError:
    """500 as the server answers an error that nobody gave a kind."""
    return ApiError(500, message)


def unauthorized() -> ApiError:
    """401: a credential that nobody knows."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def not_found(resource: str, group: str, name: str) -> ApiError:
    """404 for an object."""
    message = f'{qualified(resource, group)} "{name}" not found'
    return ApiError(404, message, "NotFound", details_of(name, group, resource))


def no_such_resource() -> ApiError:
    """404 for an unknown version, resource or subresource of a known group."""
    return ApiError(404, "the server could not find the requested resource", "NotFound", {})


def method_not_allowed() -> ApiError:
    """405."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, message, "MethodNotAllowed", {})


def already_exists(resource: str, group: str, name: str, *, deleting: bool = False) -> ApiError:
    """409 on create."""
    prefix = "object is being deleted: " if deleting else ""
    message = f'{prefix}{qualified(resource, group)} "{name}" already exists'
    return ApiError(409, message, "AlreadyExists", details_of(name, group, resource))


def conflict(resource: str, group: str, name: str, why: str) -> ApiError:
    """409 on a write that builds on something else than what is stored."""
    message = f'Operation cannot be fulfilled on {qualified(resource, group)} "{name}": {why}'
    return ApiError(409, message, "Conflict", details_of(name, group, resource))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def forbidden(resource: str, group: str, name: str, why: str) -> ApiError:
    """403 about an object, or about a kind when the name is empty."""
    subject = qualified(resource, group) + (f' "{name}"' if name else "")
    return ApiError(403, f"{subject} is forbidden: {why}", "Forbidden", details_of(name, group, resource))


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """422 with every broken rule."""
    sentences = [cause.sentence() for cause in dict.fromkeys(causes)]
    listed = sentences[0] if len(sentences) == 1 else f"[{', '.join(sentences)}]"
    details = details_of(name, group, kind) | {"causes": [cause.as_json() for cause in causes]}
    return ApiError(422, f'{qualified(kind, group)} "{name}" is invalid: {listed}', "Invalid", details)


def invalid_options(kind: str, causes: Sequence[Cause]) -> ApiError:
    """422 about the query parameters or the DeleteOptions of a request."""
    return invalid(kind, "meta.k8s.io", "", causes)


def invalid_patch(shown: str, why: str) -> ApiError:
    """422 about a patch whose result is no object of the kind; the server names neither kind nor object."""
    return invalid("", "", "", [Cause("Invalid", f'Invalid value: "{escaped(shown)}": {why}', "patch")])


def patch_rejected() -> ApiError:
    """422 for a JSON patch of which an operation failed, whichever it was."""
    return ApiError(422, "the server rejected our request due to an error in our request", "Invalid", {})


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    """415 with the media types that would do."""
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    return ApiError(415, message, "UnsupportedMediaType")


def no_patch() -> ApiError:
    """415 for a PATCH whose content type is no patch type at all."""
    return ApiError(415, "415: Unsupported Media Type", "UnsupportedMediaType", {})


def expired(message: str) -> ApiError:
    """410."""
    return ApiError(410, message, "Expired")


def from_the_future(wanted: int, current: int) -> ApiError:
    """504: the resourceVersion asked for has not happened."""
    details = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    return ApiError(504, message, "Timeout", details, {"Retry-After": "1"})


def escaped(text: str) -> str:
    """`text` inside a quoted Go string."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
