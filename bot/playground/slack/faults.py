"""Trouble on order: what the next calls, sockets and deliveries will meet."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

How = Literal["limited", "status", "error", "hang", "lost"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One call's bad luck. `lost` means Slack does what was asked and the answer never arrives."""

    how: How
    status: int = 200
    error: str = ""
    retry_after: int = 1


class Faults:
    """Queues of faults by method ("*" for any), and what goes wrong with sockets and deliveries."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Fault]] = defaultdict(deque)
        self._released = asyncio.Event()
        self.refused_handshakes = 0
        """So many of the next websocket handshakes are refused; their tickets are spent."""
        self.duplicated_deliveries = 0
        """So many of the next deliveries are made twice at one moment."""

    def rate_limit(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """429 with Retry-After, in seconds."""
        self._add(method, times, Fault("limited", retry_after=retry_after))

    def status(self, method: str, status: int, times: int = 1) -> None:
        """An outage: 500, 503 or the like, with HTML in the body."""
        self._add(method, times, Fault("status", status=status))

    def error(self, method: str, error: str, times: int = 1) -> None:
        """`{"ok": false, "error": …}`."""
        self._add(method, times, Fault("error", error=error))

    def hang(self, method: str, times: int = 1) -> None:
        """No answer until `release` or until the caller gives up; nothing is done."""
        self._released.clear()
        self._add(method, times, Fault("hang"))

    def lose_answer(self, method: str, times: int = 1) -> None:
        """The call takes effect and the connection breaks before the answer."""
        self._add(method, times, Fault("lost"))

    def release(self) -> None:
        """Let the hung calls go on; they answer 503."""
        self._released.set()

    def clear(self) -> None:
        """Forget all faults that did not happen yet."""
        self._queues.clear()
        self.refused_handshakes = self.duplicated_deliveries = 0
        self.release()

    def take(self, method: str) -> Fault | None:
        """The fault this call meets, used up by it."""
        for name in (method, "*"):
            if self._queues[name]:
                return self._queues[name].popleft()
        return None

    async def released(self) -> None:
        """Wait for `release`."""
        await self._released.wait()

    def _add(self, method: str, times: int, fault: Fault) -> None:
        self._queues[method].extend([fault] * times)
