"""The console script `leadsman`."""

import os

import typer

from handlers.cli.audit import audit
from handlers.cli.check import check
from handlers.cli.console import be_lenient
from handlers.cli.database import database
from handlers.cli.demo import demo
from handlers.cli.direct import abort
from handlers.cli.exits import MEANINGS
from handlers.cli.help import help_
from handlers.cli.lint import lint
from handlers.cli.make import rbac, slack_app
from handlers.cli.plan import plan
from handlers.cli.run import run
from handlers.cli.status import status

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
    help=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_CODES,
)
app.command()(demo)
app.command()(check)
app.command()(run)
app.command()(plan)
app.command()(lint)
app.command()(status)
app.add_typer(audit, name="audit")
app.command()(abort)
app.command()(rbac)
app.command("slack-manifest")(slack_app)
app.add_typer(database, name="db")
app.command("help")(help_)


def main() -> None:
    """Run the command line. A secret in the environment never reaches a traceback: local variables are not printed."""
    os.environ.setdefault("TYPER_STANDARD_TRACEBACK", "1")
    be_lenient()
    app(prog_name="leadsman")
