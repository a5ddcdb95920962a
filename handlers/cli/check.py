"""`leadsman check`: everything that must be so before Leadsman can work, all problems at once, each with its mend."""

import os
from itertools import groupby
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from bot.adapters.kubernetes import Kubernetes
from bot.adapters.prometheus import measuring_threads
from bot.checks import Finding, Group, Probes
from bot.checks import check as look
from bot.clock import SystemClock
from bot.clusters import connect
from bot.config import Settings
from handlers.cli.arguments import AsJson
from handlers.cli.console import config, out, out_json, quit_with, run
from handlers.cli.exits import Exit
from handlers.slack.client import slack_client
from handlers.slack.directory import SlackDirectory
from handlers.slack.manifest import scopes
from strategies.problem import SpecProblem


def check(
    offline: Annotated[
        bool, typer.Option("--offline", help="Only the configuration and the environment, for CI.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether all is ready, and how to mend what is not.

    Looks at configuration, Slack, store, clusters and metrics, and tells all problems at once, each with its place. Changes nothing.
    """
    found = Settings.from_environ(os.environ)
    path = Path(os.environ.get("LEADSMAN_CONFIG") or "leadsman.yaml") if isinstance(found, tuple) else found.config
    findings = run(_checked(found, path, offline=offline))
    code = Exit.DONE if all(finding.ok for finding in findings) else Exit.FAILED
    if as_json:
        rows = [
            {"group": one.group, "ok": one.ok, "sentence": one.sentence, "fix": one.fix, "place": one.place}
            for one in findings
        ]
        out_json({"findings": rows}, code)
    else:
        _print(findings)
    quit_with(code)


async def _checked(found: Settings | tuple[SpecProblem, ...], path: Path, *, offline: bool) -> tuple[Finding, ...]:
    if offline or not isinstance(found, Settings):
        return await look(found, None, path)
    clock, threads = SystemClock(), measuring_threads()

    async def reach(name: str) -> Kubernetes:
        return (await connect(config(found), name, found.kubeconfig, clock)).kubernetes

    async with aiohttp.ClientSession() as session:
        slack = SlackDirectory(slack_client(found, session)) if found.bot_token else None
        try:
            return await look(found, Probes(slack, scopes(), reach, threads, clock), path)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _print(findings: tuple[Finding, ...]) -> None:
    """Group by group: a mark first, and under what is not well the mend and the place."""
    ordered = sorted(findings, key=lambda one: list(Group).index(one.group))
    bad = [finding for finding in findings if not finding.ok]
    groups = 0
    for group, members in groupby(ordered, key=lambda one: one.group):
        groups += 1
        out(group)
        for finding in members:
            out(f"{'√' if finding.ok else '×'} {finding.sentence}")
            if finding.fix:
                out(f"    fix   {finding.fix}")
            if finding.place and not finding.ok:
                out(f"    at    {finding.place}")
        out()
    broken = len({finding.group for finding in bad})
    if bad:
        out(f"{groups - broken} of {groups} groups passed, {len(bad)} problem{'s' if len(bad) > 1 else ''}")
    else:
        out("Everything is well. Start it with: leadsman run")
