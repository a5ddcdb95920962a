"""Watches: the recorded ones, and all the ways in which they end."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.kubernetes import CONFIGMAPS, PODS, Kubernetes, WatchEvent
from bot.adapters.kubernetes.answers import Call
from bot.adapters.kubernetes.stream import events
from bot.errors import Expired, ServerFailed, Throttled, Unauthenticated, Unreachable
from tests.bot.adapters.kubernetes.recorded import exchanges, title
from tests.bot.adapters.kubernetes.servers import IMPATIENT, Server, connected, hangs, says, streams

WATCHES = exchanges("watches")
CALL = Call("prod-eu", "watch", "configmaps shop")


def lines(exchange: dict[str, Any]) -> list[bytes]:
    """The stream as it was sent."""
    return [
        json.dumps({"type": event["type"], "object": event["object"]}).encode() + b"\n"
        for event in exchange["response"]["stream"]
    ]


def told(exchange: dict[str, Any]) -> list[WatchEvent]:
    """What our client must make of it, errors aside."""
    stream = exchange["response"]["stream"]
    return [WatchEvent(event["type"], event["object"]) for event in stream if event["type"] != "ERROR"]


async def pieces(chunks: Sequence[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def read(watch: AsyncIterator[WatchEvent]) -> tuple[list[WatchEvent], Exception | None]:
    """Everything until the end, and what it ended with."""
    seen: list[WatchEvent] = []
    try:
        async for event in watch:
            seen.append(event)
    except (Expired, Unreachable, ServerFailed) as error:
        return seen, error
    return seen, None


async def test_each_recorded_watch_is_read_event_by_event_to_its_recorded_end(
    server: Server, cluster: Kubernetes
) -> None:
    for exchange in WATCHES:
        server.will(streams(*lines(exchange)))
        seen, error = await read(cluster.watch(CONFIGMAPS, "shop", "1"))
        assert seen == told(exchange), title(exchange)
        expired = any(event["type"] == "ERROR" for event in exchange["response"]["stream"])
        assert isinstance(error, Expired) if expired else error is None, title(exchange)


async def test_a_watch_asks_for_bookmarks_an_end_and_the_events_after_a_moment(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(streams())
    await read(cluster.watch(CONFIGMAPS, "shop", "178105", selector="app=web", lasts=240.4))
    assert server.asked[0].query == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "178105",
        "timeoutSeconds": "240",
        "labelSelector": "app=web",
    }


LONGEST = max(WATCHES, key=lambda exchange: len(exchange["response"]["stream"]))
BYTES = b"".join(lines(LONGEST))


@given(cut=st.integers(0, len(BYTES)), sizes=st.lists(st.integers(1, 400), min_size=1, max_size=30))
async def test_a_watch_cut_at_any_byte_gives_the_whole_events_before_it_and_nothing_else(
    cut: int, sizes: list[int]
) -> None:
    chunks: list[bytes] = []
    at = 0
    while at < cut:
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(BYTES[at : min(at + size, cut)])
        at += size
    seen, error = await read(events(CALL, pieces(chunks), ""))
    assert seen == told(LONGEST)[: BYTES[:cut].count(b"\n")]
    whole = cut == 0 or BYTES[cut - 1 : cut] == b"\n"
    assert error is None if whole else isinstance(error, Unreachable)


async def test_a_connection_cut_within_an_event_is_told_from_a_clean_end(server: Server, cluster: Kubernetes) -> None:
    server.will(streams(BYTES[:-20], then="cut"))
    seen, error = await read(cluster.watch(CONFIGMAPS, "shop", "1"))
    assert seen == told(LONGEST)[:-1]
    assert isinstance(error, Unreachable)
    assert "cut in the middle" in str(error)


async def test_an_event_of_several_megabytes_is_read_whole(server: Server, cluster: Kubernetes) -> None:
    thing = {"metadata": {"name": "big", "resourceVersion": "2"}, "data": {"x": "x" * 6_000_000}}
    server.will(streams(json.dumps({"type": "ADDED", "object": thing}).encode() + b"\n"))
    assert await read(cluster.watch(CONFIGMAPS, "shop", "1")) == ([WatchEvent("ADDED", thing)], None)


async def test_a_watch_in_which_nothing_comes_any_more_is_given_up(server: Server, cluster: Kubernetes) -> None:
    server.will(streams(lines(LONGEST)[0], then="hangs"))
    seen, error = await read(cluster.watch(CONFIGMAPS, "shop", "1", silence=IMPATIENT))
    assert seen == told(LONGEST)[:1]
    assert isinstance(error, Unreachable)
    assert "nothing came for 2 s, not even a bookmark" in str(error)


async def test_a_server_that_does_not_even_begin_a_watch_is_given_up_sooner(server: Server, tmp_path: Path) -> None:
    server.will(hangs())
    async with connected(tmp_path, server.url, timeout=IMPATIENT) as cluster:
        _, error = await read(cluster.watch(CONFIGMAPS, "shop", "1"))
    assert isinstance(error, Unreachable)
    assert "no answer within 2 s" in str(error)


@pytest.mark.parametrize(
    ("status", "expected"), [(401, Unauthenticated), (410, Expired), (429, Throttled), (500, ServerFailed)]
)
async def test_an_error_event_means_what_its_status_would_mean(
    status: int, expected: type[Exception], server: Server, cluster: Kubernetes
) -> None:
    thing = {"kind": "Status", "code": status, "message": "so it is", "reason": "X"}
    server.will(streams(json.dumps({"type": "ERROR", "object": thing}).encode() + b"\n"))
    with pytest.raises(expected, match="so it is"):
        await anext(cluster.watch(CONFIGMAPS, "shop", "1"))


@pytest.mark.parametrize(
    "line",
    [b"<html>", b"{}", b"[]", b"7", b'{"type":"ADDED"}', b'{"type":"ADDED","object":7}', b'{"type":"NEW","object":{}}'],
)
async def test_a_line_that_is_no_event_is_an_error_and_not_skipped(
    line: bytes, server: Server, cluster: Kubernetes
) -> None:
    server.will(streams(line + b"\n"))
    with pytest.raises(ServerFailed):
        await anext(cluster.watch(CONFIGMAPS, "shop", "1"))


async def test_a_list_in_place_of_a_watch_is_an_error(server: Server, cluster: Kubernetes) -> None:
    server.will(says(200, {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": []}))
    _, error = await read(cluster.watch(PODS, "shop", "1"))
    assert error is not None


async def test_many_watches_leave_room_for_calls(server: Server, cluster: Kubernetes) -> None:
    first = lines(LONGEST)[0]
    server.will(*[streams(first, then="hangs") for _ in range(120)], says(200, {"metadata": {}, "items": []}))
    watches = [cluster.watch(CONFIGMAPS, f"n{number}", "1") for number in range(120)]
    await asyncio.gather(*(anext(watch) for watch in watches))
    assert (await cluster.list(CONFIGMAPS, "shop")).items == ()
    await asyncio.gather(*(watch.aclose() for watch in watches))


async def test_a_watch_that_is_closed_early_lets_its_connection_go(server: Server, cluster: Kubernetes) -> None:
    server.will(streams(*lines(LONGEST), then="hangs"))
    async with aclosing(cluster.watch(CONFIGMAPS, "shop", "1")) as watch:
        assert await anext(watch) == told(LONGEST)[0]
    server.will(says(200, {"metadata": {}, "items": []}))
    await cluster.list(CONFIGMAPS, "shop")
