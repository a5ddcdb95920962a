"""A process killed around any commit leaves exactly the commits before it, and nothing of the next."""

import asyncio
import subprocess
import sys
from pathlib import Path

from bot.clock import ManualClock
from bot.store import Store
from tests.bot.store.killed import COMMITS, picture, story


class EnoughError(Exception):
    pass


def stop_after(commits: int):
    """A witness that lets that many commits through and breaks off the next."""
    done = []

    def witness(moment: str) -> None:
        if moment.startswith("before") and not moment.endswith("forget"):
            done.append(moment)
            if len(done) > commits:
                raise EnoughError

    return witness


async def pictures_by_commits(new_address) -> list[tuple]:
    """What the store holds after 0, 1, … commits, when nobody is killed."""
    found = []
    for commits in range(COMMITS + 1):
        store = Store.open(new_address(), clock=ManualClock(), witness=stop_after(commits))
        await store.migrate()
        try:
            await story(store)
        except EnoughError:
            pass
        else:
            assert commits == COMMITS
        store._database._witness = lambda what: None
        found.append(await picture(store))
        await store.close()
    return found


async def migrated(address: str) -> str:
    store = Store.open(address, clock=ManualClock())
    await store.migrate()
    await store.close()
    return address


async def test_a_process_killed_before_or_after_any_commit_leaves_all_or_nothing_of_it(new_address):
    expected = await pictures_by_commits(new_address)
    assert all(expected[n] != expected[n + 1] for n in range(COMMITS))
    addresses = [await migrated(new_address()) for _ in range(2 * COMMITS)]
    command = [sys.executable, "-m", "tests.bot.store.killed", *addresses]
    await asyncio.to_thread(subprocess.run, command, check=True, cwd=Path(__file__).parents[3])
    for moment, address in enumerate(addresses):
        store = Store.open(address, clock=ManualClock())
        found = await picture(store)
        await store.close()
        assert found == expected[(moment + 1) // 2], f"killed at moment {moment}"
