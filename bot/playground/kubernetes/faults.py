"""Things that go wrong on purpose: what a test or a scenario can make the next requests meet."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What happens to a request."""

    TOO_MANY = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    CONFLICT = "409"
    HANG = "hang"
    RESET = "reset"
    LOSE_ANSWER = "lose-answer"


@dataclass(slots=True)
class _Planned:
    fault: Fault
    verb: str
    resource: str
    times: int
    retry_after: int

    def matches(self, verb: str, resource: str) -> bool:
        return self.times > 0 and self.verb in ("", verb) and self.resource in ("", resource)


@dataclass(frozen=True, slots=True)
class Met:
    """The fault a request meets; `retry_after` in seconds goes with 429 and 503."""

    fault: Fault
    retry_after: int


class Faults:
    """The faults that are planned. All of them are spent by the requests they match, in the order they were planned."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._watches: set[Callable[[], None]] = set()
        self.refusing = False
        self.credential_expired = False
        self._released = asyncio.Event()

    def next(
        self, fault: Fault | str, *, verb: str = "", resource: str = "", times: int = 1, retry_after: int = 1
    ) -> None:
        """Let the next `times` requests with this RBAC verb and resource (empty: any) meet the fault."""
        self._planned.append(_Planned(Fault(fault), verb, resource, times, retry_after))

    def clear(self) -> None:
        """Forget everything planned; hung requests go on, connections and the credential are fine again."""
        self._planned.clear()
        self.refusing = False
        self.credential_expired = False
        self._released.set()
        self._released = asyncio.Event()

    def take(self, verb: str, resource: str) -> Met | None:
        """The fault that a request meets now, which is spent by it."""
        for planned in self._planned:
            if planned.matches(verb, resource):
                planned.times -= 1
                return Met(planned.fault, planned.retry_after)
        return None

    async def hang(self) -> None:
        """Wait until `clear`."""
        await self._released.wait()

    def register_watch(self, cut: Callable[[], None]) -> Callable[[], None]:
        """A watch tells how to cut it; answers how to forget it."""
        self._watches.add(cut)
        return lambda: self._watches.discard(cut)

    def cut_watches(self) -> int:
        """End all watches that run now, without a word, as a load balancer does; answers how many."""
        watches = list(self._watches)
        for cut in watches:
            cut()
        return len(watches)
