"""Logging: one event a line, JSON when nobody sits in front of it, and never a secret.

Libraries that log through the standard library come out the same way. Context (`rollout`, `actor`) is bound with
`structlog.contextvars.bind_contextvars` and rides along with everything that a task logs.
"""

import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"
_SHORTEST = 6
"""Characters of a secret worth hiding: shorter ones would blot out half of every line."""

_PATTERNS = (
    (re.compile(r"\bxox[a-z]-[A-Za-z0-9-]+|\bxapp-[A-Za-z0-9-]+|\bxoxe\.[A-Za-z0-9.-]+"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/]+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), HIDDEN),
)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]
"""What every event goes through, be it ours or a library's."""

_CHATTY = ("slack_sdk", "slack_bolt", "aiohttp.access", "apscheduler", "urllib3")
"""Libraries whose everyday events nobody needs."""


class Scrubber:
    """Takes secrets out of texts: those it was told, and what looks like a token or a password in an address."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def value(self, value: object) -> object:
        """The value with every text in it scrubbed. What is neither text, number nor collection becomes its text."""
        match value:
            case str():
                return self.text(value)
            case None | bool() | int() | float():
                return value
            case Mapping():
                return {self.text(str(key)): self.value(item) for key, item in value.items()}
            case bytes():
                return self.text(value.decode("utf-8", "replace"))
            case Sequence() | set() | frozenset():
                return [self.value(item) for item in value]
            case _:
                return self.text(str(value))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """As structlog calls a processor."""
        return {key: self.value(value) for key, value in event.items()}


def set_up(secrets: Iterable[str] = (), *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Set up logging for the process. `stream` is standard error if not given: standard output is for data."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        Scrubber(secrets),
        _rendering(out),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def _rendering(out: TextIO) -> Processor:
    if out.isatty():
        colors = not os.environ.get("NO_COLOR")
        return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
    return _json


def _json(logger: WrappedLogger, method: str, event: MutableMapping[str, object]) -> str | bytes:
    return structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)(logger, method, dict(event))
