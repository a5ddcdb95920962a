"""Our patches at an API server: taken where the Rollout still is what they were written for, and refused as a whole where it is not."""

import json
from collections.abc import AsyncIterator, Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Cluster
from strategies.argo.objects import Objects
from strategies.argo.writes import Patch
from strategies.model import Claim
from tests.strategies.argo.requests import Asked, Thing, asked, content, ours, patched, rollout_of, write_of
from tests.strategies.argo.stale import GUARDS, always, changed

MOMENTS = (
    ("02-canary-basic", "set image"),
    ("02-canary-basic", "promote"),
    ("08c-analysis-inconclusive-promote", "promote"),
    ("05-spec-paused", "promote"),
    ("14d-promote-during-analysis", "promote"),
    ("04-promote-full", "promote web --full"),
    ("05-spec-paused", "promote web --full"),
    ("05-spec-paused", "pause"),
    ("05-spec-paused", "resume"),
    ("03-abort-retry-undo", "abort"),
    ("03-abort-retry-undo", "retry"),
    ("09h-bluegreen-abort-late-retry", "retry"),
    ("03-abort-retry-undo", "undo"),
    ("11a-restart", "restart"),
)
_PATH = "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts"
_JSON_PATCH, _JSON = "application/json-patch+json", "application/json"


class Server:
    """An API server whose controllers do nothing to Rollouts."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session, self._url, self._token = session, url, token

    async def ask(self, method: str, path: str, body: Any = None, kind: str = _JSON) -> tuple[int, Thing]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body)
        async with self._session.request(method, self._url + _PATH + path, headers=headers, data=data) as answer:
            return answer.status, await answer.json()

    async def place(self, objects: Objects) -> Objects:
        """The objects with their Rollout made anew here, and taken up by its controller."""
        await self.ask("DELETE", "/web")
        rollout = deepcopy(rollout_of(objects))
        before, metadata = (
            rollout["metadata"]["uid"],
            {"name": "web", "annotations": rollout["metadata"]["annotations"]},
        )
        _, made = await self.ask("POST", "", rollout | {"metadata": metadata})
        status = rollout["status"] | {"observedGeneration": str(made["metadata"]["generation"])}
        _, made = await self.ask("PUT", "/web/status", made | {"status": status})
        sets = json.loads(json.dumps(list(objects.sets)).replace(before, made["metadata"]["uid"]))
        return replace(objects, rollout=made, sets=sets)

    async def put(self, rollout: Thing) -> None:
        """What somebody else wrote."""
        _, made = await self.ask("PUT", "/web", rollout)
        status, _ = await self.ask("PUT", "/web/status", made | {"status": rollout["status"]})
        assert status == 200

    async def send(self, written: Iterable[Patch]) -> int:
        """The answer to the last patch that was sent; one that is refused ends it."""
        status = 0
        for patch in written:
            path = f"/{patch.name}/status" if patch.subresource else f"/{patch.name}"
            status, _ = await self.ask("PATCH", path, [dict(one) for one in patch.operations], _JSON_PATCH)
            if status != 200:
                break
        return status


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    cluster = Cluster(PlaygroundClock(100))
    cluster.rollouts_running = False
    await cluster.start()
    config = cluster.kubeconfig()
    url, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
    async with aiohttp.ClientSession() as session:
        yield Server(session, url, token)
    await cluster.stop()


def _asked(name: str, words: str) -> Asked:
    return next(one for one in asked(name) if one.words.startswith(words))


@pytest.mark.parametrize(("name", "words"), MOMENTS)
async def test_the_server_makes_of_our_patches_what_they_say(server: Server, name: str, words: str) -> None:
    one = _asked(name, words)
    here = replace(one, objects=await server.place(one.objects))
    write, container = write_of(here)
    written = patched(replace(write, claim=Claim("leadsman", "r1", 4)), here.objects, container)
    assert isinstance(written, tuple), written
    assert await server.send(written) == 200
    _, found = await server.ask("GET", "/web")
    assert content({"rollouts": found}) == content(ours(here.objects, written))
    assert found["metadata"]["annotations"]["leadsman.dev/rollout"] == "leadsman/r1/4"


@pytest.mark.parametrize(("name", "words"), MOMENTS)
async def test_the_server_refuses_our_patches_for_a_rollout_that_changed(server: Server, name: str, words: str) -> None:
    one = _asked(name, words)
    for change in (*always(write_of(one)[0]), *GUARDS[write_of(one)[0].verb]):
        here = replace(one, objects=await server.place(one.objects))
        write, container = write_of(here)
        written = patched(write, here.objects, container)
        assert isinstance(written, tuple), written
        await server.put(rollout_of(changed(here.objects, change)))
        _, before = await server.ask("GET", "/web")
        assert await server.send(written) == 422
        _, after = await server.ask("GET", "/web")
        assert after == before
