"""A story told to a store, and a program that tells it and is killed at a given moment.

`python -m tests.bot.store.killed ADDRESS…` forks one teller for each address: the first is killed before the first commit, the
second after it, and so on.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace

from bot.clock import ManualClock
from bot.store import Store
from bot.store.records import AuditEntry, CardRecord, DeliveryKind, Tell, TellKind, Urgency
from strategies.events import What
from strategies.model import LEADSMAN
from tests.bot.store.builders import at, ended, happening, rollout, seen

COMMITS = 9
"""How many commits the story makes."""


async def story(store: Store) -> None:
    """A short life of a rollout: asked for, moved, told, ended. One commit a line."""
    first, second = happening(What.REQUESTED), happening(What.WEIGHT, weight=10)
    card, line = Tell(TellKind.CARD, "r1"), Tell(TellKind.LINE, "r1", Urgency.DECISION, second)
    await store.receive("cmd", DeliveryKind.COMMAND, {"text": "checkout v1.4.2 prod"}, at(0))
    saved = await store.create(rollout(), [first], [card], at=at(0), due_at=at(1), delivery=1)
    saved = await store.save(
        saved, replace(saved.rollout, why="x"), happenings=[second], tells=[card, line], seen=seen(), at=at(1)
    )
    await store.receive("act", DeliveryKind.ACTION, {}, at(2))
    await store.telling([2, 3], at(2))
    await store.told([2, 3], at(3), {3: "17.1"})
    await store.remember_card("r1", CardRecord("C1", "17.0", "abc", 1))
    await store.audit(
        [AuditEntry("patched", at(4), LEADSMAN), AuditEntry("patched", at(4), LEADSMAN)], rollout_id="r1", at=at(4)
    )
    end = ended(saved.rollout)
    await store.save(saved, end, happenings=[happening(What.ENDED)], tells=[card, line], at=at(5), delivery=2)


async def picture(store: Store) -> tuple[object, ...]:
    """All that the store knows, in an order that does not change."""
    return (
        await store.inbox_pending(99),
        await store.load("r1"),
        await store.pending_tells(99),
        await store.line_positions("r1"),
        await store.card_of("r1"),
        [(entry.kind, entry.hash) for entry in await store.audit_entries(0, 99)],
        (await store.verify()).findings,
        await store.claim_due(at(99), "looker", at(1) - at(0), 9),
    )


class Executioner:
    """Kills its own process at the moment with the given number: 0 is before the first commit, 1 after it, and so on."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def __call__(self, _: str) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


async def _tell(address: str, moment: int) -> None:
    store = Store.open(address, clock=ManualClock(), witness=Executioner(moment))
    await story(store)


def main(addresses: list[str]) -> None:
    """Fork a teller for each address and see it killed."""
    for moment, address in enumerate(addresses):
        child = os.fork()
        if child == 0:
            asyncio.run(_tell(address, moment))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"the teller for moment {moment} was not killed: {status}")


if __name__ == "__main__":
    main(sys.argv[1:])
