from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.argo.place import Place, opened, rollout


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A canary at rest with v1, and the bot started."""
    async with opened(tmp_path, rollout()) as made:
        await made.healthy()
        await made.start()
        yield made
