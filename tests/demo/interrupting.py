"""Plays a headless story again and again, each time interrupted in another round of the event loop, and once in
the step in which the people have done their last; prints what it came to.

A program of its own: what was half started when the interruption came is left to the end of the process, as in a terminal.
"""

import asyncio
import contextlib
import importlib
import io
import json
import tempfile
from pathlib import Path

from bot.log import set_up
from bot.playground import scenarios
from bot.playground.scenarios import Scenario
from bot.playground.world import Playground
from handlers.cli.exits import Exit

demo = importlib.import_module("handlers.cli.demo")

SPEED = 1000.0
STORY = scenarios.SCENARIOS["crash-loop"]
PARTS = 10


class Loop(asyncio.SelectorEventLoop):
    """Goes round as ever, and cancels the story in one round, as asyncio does at a signal."""

    def __init__(self, interrupted_in: int | None) -> None:
        super().__init__()
        self.rounds = 0
        self._interrupted_in = interrupted_in
        self._story: asyncio.Task[Exit] | None = None

    def play(self, folder: Path) -> Exit:
        """The story, from its beginning to its end."""
        self._story = self.create_task(demo._headless(folder, STORY, SPEED))
        return self.run_until_complete(self._story)

    def _run_once(self) -> None:
        self.rounds += 1
        if self.rounds == self._interrupted_in:
            self.interrupt()
        super()._run_once()  # type: ignore[misc]

    def interrupt(self) -> None:
        """Cancel the story, now."""
        assert self._story is not None
        self._story.cancel()


def played(interrupted_in: int | None, *, interrupted_at_its_end: bool = False) -> tuple[str, int]:
    """How the story ended, and in how many rounds. One that was over before its round came was "too early"."""
    loop = Loop(interrupted_in)

    async def play(story: Scenario, playground: Playground) -> None:
        await scenarios.play(story, playground)
        if interrupted_at_its_end:
            loop.interrupt()

    demo.play = play
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.get_loop()
        try:
            ended = loop.play(Path(folder)).name
        except asyncio.CancelledError:
            return "interrupted", loop.rounds
        return ("too early" if interrupted_in and loop.rounds < interrupted_in else ended), loop.rounds


if __name__ == "__main__":
    set_up(level=50)
    with contextlib.redirect_stdout(io.StringIO()):
        whole, rounds = played(None)
        ends = [played(rounds * part // PARTS)[0] for part in range(1, PARTS)]
        at_its_end, _ = played(None, interrupted_at_its_end=True)
    print(json.dumps({"whole": whole, "ends": ends, "at its end": at_its_end}))  # noqa: T201
