"""`leadsman help`: longer guides than -h has room for."""

from collections.abc import Iterator
from typing import Annotated

import typer

from bot.config.names import nearest
from handlers.cli.console import fail, out
from handlers.cli.exits import Exit
from handlers.cli.guides import GUIDES, Pair
from handlers.cli.late import COMMANDS, loaded


def help_(
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
    for line in GUIDES[topic].lines(_commands()):
        out(line)


def _commands() -> Iterator[Pair]:
    """Every command, those of groups too, with the first sentence of its help."""
    for name in COMMANDS:
        outer = loaded(name)
        for inner, command in getattr(outer, "commands", {"": outer}).items():
            typed = f"leadsman {name} {inner}".rstrip()
            arguments = [one for one in command.params if one.param_type_name == "argument"]
            words = [one.metavar if one.required else f"[{one.metavar}]" for one in arguments]
            yield " ".join((typed, *words)), command.get_short_help_str(limit=100).rstrip(".")
