"""Socket Mode in trouble: events flow again, and what people did is not lost."""

import asyncio
from pathlib import Path

from bot.playground.shop import GOOD
from bot.playground.world import Playground
from tests.end_to_end.books import all_is_right
from tests.end_to_end.stage import PATIENCE, Installation, staged


async def test_after_a_refused_handshake_events_flow(tmp_path: Path) -> None:
    def refuse(playground: Playground) -> None:
        playground.slack.faults.refused_handshakes = 1

    async with staged(tmp_path, Installation(socket_mode=True), before=refuse) as stage:
        status, said = await stage.get("/readyz")
        assert (status, "the connection to Slack" in said) == (503, True)
        await asyncio.wait_for(stage.slack.sockets.opened(), PATIENCE)
        await stage.type("alice", "/rollout list")
        await stage.tells("alice", "Nothing is on its way")

        async def ready() -> bool:
            return (await stage.get("/readyz"))[0] == 200

        await stage.until(ready, "readiness")
        assert (await stage.get("/healthz"))[0] == 200


async def test_a_socket_cut_in_the_middle_of_a_story_is_replaced_and_the_story_goes_on(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation(socket_mode=True)) as stage:
        await stage.type("alice", f"/deploy checkout {GOOD} prod")
        await stage.shows("1 more approval needed")
        stage.slack.sockets.drop()
        await asyncio.wait_for(stage.slack.sockets.opened(2), PATIENCE)
        await stage.press("bob", "Approve")
        await stage.slack.sockets.ask_to_leave("refresh_requested")
        await asyncio.wait_for(stage.slack.sockets.opened(3), PATIENCE)
        await stage.shows(f"{GOOD} is live")
        await all_is_right(stage)
