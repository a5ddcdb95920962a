"""The configuration read again while the bot runs."""

from dataclasses import dataclass
from pathlib import Path

from bot.config.config import Config
from bot.config.difference import difference
from bot.config.load import load_config, watched_files
from bot.config.problem import ConfigProblem
from bot.config.source import fingerprint


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A good edit: `new` is in force. `changes` are lines for people and the audit."""

    old: Config
    new: Config
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A bad edit: the configuration from before stays in force."""

    problems: tuple[ConfigProblem, ...]


class ConfigWatch:
    """Holds the configuration in force, and looks whether its files have changed.

    `current` is the only place that roles and other live settings are read from.
    """

    def __init__(self, path: Path, config: Config) -> None:
        self._path = path
        self.current = config
        self._seen = fingerprint(config.files)

    def look(self) -> Reloaded | Kept | None:
        """Read the files if they changed. None: nothing changed, or only comments and layout. A bad edit is told once.

        Reads files, so call it from a thread of its own.
        """
        seen = fingerprint(watched_files(self._path, self.current))
        if seen == self._seen:
            return None
        self._seen = seen
        found = load_config(self._path)
        if isinstance(found, tuple):
            return Kept(found)
        if found.instance != self.current.instance:
            return Kept((_renamed(found),))
        old, self.current = self.current, found
        self._seen = fingerprint(watched_files(self._path, found))
        return Reloaded(old, found, difference(old, found)) if old.version != found.version else None


def _renamed(config: Config) -> ConfigProblem:
    """Every claim on a workload carries the name, so under another one our own rollouts would look like a stranger's."""
    fix = "Write the old name again, or restart Leadsman when no rollout is live."
    return ConfigProblem(config.mark("instance"), "a running installation cannot change its name", fix, "instance")
