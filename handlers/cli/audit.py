"""`leadsman audit`: verify the chain, export it, read its end."""

import sys
from typing import Annotated, Any

import typer

from bot.clock import SystemClock
from bot.store import Store
from bot.store.records import Anchor, AuditRecord
from handlers.cli.arguments import AsJson
from handlers.cli.console import fail, out, out_json, quit_with, run, settings, talk
from handlers.cli.exits import Exit
from handlers.slack.views.prose import shorten

audit = typer.Typer(help="Verify, export or read the audit log.", no_args_is_help=True)

_LONGEST_FACT = 400


def _open() -> Store:
    return Store.open(settings().database_url.get_secret_value(), clock=SystemClock(), read_only=True)


@audit.command()
def verify(
    anchor: Annotated[
        list[str] | None, typer.Option(help="NUMBER:HASH of an entry kept elsewhere; proves all before it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for edits of the log.

    Says what it found, at which entry, and what it cannot find. With an anchor, a head kept elsewhere, it also finds a log written anew.
    """
    anchors = [_anchor(text) for text in anchor or ()]

    async def work() -> Exit:
        store = _open()
        try:
            found = await store.verify(anchors)
        finally:
            await store.close()
        code = Exit.DONE if found.is_sound else Exit.FAILED
        if as_json:
            findings = [{"sequence": one.sequence, "sentence": one.sentence} for one in found.findings]
            head = {"sequence": found.head.sequence, "hash": found.head.hash}
            out_json({"entries": found.entries, "head": head, "findings": findings, "limits": found.limits}, code)
            return code
        for finding in found.findings:
            out(f"× {finding.sentence}")
        if found.is_sound:
            out(f"√ {found.entries} entries, nothing wrong found. The head is {found.head.sequence}:{found.head.hash}")
        for limit in found.limits:
            talk(f"cannot be found: {limit}")
        return code

    quit_with(run(work()))


def _anchor(text: str) -> Anchor:
    number, _, digest = text.partition(":")
    if not number.isascii() or not number.isdigit() or not digest:
        fail(f"“{text}” is no anchor. Write NUMBER:HASH, as verify prints them.", Exit.USAGE)
    return Anchor(int(number), digest)


@audit.command()
def export() -> None:
    """Write the whole log as JSON lines.

    Each entry as it was hashed, with its hash.
    """

    async def work() -> None:
        store = _open()
        try:
            async for line in store.export():
                sys.stdout.buffer.write(line.rstrip(b"\n") + b"\n")
        finally:
            await store.close()
        sys.stdout.flush()

    run(work())


@audit.command()
def tail(
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10_000, help="How many entries.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Print the newest entries, oldest first."""

    async def work() -> None:
        store = _open()
        try:
            head = await store.audit_head()
            records = await store.audit_entries(max(0, head.sequence - lines), lines)
        finally:
            await store.close()
        if as_json:
            out_json({"entries": [_as_json(record) for record in records]})
            return
        for record in records:
            out(audit_line(record))

    run(work())


def audit_line(record: AuditRecord) -> str:
    """One entry on one line: number, time, where, who, what, and the facts."""
    where = f"{record.app}/{record.environment}" if record.app else "-"
    facts = ", ".join(
        f"{name} {shorten(str(value), _LONGEST_FACT)}"
        for name, value in record.facts.items()
        if value not in (None, "")
    )
    who = shorten(record.actor.name)
    return f"{record.sequence:>6}  {record.at:%Y-%m-%d %H:%M:%S}Z  {where}  {who}  {record.kind}  {facts}".rstrip()


def _as_json(record: AuditRecord) -> dict[str, Any]:
    return {
        "sequence": record.sequence,
        "at": record.at.isoformat(),
        "kind": record.kind,
        "actor": {"id": record.actor.id, "name": record.actor.name, "surface": record.actor.surface},
        "rollout": record.rollout_id,
        "app": record.app,
        "environment": record.environment,
        "facts": dict(record.facts),
        "hash": record.hash,
    }
