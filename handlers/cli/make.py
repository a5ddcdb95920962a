"""What is made from the configuration for others to apply: RBAC for a cluster, the manifest of the Slack app."""

from typing import Annotated

import typer

from bot.config.names import choices, nearest
from bot.config.shape import Commands
from bot.rbac import Account, rbac_documents
from bot.yaml_text import yaml_text
from handlers.cli.console import config, fail, out, settings
from handlers.cli.exits import Exit
from handlers.slack.manifest import manifest_text, slack_manifest


def rbac(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="The cluster's name in the configuration.")],
    account: Annotated[str, typer.Option(help="The service account that Leadsman runs as.")] = "leadsman",
    namespace: Annotated[str, typer.Option(help="The namespace of that account.")] = "leadsman",
) -> None:
    """Print the Roles and RoleBindings for a cluster.

    They hold exactly the verbs that Leadsman uses, in the namespaces that the configuration names: pipe them to kubectl apply -f -
    """
    known = config(settings())
    if cluster not in known.clusters:
        likely = nearest(cluster, known.clusters)
        hint = f"Did you mean {' or '.join(likely)}?" if likely else f"It has: {choices(known.clusters)}."
        fail(f"There is no cluster “{cluster[:80]}” in the configuration. {hint}", Exit.USAGE)
    out(yaml_text(rbac_documents(known, cluster, Account(account, namespace))).rstrip())


def slack_app(
    url: Annotated[
        str | None, typer.Option(help="The bot's public address, for HTTP; without it, Socket Mode.")
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="The usual command names, without reading a configuration.")
    ] = False,
) -> None:
    """Print the manifest of the Slack app.

    Paste it at api.slack.com/apps, Create New App, From a manifest.
    """
    if url is not None and not url.startswith("https://"):
        fail(f"“{url[:80]}” is no https address, and Slack sends to no other. Write --url https://HOST", Exit.USAGE)
    commands = Commands() if defaults else config(settings()).commands
    out(manifest_text(slack_manifest(commands, url)).rstrip())
