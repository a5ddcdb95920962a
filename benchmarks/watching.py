"""What is asked of a cluster while many rollouts live in it and nothing changes: watches, and nothing else; and how fast an event arrives.

On the emulated API server, with as many rollouts as it carries: it shares the process and the cores.
"""

import asyncio
import json
import time
from collections.abc import Sequence

from benchmarks.emulated import Emulated, emulated
from benchmarks.figure import Figure, Scale, percentile
from bot.adapters.kubernetes import DEPLOYMENTS
from bot.playground import shop

STEPS = json.dumps([{"setWeight": 25}, {"pause": {}}])
EVENTS = 20


def measure(scale: Scale) -> Sequence[Figure]:
    """All of them at a pause that only a person ends."""
    return asyncio.run(_measured(20 if scale.seconds < 10 else 100, scale.seconds))


async def _measured(count: int, seconds: float) -> Sequence[Figure]:
    apps = [f"app{number}" for number in range(count)]
    async with emulated(apps, STEPS, replicas=4, speed=10) as found:
        ids = [await found.deploy(app) for app in apps]
        await asyncio.gather(*(found.at(one, 1) for one in ids))
        await found.core.engine.idle()
        await asyncio.sleep(2)
        found.playground.cluster.requests.clear()
        await asyncio.sleep(seconds)
        asked = found.requests("get", "list", "create", "patch", "update", "delete")
        ours, bare = await _events(found, apps[0])
    name = f"emulated cluster, {count} live"
    return (
        Figure(
            f"{name}: requests a minute but watches, idle", 60 * len(asked) / seconds, 1, "", "none allowed", limit=0.0
        ),
        Figure(
            "an event wakes its rollout, p50", percentile(ours, 50), percentile(bare, 50), "ms", "a bare raw watch", 2.0
        ),
    )


async def _events(found: Emulated, app: str) -> tuple[list[float], list[float]]:
    """Milliseconds from a change until the observer calls, and until a bare watch of the same client has read its line."""
    kubernetes = found.core.clusters["demo"].kubernetes
    woken, read = asyncio.Event(), asyncio.Event()
    found.core.observer.subscribe(lambda _: woken.set())
    listing = await kubernetes.list(DEPLOYMENTS, shop.NAMESPACE)

    async def bare() -> None:
        async for _ in kubernetes.watch(DEPLOYMENTS, shop.NAMESPACE, listing.resource_version, lasts=60, silence=60):
            read.set()

    watching = asyncio.create_task(bare())
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(EVENTS):
        await asyncio.sleep(0.1)
        woken.clear()
        read.clear()
        thing = found.playground.cluster.get("Deployment", shop.NAMESPACE, app)
        assert thing is not None
        thing["metadata"].setdefault("labels", {})["seen"] = str(number)
        began = time.perf_counter()
        await found.playground.cluster.apply(thing)
        await asyncio.gather(_noted(woken, began, ours), _noted(read, began, theirs))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return ours, theirs


async def _noted(event: asyncio.Event, began: float, took: list[float]) -> None:
    await asyncio.wait_for(event.wait(), 30)
    took.append(1000 * (time.perf_counter() - began))
