"""How soon Slack has its answer to a command while a thousand rollouts live and move, against a bare Bolt app in the same run.

Four processes: the whole bot, the bare app, Slack, and the typist who asks both in turn. The bot's clusters are in memory, for the
emulated ones would take the cores that the figure is about; the rest is as it runs.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure, Scale, percentile
from benchmarks.fleet import PAUSE
from benchmarks.hello import PATH
from benchmarks.ready import free_port
from benchmarks.surfaces import fronted, listening, process, slack


def measure(scale: Scale) -> Sequence[Figure]:
    """p50 and p99."""
    return asyncio.run(_measured(scale.rollouts, scale.seconds))


async def _measured(count: int, seconds: float) -> Sequence[Figure]:
    port = free_port()
    pauses = [2 + number * PAUSE.total_seconds() / count for number in range(count)]
    with TemporaryDirectory(prefix="leadsman-bench-") as folder:
        base = str(Path(folder) / "bare.db")
        async with (
            slack() as api,
            process("benchmarks.hello", "--port", str(port), "--api", api, "--base", base),
            listening(port),
            fronted(pauses, api) as found,
        ):
            took = await _typed(seconds, ours=str(found.settings.listen), bare=f"127.0.0.1:{port}")
    name, against = f"ack to Slack, {count:,} live", "bare Bolt, one durable INSERT"
    return [
        Figure(f"{name}, p{rank}", percentile(took["ours"], rank), percentile(took["bare"], rank), "ms", against, limit)
        for rank, limit in ((50, None), (99, 1.5))
    ]


async def _typed(seconds: float, **places: str) -> dict[str, list[float]]:
    targets = [f"{name}=http://{place}{PATH}" for name, place in places.items()]
    run = ("benchmarks.typist", "--seconds", str(seconds), *targets)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *run, stdout=PIPE)
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the typist failed; see above")
    took: dict[str, list[float]] = json.loads(said)
    return {name: times[5:] for name, times in took.items()}
