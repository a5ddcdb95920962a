"""What must be true when a rollout has ended, whatever was killed on the way there."""

from collections import Counter
from datetime import datetime

from bot.store import Store
from bot.store.records import AuditRecord, TellKind
from bot.tells import QUIET
from strategies.events import What
from strategies.model import Outcome, Rollout
from tests.survival.installation import Installation
from tests.survival.world import REPLICAS, World

OUTCOMES = ("written", "write-void", "write-failed")
_TOLD = {what.value for what in What} - {what.value for what in QUIET}


def cluster_is_right(world: World, app: str, version: str) -> None:
    """The version serves everything from the stable side, the canary is empty, the claim given back."""
    found = world.picture(app)
    assert found.pop("image").partition("@")[0].endswith(f":{version}")
    assert found == {"replicas": REPLICAS, "ready": REPLICAS, "canary": 0, "pods": REPLICAS, "weight": 0, "claim": [""]}


def nothing_was_done_twice(world: World, app: str) -> None:
    """No two writes that changed something were the same write."""
    twice = [label for label, times in Counter(world.effects(app)).items() if times > 1]
    assert twice == []


async def books_are_right(installation: Installation, app: str, kills: int, outcomes: list[Outcome]) -> None:
    """The chain is sound; the rollouts ended so, oldest first; every write has its entries, and every piece of news its line."""
    async with installation.store() as store:
        assert (await store.verify()).findings == ()
        rollouts = (await store.history(app, "prod", 99))[::-1]
        assert [rollout.outcome for rollout in rollouts] == outcomes
        unanswered = 0
        for rollout in rollouts:
            entries = await store.audit_entries(0, 10_000, rollout.id)
            unanswered += _unanswered(entries)
            assert entries[-1].kind == What.ENDED.value, "an end is a look, and nothing follows it"
            await _outbox_is_right(store, rollout, entries)
        assert unanswered <= kills


async def every_note_was_a_death(installation: Installation, app: str, died_at: set[str]) -> None:
    """Of each write that was noted, and of what became of it, a process died at the commit: the enumeration left none out."""
    async with installation.store() as store:
        rollout = (await store.history(app, "prod", 1))[0]
        noted = {" ".join(entry) for entry in entries_of(await store.audit_entries(0, 10_000, rollout.id))}
    assert noted
    assert [note for note in noted if not any(note in moment for moment in died_at)] == []


async def nobody_was_blamed(installation: Installation, app: str) -> None:
    """None of our own writes was taken for a stranger's."""
    async with installation.store() as store:
        rollouts = await store.history(app, "prod", 99)
        kinds = {entry.kind for rollout in rollouts for entry in await store.audit_entries(0, 10_000, rollout.id)}
    assert What.FOREIGN_WRITE.value not in kinds


async def aborts(installation: Installation, app: str) -> list[bool]:
    """Of each rollout of the app, oldest first, whether somebody's abort was taken."""
    async with installation.store() as store:
        rollouts = (await store.history(app, "prod", 999))[::-1]
        kinds = [{entry.kind for entry in await store.audit_entries(0, 10_000, rollout.id)} for rollout in rollouts]
    return [What.ABORTED.value in found for found in kinds]


def entries_of(entries: tuple[AuditRecord, ...]) -> list[tuple[str, str]]:
    """Kind and request of the entries about writes."""
    return [(entry.kind, str(entry.facts["request"])) for entry in entries if entry.kind in ("write", *OUTCOMES)]


def _unanswered(entries: tuple[AuditRecord, ...]) -> int:
    """How many writes have no outcome: a process died between. An outcome never stands without its write."""
    open_request, unanswered = None, 0
    for kind, request in entries_of(entries):
        if kind == "write":
            unanswered += open_request is not None
            open_request = request
        else:
            assert open_request in (request, None)
            open_request = None
    return unanswered + (open_request is not None)


async def _outbox_is_right(store: Store, rollout: Rollout, entries: tuple[AuditRecord, ...]) -> None:
    """Each happening that is told is there once, in order, and the card is the newest."""
    rows = [row for row in await store.pending_tells(100_000) if row.tell.rollout_id == rollout.id]
    lines = [row for row in sorted(rows, key=lambda row: row.id) if row.tell.kind is TellKind.LINE]
    happened = [(entry.kind, entry.at) for entry in entries if entry.kind in _TOLD]
    assert [_told(row.tell.event) for row in lines] == happened
    cards = [row for row in rows if row.tell.kind is TellKind.CARD]
    assert [card.created_at for card in cards] == [max(row.created_at for row in rows)]


def _told(event: object) -> tuple[str, datetime]:
    return event.what.value, event.at  # type: ignore[attr-defined]
