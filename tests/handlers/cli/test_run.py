"""`leadsman run`: what keeps it from starting is said at once, and Ctrl-C ends it with the shell's own code."""

import asyncio
import os
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from bot.playground.world import Playground
from handlers.cli.exits import Exit
from tests.handlers.cli.conftest import PATIENCE, Shell
from tests.real.ports import free_port

LEADSMAN = str(Path(sys.executable).parent / "leadsman")


def test_without_settings_it_says_all_that_is_missing_and_where_to_get_it(shell: Shell) -> None:
    ended = shell("run")
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    first, second = ended.err.splitlines()
    assert first == "SLACK_BOT_TOKEN: it is not set. Copy the Bot User OAuth Token (xoxb-…) of your Slack app."
    assert second.startswith("SLACK_APP_TOKEN: neither it nor SLACK_SIGNING_SECRET is set.")


def test_without_a_configuration_it_says_so(shell: Shell) -> None:
    ended = shell("run", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1")
    assert ended.code == Exit.USAGE
    assert "leadsman help configuration" in ended.err


@pytest.mark.parametrize("which", ["LEADSMAN_LISTEN", "LEADSMAN_INTERNAL"])
async def test_a_port_that_is_taken_is_one_sentence(shell: Shell, playground: Playground, which: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        settings = {"LEADSMAN_LISTEN": "127.0.0.1:0", "LEADSMAN_INTERNAL": "127.0.0.1:0", which: address}
        code, said = await _run(shell, settings)
    assert code == Exit.USAGE
    assert f"Leadsman cannot listen on {address}" in said
    assert f"or set {which}." in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.DONE)])
async def test_it_runs_until_it_is_told_to_stop(
    shell: Shell, playground: Playground, number: signal.Signals, code: Exit
) -> None:
    internal = free_port()
    settings = {"LEADSMAN_LISTEN": "127.0.0.1:0", "LEADSMAN_INTERNAL": f"127.0.0.1:{internal}"}
    process = await _start(shell, settings)
    try:
        while await asyncio.to_thread(_ready, internal) != 200:
            assert process.returncode is None
            await asyncio.sleep(0.05)
    finally:
        process.send_signal(number)
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == code, said.decode()
    assert b"Traceback" not in said
    assert b"xoxb-" not in said


def _ready(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE) as answer:
            return int(answer.status)
    except OSError:
        return 0


async def _run(shell: Shell, settings: dict[str, str]) -> tuple[int | None, str]:
    process = await _start(shell, settings)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode, (out + err).decode()


async def _start(shell: Shell, settings: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        LEADSMAN,
        "run",
        cwd=shell.folder,
        env={**os.environ, **shell.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
