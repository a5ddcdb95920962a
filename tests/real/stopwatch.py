"""How long a process takes by itself, whatever the machine does meanwhile."""

import asyncio
import os
from pathlib import Path

_EVERY = 0.01
"""Real seconds between two looks."""
_LONGEST = 0.05
"""Real seconds between two looks beyond which it is we who stood still."""


async def own_seconds(process: int) -> float:
    """Until the process has ended: how long it computed, or waited for something that is not the machine.

    While a part of it wants a core that others have, waits for the disk, or was stopped, only what it computed counts.
    """
    loop = asyncio.get_running_loop()
    waited, before = 0.0, loop.time()
    begun = computed = _computed(process)
    while states := _states(process):
        await asyncio.sleep(_EVERY)
        now, computed = loop.time(), max(computed, _computed(process))
        if states == {"S"}:
            waited += min(now - before, _LONGEST)
        before = now
    return waited + computed - begun


def _states(process: int) -> set[str]:
    """The states of its threads, as proc(5) has them; none once it has ended."""
    threads = map(_fields, Path(f"/proc/{process}/task").glob("*/stat"))
    return {fields[0] for fields in threads if fields} - {"Z", "X"}


def _computed(process: int) -> float:
    """The seconds for which it had a core, 0 once it has ended."""
    fields = _fields(Path(f"/proc/{process}/stat"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _fields(stat: Path) -> list[str]:
    """What stands there from the state on; nothing once it has gone."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
