"""A call to the Web API: how its arguments arrive, and the log of what was called."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.playground.slack.refusal import Json, RefusalError


@dataclass(slots=True)
class Call:
    """One call as it was logged: result and status are those that were sent, or would have been."""

    method: str
    args: Json
    at: datetime
    real: float
    token: str = field(default="", repr=False)
    status: int = 200
    result: Json = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Did Slack do it?"""
        return self.status == 200 and self.result.get("ok") is True

    def text(self, name: str) -> str:
        """An argument as text, empty if it was not given."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A yes or no, in any of the ways clients write it."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def whole(self, name: str, default: int) -> int:
        """A whole number; `invalid_limit` is what paging methods say of anything else."""
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise RefusalError("invalid_limit" if name == "limit" else "invalid_arguments") from None

    def parsed(self, name: str, error: str) -> Any:
        """An argument that may come as JSON text or as itself; `error` if the text is no JSON."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise RefusalError(error) from None


async def read(request: web.Request, *, takes_json: bool) -> tuple[Json, list[str]]:
    """Arguments from query string, form and (where the method takes it) JSON, and the warnings Slack gives about how
    they came.
    """
    args: Json = dict(request.query)
    warnings: list[str] = []
    if request.content_type == "application/json":
        body = await request.text()
        if body and takes_json:
            try:
                given = json.loads(body)
            except json.JSONDecodeError:
                raise RefusalError("invalid_json") from None
            if not isinstance(given, dict):
                raise RefusalError("json_not_object")
            args |= given
        if request.charset is None:
            warnings.append("missing_charset")
    elif request.method == "POST":
        args |= dict(await request.post())
    return {name: value for name, value in args.items() if value is not None}, warnings


def bearer(request: web.Request, args: Json) -> tuple[str, bool]:
    """The token, taken out of the arguments if it came there, and whether it came as a header."""
    header = request.headers.get("Authorization", "")
    given = str(args.pop("token", ""))
    if header.lower().startswith("bearer "):
        return header[7:].strip(), True
    return given, False
