"""A cluster for each test, and installations in it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.survival.installation import Installation
from tests.survival.world import World

Install = Callable[..., Installation]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.start()
    yield world
    await world.stop()


@pytest.fixture
async def install(world: World, tmp_path: Path) -> AsyncIterator[Install]:
    """Makes an installation for these apps; whatever bot still lives at the end of the test is killed."""
    made: list[Installation] = []

    def one(*apps: str, instance: str = "leadsman", folder: str = "one", **more: object) -> Installation:
        made.append(Installation(world, tmp_path / folder, apps, instance, **more))  # type: ignore[arg-type]
        return made[-1]

    yield one
    world.undisturbed()
    for installation in made:
        await installation.close()
