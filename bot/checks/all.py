"""All checks together."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from bot.checks.clusters import Connect, check_cluster
from bot.checks.finding import Finding, Group
from bot.checks.metrics import check_prometheus
from bot.checks.slack import SlackProbe, check_slack
from bot.checks.store import check_store
from bot.clock import Clock
from bot.config import Config, ConfigProblem, Settings, load_config
from strategies.model import Native
from strategies.problem import SpecProblem


@dataclass(frozen=True, slots=True)
class Probes:
    """The ways to the outside world that the checks use. `scopes`: those the bot needs; `slack` None: no bot token."""

    slack: SlackProbe | None
    scopes: Sequence[str]
    connect: Connect
    measuring: Executor
    clock: Clock


async def check(settings: Settings | tuple[SpecProblem, ...], probes: Probes | None, path: Path) -> tuple[Finding, ...]:
    """Look at everything and tell all of it, group by group. Without `probes` (`--offline`) only at the configuration.

    `path` is the configuration's, for it is looked at even where the environment has mistakes.
    """
    config = load_config(path)
    found = [*_config(config), *_settings(settings)]
    if probes is None or isinstance(settings, tuple) or isinstance(config, tuple):
        return (*found, *(_unseen(config) if isinstance(config, Config) else ()))
    measured = [(name, cluster.prometheus) for name, cluster in config.clusters.items() if cluster.prometheus]
    outside = await asyncio.gather(
        _slack(config, settings, probes),
        check_store(settings, probes.clock),
        *(check_cluster(config, name, probes.connect) for name in config.clusters),
        *(check_prometheus(config, name, address, probes.measuring) for name, address in measured),
    )
    return (*found, *(finding for findings in outside for finding in findings))


def _config(config: Config | tuple[ConfigProblem, ...]) -> list[Finding]:
    if isinstance(config, tuple):
        return [_problem(problem) for problem in config]
    apps, environments = _count(len(config.apps), "app"), _count(len(config.environments()), "environment")
    sentence = f"{config.document.mark(()).file}: {apps}, {environments}, version {config.version}"
    return [Finding(Group.CONFIG, ok=True, sentence=sentence)]


def _unseen(config: Config) -> list[Finding]:
    """What could not be looked at without the clusters: the templates that the configuration does not have."""
    names: dict[str, None] = {}
    for environment in config.environments():
        driver = config.driver_for(environment.app, environment.name)
        if isinstance(driver, Native):
            names |= dict.fromkeys(name for analysis in driver.plan.analyses for name in analysis.templates)
    absent = [name for name in names if name not in config.templates]
    if not absent:
        return []
    sentence = f"not looked at: {', '.join(absent)}, which the configuration does not have and the clusters may"
    return [Finding(Group.CONFIG, ok=True, sentence=sentence)]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _problem(problem: ConfigProblem) -> Finding:
    sentence = f"{problem.place}: {problem.sentence}" if problem.place else problem.sentence
    return Finding(Group.CONFIG, ok=False, sentence=sentence, fix=problem.fix, place=str(problem.mark))


def _settings(settings: Settings | tuple[SpecProblem, ...]) -> list[Finding]:
    """The environment's mistakes."""
    mistakes = settings if isinstance(settings, tuple) else ()
    return [
        Finding(Group.CONFIG, ok=False, sentence=f"{one.place}: {one.sentence}", fix=one.fix, place="environment")
        for one in mistakes
    ]


async def _slack(config: Config, settings: Settings, probes: Probes) -> tuple[Finding, ...]:
    missing = tuple(
        Finding(Group.SLACK, ok=False, sentence=f"{one.place}: {one.sentence}", fix=one.fix, place="environment")
        for one in settings.slack_problems()
    )
    if missing or probes.slack is None:
        return missing
    return await check_slack(config, probes.slack, probes.scopes)
