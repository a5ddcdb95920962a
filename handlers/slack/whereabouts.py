"""Which app and environment typed words mean. Nothing is guessed: what could mean two places means none."""

from collections.abc import Sequence

from bot.config.config import Config, Environment, Unknown
from handlers.slack.words import Mistaken, Word

_SHOWN = 80


def app_of(name: str, config: Config) -> str:
    """The app that a name means: its own, or that of its workload in the cluster, where only one app has it."""
    if name in config.apps:
        return name
    owners = {one.app for one in config.environments() if one.target.workload == name}
    return owners.pop() if len(owners) == 1 else name


def no_app(name: str, config: Config) -> str:
    """The sentence for a name that is no app's."""
    found = config.app(name)
    return found.sentence if isinstance(found, Unknown) else ""


def place_of(app: Word, environment: Sequence[Word], namespace: str | None, config: Config) -> Environment:
    """The place: by the environment's name, or by the namespace that kubectl's `-n` gives. Raises Mistaken."""
    name = app_of(app.name, config)
    there = [one for one in config.environments() if one.app == name and one.target.namespace == namespace]
    chosen = environment[0].name if environment else there[0].name if len(there) == 1 else None
    found = config.environment(name, chosen)
    if isinstance(found, Unknown):
        raise Mistaken(found.sentence)
    if namespace is not None and found.target.namespace != namespace:
        lies = f"{found.app} in {found.name} lies in namespace {found.target.namespace}, not in “{namespace[:_SHOWN]}”."
        raise Mistaken(f"{lies} The namespace may be left out here.")
    return found


def place_of_run(name: str, config: Config) -> Environment | None:
    """The place of an analysis that is named without its app: the names of runs begin with their Rollout's. None for an app's name."""
    if app_of(name, config) in config.apps:
        return None
    found = [one for one in config.environments() if name.startswith(f"{one.target.workload}-")]
    longest = max((len(one.target.workload) for one in found), default=0)
    places = [one for one in found if len(one.target.workload) == longest]
    return places[0] if len(places) == 1 else None
