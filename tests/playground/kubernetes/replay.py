"""Plays a recording against the playground's Kubernetes: the same requests at the same times, the answers compared."""

import asyncio
import gzip
import io
import json
import re
from dataclasses import dataclass, field
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
_REACTION_SECONDS, _MOST_WAITS = 0.003, 100
RACES = {"lease-races": ((1, 5), (11, 15))}
_LONGEST_SECONDS = 20.0


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


class Player:
    """Plays one recording."""

    def __init__(self, name: str, left_out: set[int]) -> None:
        self._exchanges: list[dict[str, Any]] = recording(name)["exchanges"]
        self._left_out = left_out
        self._names = Names()
        self._outcomes = Outcomes(name)
        self._cluster = Cluster(PlaygroundClock(), policy=recorded_kubelet)
        self._url = ""

    async def play(self) -> Outcomes:
        """Send everything, compare everything."""
        self._url = await self._cluster.start()
        self._cluster.authenticator.add("viewer-token", User("viewer", "viewer", ("viewers", "system:authenticated")))
        loop = asyncio.get_running_loop()
        begin = loop.time()
        watches: list[tuple[int, asyncio.Task[list[dict[str, Any]]]]] = []
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, headers={"User-Agent": "recorder/1"}) as session:
            for index, exchange in self._in_order():
                if index in self._left_out:
                    continue
                wait = exchange["t_ms"] / 1000 - (loop.time() - begin)
                if wait > 0:
                    await asyncio.sleep(wait)
                await self._let_controllers_react()
                if "stream" in exchange["response"]:
                    watches.append((index, asyncio.create_task(self._watch(session, exchange))))
                    await asyncio.sleep(0.002)
                else:
                    await self._ask(session, index, exchange)
            for index, task in watches:
                await self._end_watch(index, task, begin)
        await self._cluster.stop()
        return self._outcomes

    def _in_order(self) -> list[tuple[int, dict[str, Any]]]:
        """Requests of a race were sent at once: here the winner goes first, as it did at the server."""
        ordered = list(enumerate(self._exchanges))
        for first, last in RACES.get(self._outcomes.name, ()):
            race = ordered[first : last + 1]
            ordered[first : last + 1] = sorted(race, key=lambda pair: pair[1]["response"]["status"])
        return ordered

    async def _let_controllers_react(self) -> None:
        """The recorded server had its own speed: here the controllers have the time they need."""
        for _ in range(_MOST_WAITS):
            await asyncio.sleep(_REACTION_SECONDS)
            if self._cluster.idle:
                return

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
        async with session.request(method, self._url + path, params=query, headers=headers, data=stream) as answer:
            text = await answer.text()
            status, found_headers = answer.status, answer.headers
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

    async def _watch(self, session: aiohttp.ClientSession, exchange: dict[str, Any]) -> list[dict[str, Any]]:
        method, path, query, headers, data = self._prepare(exchange)
        timeout = aiohttp.ClientTimeout(total=_LONGEST_SECONDS)
        events: list[dict[str, Any]] = []
        async with session.request(
            method, self._url + path, params=query, headers=headers, data=data, timeout=timeout
        ) as answer:
            if answer.status != exchange["response"]["status"]:
                raise DiffersError(f"status: recorded {exchange['response']['status']}, found {answer.status}")
            self._compare_headers(exchange["response"]["headers"], answer.headers)
            try:
                async for line in answer.content:
                    events.append(json.loads(line))
            except asyncio.CancelledError:
                return events
            except aiohttp.ClientError as error:
                raise DiffersError(f"the watch broke: {error}") from None
        return events

    async def _end_watch(self, index: int, task: "asyncio.Task[list[dict[str, Any]]]", begin: float) -> None:
        exchange = self._exchanges[index]
        recorded = exchange["response"]
        end = max([exchange["t_ms"], *(event["t_ms"] for event in recorded["stream"])]) / 1000 + 0.6
        if recorded["stream_ended_by"] == "server":
            end += float(exchange["request"]["query"].get("timeoutSeconds", "1"))
        wait = end - (asyncio.get_running_loop().time() - begin)
        await asyncio.wait({task}, timeout=max(wait, 0.05))
        if not task.done():
            if recorded["stream_ended_by"] == "server":
                self._outcomes.differences[index] = "the server did not end the watch"
            task.cancel()
        try:
            events = await task
            attempt = self._names.copy()
            compare_streams(recorded["stream"], tidied(events, recorded), attempt)
            self._outcomes.differences.setdefault(index, "")
        except DiffersError as error:
            self._outcomes.differences[index] = str(error)
        except asyncio.CancelledError:
            self._outcomes.differences[index] = "the watch never began"


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
