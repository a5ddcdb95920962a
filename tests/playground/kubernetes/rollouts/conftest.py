"""An empty cluster for tests of the Rollouts controller."""

from collections.abc import AsyncIterator

import pytest

from tests.playground.kubernetes.rollouts.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An empty cluster."""
    made = World()
    await made.cluster.start()
    yield made
    await made.cluster.stop()
