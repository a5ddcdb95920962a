"""Memory with many rollouts alive, against a process that only imports the libraries. The chart's worker is another process."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure, Scale
from benchmarks.ready import IMPORTS
from benchmarks.surfaces import fronted, slack

_RESIDENT = "print([one.split()[1] for one in open('/proc/self/status') if one.startswith('VmRSS')][0])"


def measure(scale: Scale) -> Sequence[Figure]:
    """With the usual number of rollouts; this process holds the crowd of their targets too."""
    bare = subprocess.run([sys.executable, "-c", f"{IMPORTS}\n{_RESIDENT}"], check=True, capture_output=True, text=True)
    peer = int(bare.stdout) / 1024
    mine = asyncio.run(_measured(scale.rollouts))
    return [Figure(f"memory, {scale.rollouts:,} live", mine, peer, "MiB", "python importing the libraries", limit=2.0)]


async def _measured(count: int) -> float:
    async with slack() as api, fronted((3600.0 for _ in range(count)), api):
        await asyncio.sleep(2)
        return _resident()


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
