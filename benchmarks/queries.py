"""How many queries reach Prometheus when many rollouts ask the same things of the same moment: one for each text and time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from benchmarks.figure import Figure, Scale
from bot.adapters.prometheus import Prometheus, measuring_threads
from bot.playground.clock import PlaygroundClock
from bot.playground.world import Playground

ASKERS = 100
TEXTS = [f'sum(rate(http_requests_total{{status!~"{digit}.."}}[1m]))' for digit in range(5)]
TIMES = 2


def measure(scale: Scale) -> Sequence[Figure]:
    """Counted at the server."""
    return asyncio.run(_measured())


async def _measured() -> Sequence[Figure]:
    playground = Playground(PlaygroundClock(), scopes=(), commands=())
    await playground.start()
    asked: list[str] = []

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked.append(request.path)
        return await handler(request)

    application = playground.prometheus.app()
    application.middlewares.append(counted)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    with measuring_threads() as threads:
        server = Prometheus(f"http://{host}:{port}", executor=threads)
        now = PlaygroundClock().now()
        moments = [now - timedelta(seconds=15 * number) for number in range(TIMES)]
        await asyncio.gather(*(server.query(text, at) for _ in range(ASKERS) for text in TEXTS for at in moments))
    await runner.cleanup()
    await playground.stop()
    name = f"queries for {ASKERS * len(TEXTS) * TIMES:,} measurements"
    return [Figure(name, len(asked), len(TEXTS) * TIMES, "", "texts × times", limit=1.0)]
