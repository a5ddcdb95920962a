"""The internal listener's view on the process: is it alive, is it ready, what has it counted.

Neither probe looks at Slack: a Slack outage must not restart the pod, which holds the cards until Slack is back.
"""

from collections.abc import Callable, Iterable, Sequence

from aiohttp import web

from bot.clock import Clock
from bot.metrics import CONTENT_TYPE, Metrics

PATIENCE = 30.0
"""Real seconds without a tick of the engine after which the process counts as hung."""


def internal_app(
    clock: Clock,
    metrics: Metrics,
    last_tick: Callable[[], float],
    waiting_for: Callable[[], Sequence[str]],
    routes: Iterable[web.AbstractRouteDef] = (),
) -> web.Application:
    """The application of the internal listener.

    `last_tick`: when the engine's tick ran last, in the clock's monotonic seconds. `waiting_for`: what has to come
    before the process can do its work, in words for people; empty when it is ready. `routes`: further ones, the API's.
    """

    async def healthz(_: web.Request) -> web.Response:
        age = clock.monotonic() - last_tick()
        answer = {"alive": age <= PATIENCE, "lastTickSeconds": round(age, 3)}
        return web.json_response(answer, status=200 if age <= PATIENCE else 503)

    async def readyz(_: web.Request) -> web.Response:
        missing = list(waiting_for())
        return web.json_response({"ready": not missing, "waitingFor": missing}, status=503 if missing else 200)

    async def counted(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", counted), *routes])
    return app
