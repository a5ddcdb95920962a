"""How many writes of the API server a canary with two weights takes, from its start to the version that is live."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence

from benchmarks.emulated import emulated
from benchmarks.figure import Figure, Scale
from strategies.model import Outcome

ALLOWED = 24
STEPS = json.dumps(
    [{"setWeight": 10}, {"pause": {"duration": "10s"}}, {"setWeight": 50}, {"pause": {"duration": "10s"}}]
)


def measure(scale: Scale) -> Sequence[Figure]:
    """Counted at the API server."""
    return asyncio.run(_measured())


async def _measured() -> Sequence[Figure]:
    async with emulated(["first"], STEPS, replicas=10, speed=50) as found:
        rollout = await found.at(await found.deploy("first"), 99)
        assert rollout.outcome is Outcome.HEALTHY, (rollout.outcome, rollout.why)
        verbs = Counter(one.verb for one in found.requests("create", "patch", "update", "delete"))
    writes = sum(verbs.values())
    return [Figure("API writes of a two-weight canary", writes, ALLOWED, "", "the design's bound", limit=1.0)]
