"""Types the same signed command to two apps in turn, and prints how long each took to acknowledge it, in milliseconds.

A process of its own, so that its waiting is not the bot's: `python -m benchmarks.typist --seconds S NAME=URL NAME=URL`
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.playground.world import SIGNING_SECRET

APPS = 10
EVERY = 0.05
"""Seconds between two commands."""


def _signed(number: int, sink: str) -> tuple[bytes, dict[str, str]]:
    body = {
        "token": "unused",
        "team_id": "T01ACME0001",
        "team_domain": "acme",
        "channel_id": "C01DEPLOYS1",
        "channel_name": "deploys",
        "user_id": "U01ALICE001",
        "user_name": "alice",
        "command": "/rollout",
        "text": f"status app{number % APPS} prod",
        "api_app_id": "A01LEADSMAN",
        "response_url": f"{sink}/commands/{number}",
        "trigger_id": f"{time.time_ns()}.{number}",
    }
    raw, stamp = urlencode(body).encode(), str(int(time.time()))
    digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded"
    return raw, {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}


@contextlib.asynccontextmanager
async def _sink() -> AsyncIterator[str]:
    """Somebody who takes what is answered later."""

    async def taken(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/commands/{number}", taken)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def typed(targets: Mapping[str, str], seconds: float) -> Mapping[str, Sequence[float]]:
    """Milliseconds until each acknowledgement, by target."""
    took: dict[str, list[float]] = {name: [] for name in targets}
    async with _sink() as sink, aiohttp.ClientSession() as session:
        end = time.perf_counter() + seconds
        number = 0
        while time.perf_counter() < end:
            number += 1
            for name, address in targets.items():
                await asyncio.sleep(EVERY * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
                raw, headers = _signed(number, sink)
                began = time.perf_counter()
                async with session.post(address, data=raw, headers=headers) as answer:
                    said = await answer.text()
                took[name].append(1000 * (time.perf_counter() - began))
                if answer.status != 200:
                    raise RuntimeError(f"{name} answered {answer.status}: {said[:200]}")
    return took


def main() -> None:
    """Type, then print JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("targets", nargs="+")
    options = parser.parse_args()
    targets = dict(one.split("=", 1) for one in options.targets)
    print(json.dumps(asyncio.run(typed(targets, options.seconds))))


if __name__ == "__main__":
    main()
