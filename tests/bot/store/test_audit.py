"""The audit log: what is in an entry, and that it only grows."""

import asyncio
import hashlib
import json
import math

import pytest

from bot.errors import NotFound
from bot.store.records import AuditEntry
from strategies.events import What
from strategies.model import Actor
from tests.bot.store.builders import ADA, at, ended, happening, rollout, seen
from tests.bot.store.conftest import raw


async def test_an_entry_says_who_what_why_under_which_policy_and_what_was_seen(store):
    saved = await store.create(rollout(), at=at(0))
    act = happening(What.SKIPPED, 5, reason="we know", step=2)
    await store.save(saved, saved.rollout, happenings=[act], seen=seen(10, 4), at=at(6))
    (entry,) = await store.audit_entries(0, 9)
    assert (entry.sequence, entry.kind, entry.actor, entry.at) == (1, "skipped", ADA, at(5))
    assert (entry.rollout_id, entry.app, entry.environment) == ("r1", "checkout", "prod")
    assert entry.facts == {"reason": "we know", "step": 2}
    body = json.loads(entry.content)
    assert body["policy"] == "p7"
    assert body["seen"]["w1"]["weight"] == 10
    assert body["seen"]["w1"]["stable"]["ready"] == 4
    assert entry.hash == hashlib.sha256(entry.content).hexdigest()


async def test_an_act_without_a_rollout_is_recorded_with_what_was_typed(store):
    typed = "checkout\0<!channel>\ud800"
    entry = AuditEntry("refused", at(1), Actor("U0EVE", "Eve\0"), {"typed": typed, "rate": math.nan})
    await store.audit([entry], app=typed, environment="prod", at=at(2))
    (found,) = await store.audit_entries(0, 9)
    assert found.facts == {"typed": typed, "rate": "nan"}
    assert found.app == "checkout�<!channel>?"
    assert found.rollout_id is None
    assert (await store.verify()).is_sound


async def test_an_ended_rollout_remembers_what_is_recorded_of_it_later(store):
    saved = await store.create(rollout(), [happening(What.REQUESTED)], at=at(0))
    await store.save(saved, ended(saved.rollout), happenings=[happening(What.ENDED)], at=at(1))
    await store.audit([AuditEntry("patched", at(2), ADA)], rollout_id="r1", at=at(2))
    assert [entry.kind for entry in await store.audit_entries(0, 9, rollout_id="r1")] == [
        "requested",
        "ended",
        "patched",
    ]
    assert (await store.verify()).is_sound
    with pytest.raises(NotFound):
        await store.audit([AuditEntry("patched", at(2), ADA)], rollout_id="r9", at=at(2))


async def test_entries_are_read_by_rollout_and_app_and_paged_by_number(store):
    for name, app in (("r1", "checkout"), ("r2", "cart"), ("r3", "search")):
        await store.create(rollout(name, app=app), [happening(What.REQUESTED), happening(What.STARTED)], at=at(0))
    assert [entry.sequence for entry in await store.audit_entries(2, 3)] == [3, 4, 5]
    assert [entry.sequence for entry in await store.audit_entries(0, 9, app="cart")] == [3, 4]
    assert [entry.sequence for entry in await store.audit_entries(5, 9, rollout_id="r3")] == [6]


async def test_many_who_record_at_one_moment_leave_one_chain_without_gaps(store):
    acts = [store.audit([AuditEntry("x", at(n), ADA), AuditEntry("y", at(n), ADA)], at=at(n)) for n in range(40)]
    await asyncio.gather(*acts)
    found = await store.verify()
    assert found.is_sound
    assert found.entries == 80
    kinds = [entry.kind for entry in await store.audit_entries(0, 99)]
    assert kinds == ["x", "y"] * 40


async def test_an_export_can_be_checked_by_anybody_with_sha256_alone(store):
    await store.create(rollout(), [happening(What.REQUESTED, reason="<&>é"), happening(What.STARTED)], at=at(0))
    previous = "0" * 64
    async for line in store.export():
        assert line.endswith(b"\n")
        content = line[len(b'{"entry":') : line.rindex(b',"hash":')]
        assert json.loads(content)["previous"] == previous
        previous = json.loads(line)["hash"]
        assert hashlib.sha256(content).hexdigest() == previous
    assert previous == (await store.audit_head()).hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET hash = 'x'",
        "UPDATE audit SET hash = 'x' WHERE sequence = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE sequence = 2",
        "INSERT INTO audit (sequence, at, content, hash) SELECT 0, at, content, hash FROM audit WHERE sequence = 1",
        "INSERT INTO audit (sequence, at, content, hash) SELECT 2, at, content, hash FROM audit WHERE sequence = 1",
        "UPDATE audit_head SET sequence = 1",
        "UPDATE audit_head SET hash = 'x'",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, 'x')",
    ],
)
async def test_the_database_itself_refuses_what_would_not_only_grow_the_log(store, address, statement):
    await store.audit([AuditEntry("x", at(0), ADA), AuditEntry("y", at(0), ADA)], at=at(0))
    with pytest.raises(Exception, match=r"only grows|was used before|only goes forward"):
        raw(address, statement)
    assert (await store.verify()).is_sound


async def test_emptying_the_tables_at_once_is_refused_too(store, address):
    await store.audit([AuditEntry("x", at(0), ADA)], at=at(0))
    if address.startswith("sqlite"):
        statements = [
            ("INSERT OR REPLACE INTO audit SELECT * FROM audit",),
            ("REPLACE INTO audit_head (id, sequence, hash) VALUES (1, 0, 'x')",),
        ]
    else:
        statements = [
            ("TRUNCATE audit",),
            ("TRUNCATE audit_head",),
            ("SET session_replication_role = replica", "DELETE FROM audit"),
        ]
    for each in statements:
        with pytest.raises(Exception, match=r"only grows|was used before|only goes forward"):
            raw(address, *each)
    assert (await store.verify()).is_sound
