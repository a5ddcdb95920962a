"""Ports for servers that must be told theirs before they listen."""

import contextlib
import os
import random
import socket
from collections.abc import Iterator

_FIRST, _EACH, _WORKERS = 20_000, 1_000, 12
"""Below the ports from which outgoing connections get theirs, each of the workers that test side by side has its own."""


def free_port() -> int:
    """A port that nobody else takes before it is listened on."""
    first = _FIRST + _EACH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS)
    while True:
        port = random.randrange(first, first + _EACH)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def deaf_port(port: int = 0) -> Iterator[int]:
    """A port that is taken and not listened on: whoever connects is refused, for as long as this lasts."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        yield holder.getsockname()[1]
