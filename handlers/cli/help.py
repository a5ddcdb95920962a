"""`leadsman help`: longer guides than -h has room for."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from bot.config.names import nearest
from handlers.cli.console import fail, out
from handlers.cli.exits import Exit
from handlers.cli.guides import GUIDES, Pair


def help_(
    context: typer.Context,
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help=f"One of {', '.join(GUIDES)}.")] = None,
) -> None:
    """Print a longer guide, or the list of them."""
    if topic is None:
        for name, guide in GUIDES.items():
            out(f"  leadsman help {name:16}{guide.about}")
        return
    if topic not in GUIDES:
        likely = nearest(topic, GUIDES)
        hint = f"Did you mean {' or '.join(likely)}?" if likely else f"There are: {', '.join(GUIDES)}."
        fail(f"There is no guide “{topic[:80]}”. {hint}", Exit.USAGE)
    for line in GUIDES[topic].lines(_commands(context.find_root().command, "leadsman")):
        out(line)


def _commands(group: Any, before: str) -> Iterator[Pair]:
    """Every command, those of groups too, with the first sentence of its help."""
    for name, command in group.commands.items():
        typed = f"{before} {name}"
        if hasattr(command, "commands"):
            yield from _commands(command, typed)
        else:
            arguments = [one for one in command.params if one.param_type_name == "argument"]
            words = [one.metavar if one.required else f"[{one.metavar}]" for one in arguments]
            yield " ".join((typed, *words)), command.get_short_help_str(limit=100).rstrip(".")
