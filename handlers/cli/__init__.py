"""The console script `leadsman`."""

import os
import sys

import typer

from handlers.cli.exits import MEANINGS
from handlers.cli.late import COMMANDS, LateCommands

EXAMPLES = """
Progressive delivery to Kubernetes, steered from Slack.

\b
  leadsman demo                       try it: nothing leaves this machine
  leadsman check                      is everything ready for my Slack and clusters?
  leadsman run                        start the bot
  leadsman plan checkout v1.4.2 prod  what would a deploy do, and what speaks against it?
  leadsman lint manifests/            would Argo Rollouts take these files?
  leadsman help configuration         what goes into leadsman.yaml
"""
_CODES = "\b\nExit codes:\n" + "\n".join(f"  {int(code):<4} {meaning}" for code, meaning in MEANINGS.items())

app = typer.Typer(
    cls=LateCommands,
    help=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_CODES,
)
for _name, (_, _line) in COMMANDS.items():
    app.command(_name, help=_line)(lambda: None)


def main() -> None:
    """Run the command line. A secret in the environment never reaches a traceback: local variables are not printed."""
    os.environ.setdefault("TYPER_STANDARD_TRACEBACK", "1")
    _be_lenient()
    app(prog_name="leadsman")


def _be_lenient() -> None:
    """Let no terminal's alphabet end a command: what it cannot show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
