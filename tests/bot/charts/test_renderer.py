"""PNGs are made in a process of their own, with the fonts that ship with the package, and nothing that happens there
harms the bot."""

import asyncio
import os
import re
import signal
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.charts import ChartRenderer, render_svg
from bot.errors import PermanentError, TemporaryError
from tests.bot.charts.examples import TOO_SLOW

SVG = render_svg(TOO_SLOW)
PATIENCE = 120.0
"""Real seconds for what must be drawn, however slow the machine is."""


@pytest.fixture
async def renderer() -> AsyncIterator[ChartRenderer]:
    made = ChartRenderer(timeout=PATIENCE)
    await made.start()
    yield made
    await made.stop()


def workers() -> list[int]:
    """Our children that draw."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"charts/worker.py" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except FileNotFoundError:
            continue
    return found


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def ink(png: bytes) -> int:
    """How many pixels are neither white nor clear."""
    columns, rows = struct.unpack(">II", png[16:24])
    chunks, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        chunks += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    raw, before, count = zlib.decompress(chunks), bytes(4 * columns), 0
    for row in range(rows):
        start = row * (4 * columns + 1)
        before = _unfiltered(raw[start], raw[start + 1 : start + 1 + 4 * columns], before)
        count += sum(
            before[spot : spot + 3] != b"\xff\xff\xff" and before[spot + 3] > 0 for spot in range(0, len(before), 4)
        )
    return count


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    out = bytearray(row)
    for spot, value in enumerate(row):
        left, upper_left = (out[spot - 4], above[spot - 4]) if spot >= 4 else (0, 0)
        guess = left + above[spot] - upper_left
        paeth = min((left, above[spot], upper_left), key=lambda near: abs(guess - near))
        out[spot] = (value + (0, left, above[spot], (left + above[spot]) // 2, paeth)[kind]) & 255
    return bytes(out)


async def test_a_chart_becomes_a_png_of_its_size(renderer: ChartRenderer) -> None:
    png = await renderer.png(SVG)
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (1200, 640)
    assert len(png) < 150_000


async def test_the_text_is_really_there(renderer: ChartRenderer) -> None:
    small = SVG.replace('width="1200" height="640" font', 'width="300" height="160" font')
    with_text, without = await renderer.png(small), await renderer.png(re.sub("<text.*?</text>", "", small))
    assert ink(with_text) > ink(without) + 1_000


async def test_the_loop_goes_on_while_a_chart_is_drawn(renderer: ChartRenderer) -> None:
    """The worker stands still in the middle of it: whoever waited for it with the loop would wait for ever."""
    (worker,) = workers()
    os.kill(worker, signal.SIGSTOP)
    drawing = asyncio.create_task(renderer.png(SVG))
    for _ in range(20):
        await asyncio.wait([drawing], timeout=0.001)
    assert not drawing.done()
    os.kill(worker, signal.SIGCONT)
    assert (await drawing).startswith(b"\x89PNG")


async def test_a_worker_that_died_is_replaced_unnoticed(renderer: ChartRenderer) -> None:
    (first,) = workers()
    os.kill(first, signal.SIGKILL)
    assert (await renderer.png(SVG)).startswith(b"\x89PNG")
    assert workers() != [first]


async def test_a_worker_that_hangs_is_replaced_after_the_timeout() -> None:
    renderer = ChartRenderer(timeout=PATIENCE)
    await renderer.start()
    hurried = ChartRenderer(timeout=0.3)
    hurried._process, renderer._process = renderer._process, None
    os.kill(workers()[0], signal.SIGSTOP)
    with pytest.raises(TemporaryError, match=r"within 0.3 s"):
        await hurried.png(SVG)
    assert workers() == []
    await hurried.stop()


async def test_a_worker_that_is_slow_to_start_keeps_the_bot_from_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "worker.py"
    slow.write_text("import signal\nsignal.pause()")
    monkeypatch.setattr("bot.charts.renderer.WORKER", slow)
    await ChartRenderer(timeout=0.2).start()
    assert workers() == []


async def test_a_worker_that_cannot_start_is_an_error_and_not_a_hang(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit(1)")
    monkeypatch.setattr("bot.charts.renderer.WORKER", broken)
    with pytest.raises(TemporaryError, match="died twice"):
        await ChartRenderer(timeout=PATIENCE).png(SVG)


async def test_what_is_no_svg_is_refused_with_the_reason_and_the_worker_stays(renderer: ChartRenderer) -> None:
    before = workers()
    with pytest.raises(PermanentError, match="could not be drawn"):
        await renderer.png("<svg")
    assert await renderer.png(SVG)
    assert workers() == before


async def test_who_gives_up_waiting_does_not_get_the_next_one_a_wrong_answer(renderer: ChartRenderer) -> None:
    right = await renderer.png(SVG)
    drawing = asyncio.create_task(renderer.png(SVG.replace("412", "999")))
    await asyncio.wait([drawing], timeout=0.005)
    drawing.cancel()
    assert await renderer.png(SVG) == right


async def test_charts_asked_for_at_once_are_drawn_one_after_the_other(renderer: ChartRenderer) -> None:
    titles = [SVG.replace("412 ms", f"{number} ms") for number in range(4)]
    together = await asyncio.gather(*(renderer.png(svg) for svg in titles))
    assert together == [await renderer.png(svg) for svg in titles]


async def test_the_worker_gets_no_secret_and_is_gone_after_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-s3cret")
    renderer = ChartRenderer(timeout=PATIENCE)
    await renderer.start()
    (worker,) = workers()
    assert b"s3cret" not in environment(worker)
    await renderer.stop()
    await renderer.stop()
    assert workers() == []
