"""The bare peer of the acknowledgement: a Bolt app with one command, which inserts one durable row and says so.

`python -m benchmarks.hello --port N --api URL --base FILE`
"""

import argparse
import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.world import BOT_TOKEN, SIGNING_SECRET

PATH = "/slack/events"


def application(api: str, base: str) -> web.Application:
    """Bolt as its own documentation sets it up, and a thread for the database."""
    thread = ThreadPoolExecutor(1)
    database = thread.submit(_opened, base).result()
    app = AsyncApp(client=AsyncWebClient(BOT_TOKEN, base_url=api), signing_secret=SIGNING_SECRET)

    async def hello(ack: AsyncAck, body: dict[str, str]) -> None:
        row = (body["trigger_id"], body["text"])
        await asyncio.wrap_future(thread.submit(database.execute, "INSERT INTO inbox (key, body) VALUES (?, ?)", row))
        await ack("Hello.")

    app.command("/rollout")(hello)
    found: web.Application = app.web_app(PATH)
    return found


def _opened(base: str) -> sqlite3.Connection:
    database = sqlite3.connect(base, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)")
    return database


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--base", required=True)
    options = parser.parse_args()
    web.run_app(
        application(options.api, options.base), host="127.0.0.1", port=options.port, print=None, access_log=None
    )


if __name__ == "__main__":
    main()
