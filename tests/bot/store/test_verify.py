"""Every way to falsify the audit log is found and placed, or named as not findable."""

import pytest

from bot.store.errors import StoreBroken
from bot.store.records import Anchor, AuditEntry
from strategies.events import What
from strategies.model import LEADSMAN
from tests.bot.store import tampering
from tests.bot.store.builders import at, happening, rollout
from tests.bot.store.conftest import raw
from tests.bot.store.tampering import change, delete, fit_head, fit_marks, rewrite_from, swap, tamper

GUARDS = (
    "audit_no_update",
    "audit_no_delete",
    "audit_no_reuse",
    "audit_head_forward",
    "audit_head_no_insert",
    "audit_head_no_delete",
)


@pytest.fixture
async def log(store):
    """Nine entries: 1 to 4 of rollout r1, 5 of no rollout, 6 to 9 of rollout r2."""
    for name, app in (("r1", "checkout"), ("r2", "cart")):
        saved = await store.create(rollout(name, app=app), [happening(What.REQUESTED)], at=at(0))
        await store.save(saved, saved.rollout, happenings=[happening(weight=w) for w in (10, 50, 90)], at=at(1))
        if name == "r1":
            await store.audit([AuditEntry("config-reloaded", at(2), LEADSMAN, {"file": "leadsman.yaml"})], at=at(2))
    return store


def places(verification) -> list[int | None]:
    return [finding.sequence for finding in verification.findings]


async def test_an_untouched_log_is_sound_and_still_says_what_cannot_be_found(log):
    found = await log.verify([await log.audit_head()])
    assert (found.is_sound, found.entries, found.head) == (True, 9, await log.audit_head())
    assert any("elsewhere" in limit for limit in found.limits)


async def test_an_empty_log_is_sound(store):
    found = await store.verify()
    assert found.is_sound
    assert found.entries == 0


@pytest.mark.parametrize(
    ("edit", "expected", "word"),
    [
        (delete(9), [9], "missing"),
        (delete(8, 9), [8], "8 to 9"),
        (delete(1), [1], "missing"),
        (delete(5), [5], "missing"),
        (delete(3, 4), [3], "3 to 4"),
        (swap(3, 4), [3, 4], "swapped"),
        (swap(2, 7), [2, 7], "swapped"),
        (swap(1, 9), [1, 9], "swapped"),
        (change(5, kind="nothing"), [5], "does not match its hash"),
        (change(9, kind="nothing"), [9], "does not match its hash"),
        (change(3, rehash=True, kind="nothing"), [3], "entry 4 was written after another"),
        (change(5, rehash=True, kind="nothing"), [5], "entry 6 was written after another"),
        (change(1, rehash=True, previous="f" * 64), [1], "does not begin the log"),
        (change(9, rehash=True, kind="nothing"), [9], "head of the log remembers another"),
    ],
)
async def test_deleted_swapped_edited_and_replaced_entries_are_found_and_placed(log, address, edit, expected, word):
    tamper(address, edit)
    found = await log.verify()
    assert places(found) == expected
    assert word in found.findings[0].sentence


async def test_an_edited_column_is_found(log, address):
    tamper(address, lambda execute: execute("UPDATE audit SET app = 'cart' WHERE sequence = 2"))
    found = await log.verify()
    assert places(found) == [2]
    assert "columns" in found.findings[0].sentence


async def test_an_entry_that_is_no_entry_any_more_is_found(log, address):
    tamper(address, lambda execute: execute("UPDATE audit SET content = ? WHERE sequence = 4", b"rubbish"))
    assert places(await log.verify()) == [4]


async def test_a_tail_cut_off_with_the_head_turned_back_is_found_by_what_the_rollout_remembers(log, address):
    def edit(execute):
        delete(9)(execute)
        fit_head(execute)

    tamper(address, edit)
    found = await log.verify()
    assert places(found) == [9]
    assert "rollout r2" in found.findings[0].sentence


async def test_a_tail_written_anew_with_the_head_is_found_by_what_the_rollouts_remember(log, address):
    def edit(execute):
        rewrite_from(3, kind="nothing")(execute)
        fit_head(execute)

    tamper(address, edit)
    found = await log.verify()
    assert places(found) == [4, 9]
    assert all("before it may have been replaced" in finding.sentence for finding in found.findings)


@pytest.mark.parametrize("edit", [rewrite_from(3, kind="nothing"), delete(6, 7, 8, 9), delete(9)])
async def test_a_log_falsified_with_head_and_marks_is_found_only_with_an_anchor_kept_elsewhere(log, address, edit):
    anchor = await log.audit_head()

    def all_at_once(execute):
        edit(execute)
        fit_head(execute)
        fit_marks(execute)

    tamper(address, all_at_once)
    found = await log.verify()
    assert found.is_sound
    assert "mark" in found.limits[0]
    assert places(await log.verify([anchor])) == [9]


async def test_an_anchor_that_never_was_is_a_finding(log):
    assert places(await log.verify([Anchor(4, "0" * 64)])) == [4]
    assert places(await log.verify([Anchor(40, "0" * 64)])) == [40]


async def test_a_turned_back_head_is_found(log, address):
    tamper(address, lambda execute: execute("UPDATE audit_head SET sequence = 6"))
    assert places(await log.verify()) == [7]


async def test_a_missing_head_is_found_and_nothing_can_be_recorded_without_it(log, address):
    tamper(address, lambda execute: execute("DELETE FROM audit_head"))
    assert "head of the log is gone" in (await log.verify()).findings[0].sentence
    with pytest.raises(StoreBroken, match="head"):
        await log.audit([AuditEntry("x", at(3), LEADSMAN)], at=at(3))
    with pytest.raises(StoreBroken, match="head"):
        await log.audit_head()


async def test_a_deleted_rollout_is_found_by_its_entries(log, address):
    tamper(address, lambda execute: execute("DELETE FROM rollouts WHERE id = 'r1'"))
    found = await log.verify()
    assert places(found) == [4]
    assert "gone" in found.findings[0].sentence


async def test_a_rollout_whose_mark_was_turned_back_is_found(log, address):
    tamper(
        address, lambda execute: execute("UPDATE rollouts SET last_sequence = NULL, last_hash = NULL WHERE id = 'r2'")
    )
    assert places(await log.verify()) == [9]


async def test_dropped_guards_are_found_by_name(log, address):
    tamper(address, lambda execute: None, hide=False)
    found = await log.verify()
    assert all(any(name in finding.sentence for finding in found.findings) for name in GUARDS)
    assert set(places(found)) == {None}


async def test_a_guard_replaced_by_one_that_does_nothing_is_found(log, address):
    if address.startswith("sqlite"):
        harmless = "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END"
        raw(address, "DROP TRIGGER audit_no_update", harmless)
        names = ["audit_no_update"]
    else:
        body = "CREATE OR REPLACE FUNCTION leadsman_audit_number() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        raw(address, body)
        names = ["audit_no_reuse"]
    found = await log.verify()
    assert [name for name in GUARDS if any(name in finding.sentence for finding in found.findings)] == names


async def test_a_log_longer_than_one_batch_is_looked_at_whole(store, address, monkeypatch):
    monkeypatch.setattr("bot.store.verify._BATCH", 7)
    monkeypatch.setattr("bot.store.store._EXPORT_BATCH", 7)
    await store.audit([AuditEntry("x", at(n), LEADSMAN, {"n": n}) for n in range(21)], at=at(0))
    assert (await store.verify()).entries == 21
    assert len([line async for line in store.export()]) == 21
    tamper(address, tampering.change(15, kind="nothing"))
    assert places(await store.verify()) == [15]
