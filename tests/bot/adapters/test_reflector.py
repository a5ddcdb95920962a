"""The cache against a small cluster that forgets, falls silent, breaks off and comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.adapters.kubernetes import CONFIGMAPS, Kubernetes
from bot.adapters.reflector import Reflector
from bot.clock import ManualClock
from bot.errors import Forbidden, LeadsmanError, ServerFailed, Throttled, Unauthenticated, Unreachable, Unsupported
from tests.bot.adapters.kubernetes.servers import (
    IMPATIENT,
    PATIENCE,
    Answer,
    closes,
    connected,
    hangs,
    says,
    serving,
    streams,
    until,
)
from tests.bot.adapters.kubernetes.world import World


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def world() -> World:
    world = World()
    world.put("a", "1")
    world.put("b", "1")
    return world


@pytest.fixture
async def cluster(world: World, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Kubernetes]:
    async with serving(world.answer) as url, connected(tmp_path, url, clock=clock) as kubernetes:
        yield kubernetes


class Told:
    """What a listener was told, and what it would believe from that alone."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.believed: dict[str, str] = {}

    def __call__(self, change: str, thing: dict[str, Any]) -> None:
        name, value = thing["metadata"]["name"], thing["data"]["value"]
        self.changes.append(f"{change} {name}={value}")
        if change == "DELETED":
            del self.believed[name]
        else:
            assert (change == "MODIFIED") == (name in self.believed)
            self.believed[name] = value


def values(reflector: Reflector) -> dict[str, str]:
    return {thing["metadata"]["name"]: thing["data"]["value"] for thing in reflector.items()}


def truth(world: World) -> dict[str, str]:
    return {name: thing["data"]["value"] for name, thing in world.objects.items()}


@asynccontextmanager
async def reflecting(
    cluster: Kubernetes, clock: ManualClock, told: Told | None = None, *, silence: float = 90.0, seed: int = 1
) -> AsyncIterator[Reflector]:
    reflector = Reflector(cluster, CONFIGMAPS, "shop", clock=clock, random=Random(seed), silence=silence)
    if told:
        reflector.subscribe(told)
    reflector.start()
    try:
        yield reflector
    finally:
        await reflector.stop()


async def test_objects_are_listed_and_then_followed(world: World, cluster: Kubernetes, clock: ManualClock) -> None:
    told = Told()
    async with reflecting(cluster, clock, told) as reflector:
        await reflector.ready()
        assert values(reflector) == {"a": "1", "b": "1"}
        world.put("a", "2")
        world.delete("b")
        world.put("c", "1")
        await until(lambda: values(reflector) == {"a": "2", "c": "1"})
        assert told.changes == ["ADDED a=1", "ADDED b=1", "MODIFIED a=2", "DELETED b=1", "ADDED c=1"]
        assert reflector.get("a") is not None
        assert reflector.get("b") is None
        assert reflector.synced.is_set()
        assert reflector.error is None


async def test_a_watch_goes_on_from_the_list_and_asks_for_what_was_selected(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    reflector = Reflector(cluster, CONFIGMAPS, "shop", selector="app=web", clock=clock, random=Random(1))
    reflector.start()
    await until(lambda: world.watches)
    await reflector.stop()
    listed, watched = world.asked
    assert listed == {"labelSelector": "app=web", "limit": "500"}
    assert watched["labelSelector"] == "app=web"
    assert watched["resourceVersion"] == str(world.version)
    assert watched["allowWatchBookmarks"] == "true"
    assert 240 <= int(watched["timeoutSeconds"]) <= 360


async def test_what_happens_between_list_and_watch_is_not_lost(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    def change() -> None:
        world.after_list = None
        world.put("a", "2")
        world.delete("b")

    world.after_list = change
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: values(reflector) == {"a": "2"})
        assert world.lists == 1


async def test_a_forgotten_moment_is_listed_anew_at_once_and_the_differences_are_told(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    told = Told()
    async with reflecting(cluster, clock, told) as reflector:
        await until(lambda: world.watches)
        world.bookmark()
        await until(lambda: reflector.is_fresh(0.0))
        told.changes.clear()
        world.mute = True
        world.put("a", "2")
        world.delete("b")
        world.put("c", "1")
        world.mute = False
        world.forget()
        world.expire()
        await until(lambda: values(reflector) == {"a": "2", "c": "1"})
        assert told.changes == ["DELETED b=1", "MODIFIED a=2", "ADDED c=1"]
        assert told.believed == truth(world)
        assert reflector.error is None
        assert world.lists == 2


async def test_an_object_made_again_under_its_old_name_is_told_as_two_objects(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    told = Told()
    async with reflecting(cluster, clock, told):
        await until(lambda: world.watches)
        told.changes.clear()
        world.mute = True
        world.delete("a")
        world.put("a", "new")
        world.mute = False
        world.forget()
        world.expire()
        await until(lambda: told.changes)
        assert told.changes == ["DELETED a=1", "ADDED a=new"]


async def test_a_cache_is_not_fresh_between_two_connections_however_young_its_last_proof_is(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        assert reflector.is_fresh(30.0)
        world.end("cut")
        await until(lambda: clock.sleeping)
        assert not reflector.is_fresh(30.0)
        await clock.advance(0.5)
        await until(lambda: world.watches)
        assert reflector.is_fresh(30.0)


async def test_a_cache_that_could_not_be_read_anew_is_not_fresh_until_it_was(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        world.next_answers.extend([closes()] * 8)
        world.end("cut")
        for _ in range(4):
            await until(lambda: clock.sleeping)
            assert not reflector.is_fresh(30.0)
            await clock.advance(1)
        world.next_answers.clear()
        await clock.advance(10)
        await until(lambda: world.watches)
        assert reflector.is_fresh(30.0)


async def test_a_cache_knows_how_far_it_has_come(world: World, cluster: Kubernetes, clock: ManualClock) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        assert reflector.has_reached(world.version)
        world.mute = True
        world.put("a", "2")
        assert not reflector.has_reached(world.version)
        world.mute = False
        world.bookmark()
        await until(lambda: reflector.has_reached(world.version))


async def test_a_connection_that_is_doubted_is_opened_again_where_it_stopped(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    """As after a load balancer that forgot it: what was missed comes then, without a list, and nobody waited for the silence."""
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        await clock.advance(20)
        world.mute = True
        world.put("a", "2")
        world.mute = False
        reflector.reopen()
        reflector.reopen()
        await until(lambda: values(reflector)["a"] == "2")
        assert len(world.asked) == 3
        assert world.lists == 1
        assert reflector.error is None


async def test_a_connection_that_is_doubted_again_and_again_is_opened_ever_more_seldom(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        for _ in range(60):
            reflector.reopen()
            await until(lambda: clock.sleeping or world.watches)
            await clock.advance(1)
        assert len(world.asked) <= 24


@pytest.mark.parametrize("how", ["end", "cut"])
async def test_a_watch_that_ends_is_opened_again_where_it_stopped(
    how: str, world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        world.put("a", "2")
        await until(lambda: values(reflector)["a"] == "2")
        await clock.advance(20)
        world.end(how)
        await until(lambda: len(world.asked) == 3)
        world.put("a", "3")
        await until(lambda: values(reflector)["a"] == "3")
        assert world.lists == 1
        assert reflector.error is None


async def test_a_bookmark_moves_the_point_to_go_on_from_and_proves_that_the_cache_is_current(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    told = Told()
    async with reflecting(cluster, clock, told) as reflector:
        await until(lambda: world.watches)
        assert reflector.is_fresh(0.0)
        await clock.advance(60)
        assert not reflector.is_fresh(59.0)
        world.bookmark()
        await until(lambda: reflector.is_fresh(0.0))
        world.forget()
        world.end()
        await until(lambda: len(world.asked) == 3)
        assert world.asked[-1]["resourceVersion"] == str(world.version)
        assert world.lists == 1
        assert told.changes == ["ADDED a=1", "ADDED b=1"]


async def test_a_cluster_away_for_a_minute_is_asked_seldom_and_read_anew_when_it_is_back(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        world.next_answers.extend([closes()] * 1000)
        world.end("cut")
        await until(lambda: clock.sleeping)
        world.put("a", "2")
        for _ in range(60):
            await clock.advance(1)
            await until(lambda: clock.sleeping)
        assert isinstance(reflector.error, Unreachable)
        assert not reflector.is_fresh(59)
        assert 4 <= len(world.asked) <= 24
        assert values(reflector)["a"] == "1"
        world.next_answers.clear()
        await clock.advance(30)
        await until(lambda: values(reflector)["a"] == "2")
        assert reflector.error is None
        assert reflector.is_fresh(30)


async def test_after_a_connection_that_lived_the_pauses_begin_small_again(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    world.next_answers.extend([says(500, "boom")] * 6)
    async with reflecting(cluster, clock) as reflector:
        while not world.watches:
            await until(lambda: clock.sleeping or world.watches)
            await clock.advance(1)
        await clock.advance(10)
        world.next_answers.append(says(500, "boom"))
        world.end()
        await until(lambda: clock.sleeping)
        assert isinstance(reflector.error, ServerFailed)
        await clock.advance(0.5)
        await until(lambda: world.watches)


async def test_the_pauses_of_two_caches_differ(world: World, cluster: Kubernetes, clock: ManualClock) -> None:
    world.next_answers.extend([says(500, "boom")] * 2)
    async with reflecting(cluster, clock, seed=1) as one, reflecting(cluster, clock, seed=2) as two:
        await until(lambda: clock.sleeping == 2)
        while clock.sleeping == 2:
            await clock.advance(0.001)
        assert clock.sleeping == 1
        assert one.error is not two.error


@pytest.mark.parametrize(
    ("answer", "error", "not_before", "at_the_latest"),
    [
        (says(401, {"kind": "Status", "message": "Unauthorized"}), Unauthenticated, 60, 72),
        (says(403, {"kind": "Status", "message": "no"}), Forbidden, 48, 72),
        (says(404, "404 page not found"), Unsupported, 48, 72),
        (says(429, "slow", Retry_After="7"), Throttled, 7, 8.5),
        (says(429, "slow"), Throttled, 0.25, 0.5),
        (says(500, "boom"), ServerFailed, 0.25, 0.5),
        (says(503, "boom", Retry_After="20"), ServerFailed, 20, 24),
        (streams(b"{", then="cut"), Unreachable, 0.25, 0.5),
    ],
)
async def test_each_failure_is_told_and_waited_for_in_its_own_way(
    answer: Answer,
    error: type[LeadsmanError],
    not_before: float,
    at_the_latest: float,
    world: World,
    cluster: Kubernetes,
    clock: ManualClock,
) -> None:
    world.next_answers.append(answer)
    async with reflecting(cluster, clock) as reflector:
        with pytest.raises(error, match="Cluster prod-eu"):
            await reflector.ready()
        assert type(reflector.error) is error
        assert not reflector.synced.is_set()
        assert not reflector.is_fresh(1e9)
        await until(lambda: clock.sleeping)
        await clock.advance(not_before - 0.01)
        assert clock.sleeping == 1
        await clock.advance(at_the_latest - not_before + 0.02)
        await until(reflector.synced.is_set)
        await reflector.ready()
        assert reflector.error is None


async def test_a_watch_that_is_forbidden_while_the_list_is_not_is_an_error_and_no_loop(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: world.watches)
        world.next_answers.append(says(403, {"kind": "Status", "message": 'User "x" cannot watch'}))
        await clock.advance(6)
        world.end()
        await until(lambda: clock.sleeping)
        assert isinstance(reflector.error, Forbidden)
        assert len(world.asked) == 3


async def test_watches_that_end_at_once_are_not_opened_in_a_busy_loop(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    world.next_answers.append(says(200, {"metadata": {"resourceVersion": "100"}, "items": []}))
    world.next_answers.extend([streams()] * 100)
    async with reflecting(cluster, clock):
        for _ in range(60):
            await until(lambda: clock.sleeping)
            await clock.advance(1)
        assert len(world.asked) <= 14


async def test_a_server_that_forgets_every_moment_at_once_is_not_asked_in_a_busy_loop(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    world.forgotten = 10**9
    async with reflecting(cluster, clock) as reflector:
        await until(lambda: clock.sleeping)
        assert world.lists == 2
        assert reflector.synced.is_set()


async def test_a_silent_watch_is_noticed_and_the_objects_are_listed_anew(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock, silence=IMPATIENT) as reflector:
        await until(lambda: world.watches)
        world.mute = True
        world.put("a", "2")
        await clock.advance(100)
        await until(lambda: values(reflector)["a"] == "2")
        assert reflector.error is None
        assert world.lists == 2


async def test_a_watch_silent_from_its_beginning_is_an_error_until_the_list(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock, silence=IMPATIENT) as reflector:
        await until(lambda: clock.sleeping)
        assert "not even a bookmark" in str(reflector.error)
        world.put("a", "2")
        await clock.advance(1)
        await until(lambda: values(reflector)["a"] == "2")
        assert reflector.error is None


async def test_a_cluster_restored_from_a_backup_does_not_leave_the_cache_in_the_future(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    async with reflecting(cluster, clock, silence=IMPATIENT) as reflector:
        await until(lambda: world.watches)
        world.mute = True
        world.restore(50)
        world.put("a", "restored")
        await clock.advance(100)
        await until(lambda: values(reflector)["a"] == "restored")


async def test_the_same_version_told_twice_is_told_on_once(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    told = Told()
    async with reflecting(cluster, clock, told):
        await until(lambda: world.watches)
        world.forget()
        world.expire()
        await until(lambda: world.lists == 2 and world.watches)
        assert told.changes == ["ADDED a=1", "ADDED b=1"]


async def test_a_listener_that_fails_stops_neither_the_others_nor_the_watch(
    world: World, cluster: Kubernetes, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told()
    async with reflecting(cluster, clock) as reflector:

        def fails(change: str, thing: dict[str, Any]) -> None:
            raise KeyError(change)

        reflector.subscribe(fails)
        reflector.subscribe(told)
        await until(lambda: world.watches)
        world.put("c", "1")
        await until(lambda: told.believed.get("c") == "1")
        assert reflector.error is None
    assert "a listener failed on ADDED of configmaps" in caplog.text


async def test_who_has_unsubscribed_hears_nothing_more(world: World, cluster: Kubernetes, clock: ManualClock) -> None:
    told = Told()
    async with reflecting(cluster, clock) as reflector:
        unsubscribe = reflector.subscribe(told)
        await until(lambda: world.watches)
        unsubscribe()
        world.put("c", "1")
        await until(lambda: "c" in values(reflector))
        assert "c" not in told.believed


@pytest.mark.parametrize("moment", ["in a list", "in a watch", "in a pause"])
async def test_stopping_leaves_no_task_and_no_connection(
    moment: str, world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    before = asyncio.all_tasks()
    if moment == "in a list":
        world.next_answers.append(hangs())
    if moment == "in a pause":
        world.next_answers.append(says(500, "boom"))
    reflector = Reflector(cluster, CONFIGMAPS, "shop", clock=clock, random=Random(1))
    reflector.start()
    reflector.start()
    await until(
        {"in a list": lambda: world.asked, "in a watch": lambda: world.watches}.get(moment, lambda: clock.sleeping)
    )
    await reflector.stop()
    await reflector.stop()
    assert not [task for task in asyncio.all_tasks() - before if task.get_name().startswith("reflector")]
    assert len(world.asked) <= 2


async def test_what_is_kept_says_who_wrote_but_not_which_fields(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    world.objects["a"]["metadata"]["managedFields"] = [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}]
    async with reflecting(cluster, clock) as reflector:
        await reflector.ready()
        thing = reflector.get("a")
        assert thing is not None
        assert thing["metadata"]["managedFields"] == [{"manager": "kubectl"}]


async def test_a_thousand_objects_are_listed_and_followed(
    world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    for number in range(1000):
        world.put(f"n{number}", "1")
    told = Told()
    async with reflecting(cluster, clock, told) as reflector:
        await until(lambda: world.watches)
        for number in range(1000):
            world.put(f"n{number}", "2")
        await until(lambda: values(reflector) == truth(world))
        assert told.believed == truth(world)
        assert world.lists == 1


@pytest.mark.parametrize("seed", range(12))
async def test_after_any_history_the_cache_and_what_was_told_agree_with_the_cluster(
    seed: int, world: World, cluster: Kubernetes, clock: ManualClock
) -> None:
    random, told = Random(seed), Told()
    events: list[Callable[[], None]] = [
        lambda: world.put(random.choice("abcdef"), str(random.random())),
        lambda: world.put(random.choice("abcdef"), str(random.random())),
        lambda: world.delete(random.choice(sorted(world.objects))) if world.objects else None,
        world.bookmark,
        world.forget,
        world.expire,
        lambda: world.end("cut"),
        world.end,
        lambda: world.next_answers.append(says(500, "boom")),
        lambda: world.next_answers.append(closes()),
    ]
    async with reflecting(cluster, clock, told, seed=seed) as reflector:
        for _ in range(60):
            random.choice(events)()
            if random.random() < 0.5:
                await clock.advance(random.random() * 3)
        world.next_answers.clear()
        world.put("last", "1")
        async with asyncio.timeout(PATIENCE):
            while values(reflector) != truth(world):
                await clock.advance(1)
                await asyncio.sleep(0.002)
        assert told.believed == truth(world)
        assert reflector.error is None
