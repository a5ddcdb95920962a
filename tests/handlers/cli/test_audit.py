"""`leadsman audit` and `leadsman db`: the log as people verify, export and read it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.store import Store
from bot.store.records import AuditEntry
from handlers.cli.exits import Exit
from handlers.cli.guides import GUIDES
from tests.bot.store.builders import ADA, at
from tests.bot.store.tampering import Execute, tamper
from tests.handlers.cli.conftest import Shell

REASON = "too slow\n     9  2026-03-02 09:00:09Z  -  Mallory  approved  \x1b[2J"


@pytest.fixture
async def address(shell: Shell) -> str:
    """A database with five entries, the third of which tries to look like another."""
    made = f"sqlite:///{shell.folder}/leadsman.db"
    store = Store.open(made, clock=SystemClock())
    await store.migrate()
    for number in range(1, 6):
        facts = {"reason": REASON if number == 3 else f"act {number}"}
        await store.audit([AuditEntry("refused", at(number), ADA, facts)], at=at(number))
    await store.close()
    return made


def _edit(address: str, statement: str) -> None:
    def edit(execute: Execute) -> None:
        execute(statement)

    tamper(address, edit)


async def test_a_sound_log_is_said_to_be_sound_with_its_head_and_what_cannot_be_found(
    shell: Shell, address: str
) -> None:
    ended = await shell.beside("audit", "verify")
    assert ended.code == Exit.DONE
    assert ended.out.startswith("√ 5 entries, nothing wrong found. The head is 5:")
    assert len(ended.out.splitlines()) == 1
    assert "cannot be found: Somebody with full access" in ended.err

    found = (await shell.beside("audit", "verify", "--json")).json
    assert (found["exit"], found["entries"], found["findings"]) == (Exit.DONE, 5, [])
    assert ended.out.rstrip().endswith(f"5:{found['head']['hash']}")


async def test_an_edited_entry_is_named_and_the_code_says_so(shell: Shell, address: str) -> None:
    edit = "UPDATE audit SET content = CAST(replace(content, 'act 2', 'act 9') AS BLOB) WHERE sequence = 2"
    _edit(address, edit)
    ended = await shell.beside("audit", "verify")
    assert ended.code == Exit.FAILED
    assert ended.out == "× Entry 2 was edited: its content does not match its hash.\n"
    found = (await shell.beside("audit", "verify", "--json")).json
    assert (found["exit"], [one["sequence"] for one in found["findings"]]) == (Exit.FAILED, [2])


@pytest.mark.parametrize(
    "edit", ["content = CAST(content AS TEXT)", "content = 7", "hash = 7", "content = x'ff'", "hash = x'00'"]
)
async def test_an_entry_that_is_no_entry_any_more_is_named_and_not_stumbled_over(
    shell: Shell, address: str, edit: str
) -> None:
    _edit(address, f"UPDATE audit SET {edit} WHERE sequence = 2")  # noqa: S608 -- the cases above
    ended = await shell.beside("audit", "verify")
    assert ended.code == Exit.FAILED
    assert ended.out.startswith("× Entry 2 was edited: ")


async def test_a_head_kept_elsewhere_proves_the_log_or_unmasks_it(shell: Shell, address: str) -> None:
    head = (await shell.beside("audit", "verify", "--json")).json["head"]
    anchor = f"{head['sequence']}:{head['hash']}"
    assert (await shell.beside("audit", "verify", "--anchor", anchor)).code == Exit.DONE
    assert (await shell.beside("audit", "verify", "--anchor", "5:" + "0" * 64)).code == Exit.FAILED


@pytest.mark.parametrize("anchor", ["5", "five:abc", ":abc", "5:", "²:abc"])
def test_a_wrong_anchor_is_told_with_how_it_is_written(shell: Shell, anchor: str) -> None:
    ended = shell("audit", "verify", "--anchor", anchor)
    assert ended.code == Exit.USAGE
    assert ended.err == f"“{anchor}” is no anchor. Write NUMBER:HASH, as verify prints them.\n"


async def test_the_tail_has_one_line_for_each_entry_whatever_people_typed(shell: Shell, address: str) -> None:
    ended = await shell.beside("audit", "tail", "-n", "3")
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "4", "5"]
    assert lines[1] == "     4  2026-03-02 09:00:04Z  -  Ada  refused  reason act 4"
    assert "\x1b" not in ended.out

    found = (await shell.beside("audit", "tail", "--lines", "3", "--json")).json
    assert found["exit"] == Exit.DONE
    assert [one["sequence"] for one in found["entries"]] == [3, 4, 5]
    assert found["entries"][0]["facts"]["reason"] == REASON
    assert (await shell.beside("audit", "tail", "-n", "0")).code == Exit.USAGE


async def test_the_export_is_every_entry_as_a_line_of_json(shell: Shell, address: str) -> None:
    ended = await shell.beside("audit", "export")
    entries = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == Exit.DONE
    assert len(entries) == 5
    assert "act 5" in ended.out


async def test_an_export_cut_short_by_its_reader_ends_without_a_traceback(shell: Shell, address: str) -> None:
    leadsman = Path(sys.executable).parent / "leadsman"
    process = await asyncio.create_subprocess_shell(
        f"{leadsman} audit export | head -c 1", stdout=PIPE, stderr=PIPE, cwd=shell.folder
    )
    out, err = await process.communicate()
    assert (out, err) == (b"{", b"")


async def test_the_guide_tells_the_same_commands(shell: Shell) -> None:
    told = "\n".join(GUIDES["audit"].lines(()))
    assert all(f"leadsman audit {verb}" in told for verb in ("verify", "export", "tail"))


def test_upgrade_makes_the_tables_and_may_be_repeated(shell: Shell) -> None:
    for _ in range(2):
        ended = shell("db", "upgrade")
        assert (ended.code, ended.out, ended.err) == (Exit.DONE, "", "leadsman.db is up to date.\n")
    assert shell("audit", "verify").code == Exit.DONE
