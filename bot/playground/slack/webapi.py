"""The door of the Web API: faults, tokens, rates, scopes and arguments, before a method runs."""

import secrets

from aiohttp import web

from bot.playground.slack.calls import Call, bearer, read
from bot.playground.slack.faults import Fault, Faults
from bot.playground.slack.methods.table import METHODS, Method
from bot.playground.slack.rates import RateLimitError
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError, bad_arguments


class WebApi:
    """Answers /api/METHOD and logs every call in `records.calls`."""

    def __init__(self, records: Records, faults: Faults) -> None:
        self._records, self._faults = records, faults

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call. Slack answers 200 with `ok` false for all refusals but too many calls and outages."""
        name = request.match_info["method"]
        call = Call(name, {}, self._records.clock.now(), self._records.clock.real())
        self._records.calls.append(call)
        fault = self._faults.take(name)
        if fault is not None and fault.how != "lost":
            return await self._fail(call, fault)
        try:
            call.result = {"ok": True, **await self._run(request, call)}
        except RefusalError as refused:
            call.result = refused.answer()
        except RateLimitError as limited:
            return _limited(call, limited.retry_after)
        if call.warnings:
            call.result.setdefault("warning", ",".join(call.warnings))
            call.result.setdefault("response_metadata", {})["warnings"] = call.warnings
        if fault is not None and request.transport is not None:
            request.transport.abort()
        return web.json_response(call.result, headers=self._headers(call))

    async def _run(self, request: web.Request, call: Call) -> Json:
        method = METHODS.get(call.method)
        call.args, call.warnings = await read(request, takes_json=method is None or method.takes_json)
        call.token, in_header = bearer(request, call.args)
        if method is None:
            raise RefusalError("unknown_method")
        self._admit(method, call.token, in_header=in_header)
        self._records.rates.take(call.method, method.tier, self._pace(method, call))
        if method.scopes and not self._records.app.scopes.intersection(method.scopes):
            provided = ",".join(sorted(self._records.app.scopes))
            raise RefusalError("missing_scope", needed=",".join(method.scopes), provided=provided)
        missing = [f"missing required field: {name}" for name in method.required if call.args.get(name) in (None, "")]
        if missing:
            raise bad_arguments(missing)
        return method.run(self._records, call)

    def _admit(self, method: Method, token: str, *, in_header: bool) -> None:
        app = self._records.app
        if not token:
            raise RefusalError("not_authed")
        if not (secrets.compare_digest(token, app.bot_token) or secrets.compare_digest(token, app.app_token)):
            raise RefusalError("invalid_auth")
        if (token == app.app_token) != method.app_token:
            raise RefusalError("not_allowed_token_type")
        if method.app_token and not in_header:
            raise RefusalError("invalid_auth")

    def _pace(self, method: Method, call: Call) -> str | None:
        if not method.paced:
            return None
        found = self._records.directory.find_channel(call.text("channel"))
        return found.id if found else call.text("channel")

    async def _fail(self, call: Call, fault: Fault) -> web.Response:
        if fault.how == "limited":
            return _limited(call, fault.retry_after)
        if fault.how == "error":
            call.result = {"ok": False, "error": fault.error}
            return web.json_response(call.result, headers=self._headers(call))
        if fault.how == "hang":
            await self._faults.released()
        call.status = fault.status if fault.how == "status" else 503
        page = f"<html><body>Slack is out ({call.status}).</body></html>"
        return web.Response(status=call.status, text=page, content_type="text/html")

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"x-slack-req-id": secrets.token_hex(16)}
        if call.token == self._records.app.bot_token:
            headers["x-oauth-scopes"] = ",".join(sorted(self._records.app.scopes))
        return headers


def _limited(call: Call, retry_after: int) -> web.Response:
    call.status, call.result = 429, {"ok": False, "error": "ratelimited"}
    return web.json_response(call.result, status=429, headers={"Retry-After": str(retry_after)})
