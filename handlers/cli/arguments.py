"""The arguments that several commands share, named as in Slack."""

from typing import Annotated

import typer

AppName = Annotated[str, typer.Argument(metavar="APP", help="The app's name in the configuration.")]
EnvironmentName = Annotated[
    str | None, typer.Argument(metavar="ENV", help="The environment; may be left out where the app has only one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
