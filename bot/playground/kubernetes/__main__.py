"""The cluster as a process of its own: `python -m bot.playground.kubernetes --port N` prints the address and serves until it is ended."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes.cluster import Cluster


async def _serve(arguments: argparse.Namespace) -> None:
    cluster = Cluster(PlaygroundClock(arguments.speed))
    url = await cluster.start(arguments.host, arguments.port)
    if arguments.kubeconfig is not None:
        text = json.dumps(cluster.kubeconfig(), indent=2)
        await asyncio.to_thread(arguments.kubeconfig.write_text, text, encoding="utf-8")
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await cluster.stop()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bot.playground.kubernetes", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 takes a free one")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the playground in one real second")
    parser.add_argument("--kubeconfig", type=Path, help="write the administrator's kubeconfig to this file")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
