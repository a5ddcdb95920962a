"""Names that people type: which are valid, and which known one was probably meant."""

import re
from collections.abc import Iterable

from strategies.nearest import nearest as nearest

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_HOST_LABEL}(?:\.{_HOST_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_REPOSITORY = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*")
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")


def valid_tag(text: str) -> bool:
    """Whether `text` can be an image's tag, by the OCI distribution specification's grammar."""
    return _TAG.fullmatch(text) is not None


def valid_repository(text: str) -> bool:
    """Whether `text` names an image without tag or digest, such as `ghcr.io/acme/checkout`."""
    return len(text) <= 255 and _REPOSITORY.fullmatch(text) is not None


def valid_label(text: str) -> bool:
    """Whether `text` is a DNS label (RFC 1123), as Kubernetes wants for namespaces, Services and containers."""
    return len(text) <= 63 and _LABEL.fullmatch(text) is not None


def valid_subdomain(text: str) -> bool:
    """Whether `text` is a DNS subdomain (RFC 1123), as Kubernetes wants for Deployments and Ingresses."""
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


def valid_word(text: str) -> bool:
    """Whether `text` is a name of ours that is easy to type: small letters, digits, and `.`, `_`, `-` inside."""
    return len(text) <= 63 and _WORD.fullmatch(text) is not None


def choices(known: Iterable[str], most: int = 12) -> str:
    """The known names for a sentence: `checkout, billing`; long lists end with how many more there are."""
    names = sorted(known)
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
