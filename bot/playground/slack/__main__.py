"""`python -m bot.playground.slack --port 8080`: the workspace alone, for an app you run beside it."""

import argparse
import asyncio
import contextlib
import sys

from bot.playground.clock import PlaygroundClock
from bot.playground.slack import Workspace

SCOPES = (
    "app_mentions:read,channels:history,channels:join,channels:read,chat:write,commands,files:read,files:write,im:write,"
    "reactions:write,usergroups:read,users:read,users:read.email"
)


async def serve(options: argparse.Namespace) -> None:
    """Serve until interrupted."""
    workspace = Workspace(
        PlaygroundClock(),
        signing_secret=options.signing_secret,
        bot_token=options.bot_token,
        app_token=options.app_token,
        scopes=options.scopes.split(","),
        events=("app_mention", "app_home_opened"),
    )
    workspace.events_url = options.events_url
    address = await workspace.start(options.host, options.port)
    over = f"signed requests to {options.events_url}" if options.events_url else "Socket Mode"
    sys.stdout.write(
        f"Slack page  {address}\nWeb API     {address}/api/\nThe app is reached by {over}. Ctrl-C ends it.\n"
    )
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await workspace.stop()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m bot.playground.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--events-url", help="where signed requests go; without it, Socket Mode")
    parser.add_argument("--signing-secret", default="playground-signing-secret")
    parser.add_argument("--bot-token", default="xoxb-playground")
    parser.add_argument("--app-token", default="xapp-playground")
    parser.add_argument("--scopes", default=SCOPES, help="the bot token's scopes, with commas")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
