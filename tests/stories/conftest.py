from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.bench import Bench, opened


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with opened(tmp_path) as found:
        yield found
