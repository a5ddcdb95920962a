from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.kubernetes import Kubernetes
from tests.bot.adapters.kubernetes.servers import Server, connected, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server that answers as the test tells it."""
    server = Server()
    async with serving(server.answer) as url:
        server.url = url
        yield server


@pytest.fixture
async def cluster(server: Server, tmp_path: Path) -> AsyncIterator[Kubernetes]:
    """Our client, connected to `server`."""
    async with connected(tmp_path, server.url) as kubernetes:
        yield kubernetes
