"""What is made from the configuration for others to apply: RBAC for a cluster, the manifest of the Slack app."""

from typing import Annotated

import typer

from bot.config.names import nearest
from bot.config.shape import Commands
from bot.rbac import Account, rbac_documents
from bot.yaml_text import yaml_text
from handlers.cli.console import config, fail, out, settings
from handlers.cli.exits import Exit
from handlers.slack.manifest import manifest_text, slack_manifest


def rbac(
    cluster: Annotated[str, typer.Argument(help="The cluster's name in the configuration.")],
    account: Annotated[str, typer.Option(help="The service account that Leadsman runs as.")] = "leadsman",
    namespace: Annotated[str, typer.Option(help="The namespace of that account.")] = "leadsman",
) -> None:
    """Print the Roles and RoleBindings that Leadsman needs in a cluster: exactly the verbs it uses."""
    known = config(settings())
    if cluster not in known.clusters:
        likely = nearest(cluster, known.clusters)
        hint = f" Did you mean {likely[0]}?" if likely else f" It has: {', '.join(known.clusters)}."
        fail(f"There is no cluster “{cluster}” in the configuration.{hint}", Exit.USAGE)
    out(yaml_text(rbac_documents(known, cluster, Account(account, namespace))).rstrip())


def slack_app(
    url: Annotated[
        str | None, typer.Option(help="The bot's public address, for HTTP; without it, Socket Mode.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--defaults", help="The usual command names, without reading a configuration.")
    ] = False,
) -> None:
    """Print the manifest of the Slack app: paste it at api.slack.com/apps, Create New App, From a manifest."""
    commands = Commands() if offline else config(settings()).commands
    out(manifest_text(slack_manifest(commands, url)).rstrip())
