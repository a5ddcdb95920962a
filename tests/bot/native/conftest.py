from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.kubernetes import Behaviour
from tests.bot.native.shop import Shop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    behaviours = {
        "ghcr.io/acme/checkout:crash": Behaviour(outcome="crash-loop"),
        "ghcr.io/acme/checkout:missing": Behaviour(outcome="image-pull-backoff"),
    }
    async with opened(tmp_path, behaviours) as opened_shop:
        yield opened_shop
