"""The commands by name, each imported only when it is called, so that help and a small command do not wait for the large ones.

As Click's documentation has it under "Lazily Loading Subcommands": the list has its own line about each, and a command is asked for when it
is resolved.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo:demo", "Try it: nothing to set up, nothing leaves this machine."),
    "check": ("check:check", "Say whether all is ready, and how to mend what is not."),
    "run": ("run:run", "Start the bot."),
    "plan": ("plan:plan", "Show what a deploy would do, without doing it."),
    "lint": ("lint:lint", "Say whether Argo Rollouts would take these files."),
    "status": ("status:status", "Show the latest rollout of an app, as its card does."),
    "abort": ("direct:abort", "Bring an app's base version back, the bot being gone."),
    "rbac": ("make:rbac", "Print the Roles and RoleBindings for a cluster."),
    "slack-manifest": ("make:slack_app", "Print the manifest of the Slack app."),
    "help": ("help:help_", "Print a longer guide, or the list of them."),
    "audit": ("audit:audit", "Verify, export or read the audit log."),
    "db": ("database:database", "Look after the database's tables."),
}
"""The module in this package and the name in it, and the first line of what the command says of itself."""


class LateCommands(TyperGroup):
    """A group of commands by their lines in `COMMANDS`; the one that is called is imported then."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command as it is, in place of its line."""
        name, line, rest = super().resolve_command(ctx, args)
        return name, loaded(name) if name else line, rest


def loaded(name: str) -> Any:
    """The command of that name with all its arguments, or the group that it is, as Typer makes them, which has no public name for both."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(f"handlers.cli.{module}"), attribute)
    holder = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    return get_group(holder).commands[name]
