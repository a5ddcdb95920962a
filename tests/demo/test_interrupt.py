"""Ctrl-C ends a headless demo whatever it is doing at that moment: no await on the way swallows it."""

import asyncio
import json
import sys


async def test_a_story_that_is_interrupted_at_any_moment_ends_there() -> None:
    """A story does not take the same number of rounds each time, so that one may be over before it is interrupted."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.demo.interrupting", stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    found = json.loads(printed)
    assert found["whole"] == "DONE"
    assert found["at its end"] == "interrupted"
    assert "interrupted" in found["ends"]
    assert set(found["ends"]) <= {"interrupted", "too early"}
