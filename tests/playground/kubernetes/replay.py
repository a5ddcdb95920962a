"""Plays a recording against the playground's Kubernetes: the same requests at the same times, the answers compared."""

import asyncio
import gzip
import heapq
import io
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Behaviour, Cluster, Outcome
from bot.playground.kubernetes.auth import User
from bot.playground.kubernetes.controllers.kubelet import NODE
from tests.playground.kubernetes.matching import DiffersError, Names, compare, part_of
from tests.playground.kubernetes.watched import compare_streams

RECORDINGS = Path(__file__).parent / "recordings"
_LONG_TEXT = re.compile(r"<(\d+) times the letter (\w)>")
_HEADERS = ("Content-Type", "Retry-After", "Warning", "Allow", "WWW-Authenticate", "Location")
_GROUP_PATH = re.compile(r"^/apis(/[^/]+(/v[0-9][a-z0-9]*)?)?$")
_POD_PATH = re.compile(
    r"^/api/v1/namespaces/(?P<namespace>[^/]+)/pods/(?P<workload>[a-z-]+)-(?P<hash>[b-z2-9]{8,10})-(?P<random>[b-z2-9]{5})"
)
_ACCOUNT = re.compile(r"^service account system:serviceaccount:(?P<namespace>[^:]+):(?P<name>[^:]+)$")
_TURNS = 12
_WAITS = 504
RACES = {"lease-races": ((1, 5), (11, 15))}


def recorded_kubelet(pod: dict[str, Any], image: str) -> Behaviour:
    """How pods behaved when it was recorded: an annotation for the delay, words in the tag for what goes wrong."""
    delay = float((pod["metadata"].get("annotations") or {}).get("fake-kubelet/ready-delay", "0"))
    tag = image.rsplit("/", 1)[-1]
    outcome = Outcome.READY
    for word, kind in (
        ("bad", Outcome.IMAGE_PULL_BACK_OFF),
        ("crash", Outcome.CRASH_LOOP),
        ("hang", Outcome.NEVER_READY),
    ):
        if word in tag:
            outcome = kind
    return Behaviour(delay, outcome)


@dataclass(slots=True)
class Outcomes:
    """What became of the exchanges of one recording: for each number its difference, empty when there is none."""

    name: str
    differences: dict[int, str] = field(default_factory=dict)

    @property
    def good(self) -> int:
        """How many were the same."""
        return sum(not text for text in self.differences.values())


def recording(name: str) -> dict[str, Any]:
    """One recorded scenario."""
    with gzip.open(RECORDINGS / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded


def names_of_recordings() -> list[str]:
    """All scenarios there are."""
    return sorted(path.name.removesuffix(".json.gz") for path in RECORDINGS.glob("*.json.gz"))


class ManualClock(PlaygroundClock):
    """A clock that stands still until it is moved: the same recording always meets the same moments."""

    def __init__(self) -> None:
        super().__init__()
        self._moment = 0.0
        self._begin = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self._moment)

    def real_now(self) -> datetime:
        return self.now()

    def real(self) -> float:
        return self._moment

    async def sleep(self, seconds: float) -> None:
        await self.real_sleep(seconds)

    async def real_sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self._count += 1
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._moment + seconds, self._count, future))
        await future

    async def advance(self, moment: float) -> None:
        """Let the time come that many seconds after the beginning, waking all sleepers on the way."""
        await _turns()
        while self._sleepers and self._sleepers[0][0] <= moment:
            self._moment, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
                await _turns()
        self._moment = max(self._moment, moment)


async def _turns() -> None:
    """Let everybody run who can."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class Player:
    """Plays one recording."""

    def __init__(self, name: str, left_out: set[int]) -> None:
        self._exchanges: list[dict[str, Any]] = recording(name)["exchanges"]
        self._left_out = left_out
        self._names = Names()
        self._outcomes = Outcomes(name)
        self._clock = ManualClock()
        self._cluster = Cluster(self._clock, policy=recorded_kubelet)
        self._url = ""

    async def play(self) -> Outcomes:
        """Send everything, compare everything."""
        self._url = await self._cluster.start()
        self._cluster.authenticator.add("viewer-token", User("viewer", "viewer", ("viewers", "system:authenticated")))
        watches: list[tuple[int, asyncio.Task[list[dict[str, Any]]]]] = []
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, headers={"User-Agent": "recorder/1"}) as session:
            for index, exchange in self._in_order():
                if index in self._left_out:
                    continue
                await self._clock.advance(exchange["t_ms"] / 1000)
                if "stream" in exchange["response"]:
                    watches.append((index, await self._open_watch(session, exchange)))
                else:
                    await self._ask(session, index, exchange)
            await self._clock.advance(self._end())
            self._cluster.faults.cut_watches()
            for index, task in watches:
                await self._end_watch(index, task)
        await self._cluster.stop()
        return self._outcomes

    def _end(self) -> float:
        """When the last thing recorded has happened, and every watch that ends by itself has ended."""
        times = [0.0]
        for exchange in self._exchanges:
            response, query = exchange["response"], exchange["request"]["query"]
            events = [event["t_ms"] for event in response.get("stream", ())]
            times.append(max([exchange["t_ms"], *events]) / 1000 + 0.6)
            if response.get("stream_ended_by") == "server":
                times.append(exchange["t_ms"] / 1000 + float(query.get("timeoutSeconds", "1")) + 0.1)
        return max(times)

    def _in_order(self) -> list[tuple[int, dict[str, Any]]]:
        """Requests of a race were sent at once: here the winner goes first, as it did at the server."""
        ordered = list(enumerate(self._exchanges))
        for first, last in RACES.get(self._outcomes.name, ()):
            race = ordered[first : last + 1]
            ordered[first : last + 1] = sorted(race, key=lambda pair: pair[1]["response"]["status"])
        return ordered

    # --- requests ---------------------------------------------------------------------------------------------

    def _prepare(self, exchange: dict[str, Any]) -> tuple[str, str, dict[str, str], dict[str, str], bytes | None]:
        request = exchange["request"]
        headers = dict(request["headers"]) | self._credentials(exchange["as"])
        path = self._renamed(self._with_pod(request["path"]))
        query = {key: self._renamed_parameter(key, value) for key, value in request["query"].items()}
        body = request["body"]
        data = None
        if isinstance(body, str):
            data = self._renamed(_LONG_TEXT.sub(lambda m: m[2] * int(m[1]), body)).encode()
        elif body is not None:
            data = json.dumps(self._renamed_value(body)).encode()
        return request["method"], path, query, headers, data

    def _with_pod(self, path: str) -> str:
        """A pod whose random name was in no answer yet: any pod of the same workload stands for it."""
        found = _POD_PATH.match(path)
        if found is None or f"name:{found['random']}" in self._names.here:
            return path
        pods = [pod["metadata"]["name"] for pod in self._cluster.list("Pod", found["namespace"])]
        taken = set(self._names.there)
        for name in pods:
            stem, _, random = name.rpartition("-")
            if stem.startswith(f"{found['workload']}-") and f"name:{random}" not in taken:
                self._names.pair("name", found["hash"], stem.rpartition("-")[2], path)
                self._names.pair("name", found["random"], random, path)
                break
        return path

    def _credentials(self, who: str) -> dict[str, str]:
        account = _ACCOUNT.match(who)
        if account:
            return {"Authorization": f"Bearer {self._token(account['name'], account['namespace'])}"}
        if who == "no credentials":
            return {}
        if who == "an unknown bearer token":
            return {"Authorization": "Bearer nobody-knows-this"}
        if who.startswith("user viewer"):
            return {"Authorization": "Bearer viewer-token"}
        token = self._cluster.kubeconfig()["users"][0]["user"]["token"]
        return {"Authorization": f"Bearer {token}"}

    _tokens: dict[tuple[str, str], str] | None = None

    def _token(self, name: str, namespace: str) -> str:
        self._tokens = self._tokens or {}
        return self._tokens.setdefault((name, namespace), self._cluster.token_for(name, namespace))

    def _renamed(self, text: str) -> str:
        text = text.replace("fake-node-0", NODE)
        for key, value in self._names.here.items():
            kind, _, recorded = key.partition(":")
            if kind in ("uid", "name") and recorded in text:
                text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(recorded)}(?![A-Za-z0-9])", value.partition(":")[2], text)
        return text

    def _renamed_parameter(self, key: str, value: str) -> str:
        if key == "resourceVersion":
            return self._names.now("version", value)
        if key == "continue":
            return self._names.now("continue", value)
        return self._renamed(value)

    def _renamed_value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {self._renamed(name): self._renamed_value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._renamed_value(item, key) for item in value]
        if not isinstance(value, str):
            return value
        if key == "resourceVersion":
            return self._names.now("version", value)
        return self._renamed(_LONG_TEXT.sub(lambda m: m[2] * int(m[1]), value))

    async def _ask(self, session: aiohttp.ClientSession, index: int, exchange: dict[str, Any]) -> None:
        method, path, query, headers, data = self._prepare(exchange)
        recorded = exchange["response"]
        stream = io.BytesIO(data) if data is not None else None

        async def send() -> tuple[str, int, Any]:
            async with session.request(method, self._url + path, params=query, headers=headers, data=stream) as answer:
                return await answer.text(), answer.status, answer.headers

        asked = asyncio.create_task(send())
        if query.get("watch") or recorded["status"] == _WAITS:
            while not (await asyncio.wait({asked}, timeout=0.05))[0]:
                await self._clock.advance(self._clock.real() + 1.0)
        text, status, found_headers = await asked
        try:
            _compare_status(recorded["status"], status, text)
            self._compare_headers(recorded["headers"], found_headers)
            attempt = self._names.copy()
            body = self._body(text, recorded["body"])
            if _is_discovery(exchange["request"]):
                part_of(recorded["body"], body)
            else:
                compare(_lines(recorded["body"]), body, attempt)
            self._names.take(attempt)
            self._outcomes.differences[index] = ""
        except DiffersError as error:
            self._outcomes.differences[index] = str(error)
            self._learn(recorded["body"], text)

    def _body(self, text: str, recorded: Any) -> Any:
        if isinstance(recorded, str) and not text.startswith("{"):
            return text
        if isinstance(recorded, str) and recorded.startswith('{"type"'):
            return [tidied(json.loads(line), recorded) for line in text.splitlines()]
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return text if isinstance(recorded, str) else tidied(value, recorded)

    def _learn(self, recorded: Any, text: str) -> None:
        """Even from an answer that differs: the object's uid and version, so that later requests make sense."""
        try:
            found = json.loads(text)
            for key in ("uid", "resourceVersion", "name", "continue"):
                left, right = recorded["metadata"][key], found["metadata"][key]
                compare({"metadata": {key: left}}, {"metadata": {key: right}}, self._names)
        except (ValueError, KeyError, TypeError, DiffersError):
            return

    def _compare_headers(self, recorded: dict[str, Any], found: Any) -> None:
        for key in _HEADERS:
            left = recorded.get(key, [])
            right = found.getall(key, [])
            wanted = left if isinstance(left, list) else [left]
            if [_plain_header(text) for text in wanted] != [_plain_header(text) for text in right]:
                raise DiffersError(f"header {key}: recorded {wanted}, found {right}")

    # --- watches ----------------------------------------------------------------------------------------------

    async def _open_watch(
        self, session: aiohttp.ClientSession, exchange: dict[str, Any]
    ) -> "asyncio.Task[list[dict[str, Any]]]":
        opened = asyncio.Event()
        task = asyncio.create_task(self._watch(session, exchange, opened))
        task.add_done_callback(lambda _: opened.set())
        await opened.wait()
        return task

    async def _watch(
        self, session: aiohttp.ClientSession, exchange: dict[str, Any], opened: asyncio.Event
    ) -> list[dict[str, Any]]:
        method, path, query, headers, data = self._prepare(exchange)
        async with session.request(method, self._url + path, params=query, headers=headers, data=data) as answer:
            opened.set()
            _compare_status(exchange["response"]["status"], answer.status, "")
            self._compare_headers(exchange["response"]["headers"], answer.headers)
            return [json.loads(line) async for line in answer.content]

    async def _end_watch(self, index: int, task: "asyncio.Task[list[dict[str, Any]]]") -> None:
        recorded = self._exchanges[index]["response"]
        try:
            events = await task
            attempt = self._names.copy()
            compare_streams(recorded["stream"], tidied(events, recorded), attempt)
            self._outcomes.differences[index] = ""
        except DiffersError as error:
            self._outcomes.differences[index] = str(error)


def _is_discovery(request: dict[str, Any]) -> bool:
    path = request["path"].rstrip("/")
    return request["method"] == "GET" and (path in ("", "/api", "/api/v1") or bool(_GROUP_PATH.match(path)))


def _lines(recorded: Any) -> Any:
    """A watch that was recorded as text: its events."""
    if isinstance(recorded, str) and recorded.startswith('{"type"'):
        return [json.loads(line) for line in recorded.splitlines()]
    return recorded


def _compare_status(recorded: int, found: int, text: str) -> None:
    if found != recorded:
        raise DiffersError(f"status: recorded {recorded}, found {found}: {text[:300]}")


def _plain_header(text: str) -> str:
    return text.replace("; charset=utf-8", "").replace(" ", "")


def tidied(found: Any, recorded: Any) -> Any:
    """Without the managed fields, which most recordings leave out."""
    text = recorded if isinstance(recorded, str) else json.dumps(recorded)
    if '"managedFields"' in text:
        return found
    return without_managed_fields(found)


def without_managed_fields(value: Any) -> Any:
    """A value with every `managedFields` taken out."""
    if isinstance(value, dict):
        return {key: without_managed_fields(item) for key, item in value.items() if key != "managedFields"}
    if isinstance(value, list):
        return [without_managed_fields(item) for item in value]
    return value
