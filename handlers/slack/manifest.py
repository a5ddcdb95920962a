"""The Slack app's manifest: made from the methods we call and the commands as the configuration names them.

Scopes follow from `METHODS`, so a call that is not listed there fails in tests, and a scope that nothing needs is not
asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.config.shape import Commands
from bot.yaml_text import yaml_text

Document = dict[str, object]

METHODS: Mapping[str, tuple[str, ...]] = {
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "usergroups.list": ("usergroups:read",),
    "users.info": ("users:read", "users:read.email"),
    "views.open": (),
    "views.update": (),
}
"""Every method of the Web API that the bot token is used for, with the scopes it needs."""

WHY: Mapping[str, str] = {
    "channels:history": "find our own message again when Slack took it and its answer was lost",
    "chat:write": "the card, its thread, and private answers",
    "commands": "the slash commands",
    "files:read": "wait until an uploaded chart can be shown",
    "files:write": "upload charts",
    "groups:history": "the same in private channels",
    "usergroups:read": "roles by user group",
    "users:read": "names, and who is a guest, a bot or deactivated",
    "users:read.email": "roles by e-mail address, and addresses in the audit",
}
"""What each scope is for, in words for whoever has to approve the app."""

EVENTS_PATH = "/slack/events"
_DESCRIPTION = "Progressive delivery to Kubernetes: a canary with evidence beside its buttons."
_LONG = (
    "Leadsman moves a little traffic to a new version, measures it, shows the chart in the channel, asks the right "
    "people, and goes on or turns back. One card in the channel shows where a rollout stands; its thread is the log; "
    "every act is in an audit log that cannot be edited quietly."
)


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One slash command as Slack's composer offers it."""

    command: str
    description: str
    usage_hint: str


def scopes() -> tuple[str, ...]:
    """The bot scopes that the methods and the slash commands need, sorted."""
    return tuple(sorted({"commands", *(scope for needed in METHODS.values() for scope in needed)}))


def slash_commands(commands: Commands) -> tuple[SlashCommand, ...]:
    """The slash commands under their configured names."""
    return (
        SlashCommand(commands.deploy, "Start a rollout", "APP VERSION [ENV]"),
        SlashCommand(commands.promote, "Go on from a pause", "APP [ENV]"),
        SlashCommand(commands.abort, "Bring the version from before back", "APP [ENV] REASON"),
        SlashCommand(commands.rollback, "Go back to an earlier healthy version", "APP [ENV] [--to N]"),
        SlashCommand(commands.rollout, "Look at rollouts and steer them", "status|list|history|plan|pause|… APP [ENV]"),
    )


def slack_manifest(commands: Commands, url: str | None = None, name: str = "Leadsman") -> Document:
    """The app's manifest. `url` is the public address of the bot, such as `https://leadsman.example.com`; without one
    the app uses Socket Mode, which needs no public address.
    """
    address = None if url is None else url.rstrip("/") + EVENTS_PATH
    interactivity: Document = {"is_enabled": True}
    if address is not None:
        interactivity["request_url"] = address
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": name,
            "description": _DESCRIPTION,
            "long_description": _LONG,
            "background_color": "#0072b2",
        },
        "features": {
            "bot_user": {"display_name": name.lower(), "always_online": True},
            "slash_commands": [_command(command, address) for command in slash_commands(commands)],
        },
        "oauth_config": {"scopes": {"bot": list(scopes())}},
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": address is None,
            "token_rotation_enabled": False,
        },
    }


def manifest_text(manifest: Mapping[str, object]) -> str:
    """The manifest as YAML, each scope with what it is for."""
    text = yaml_text([manifest])
    for scope, why in WHY.items():
        text = text.replace(f"- {scope}\n", f"- {scope}  # {why}\n")
    return text


def _command(command: SlashCommand, address: str | None) -> Document:
    made: Document = {
        "command": command.command,
        "description": command.description,
        "usage_hint": command.usage_hint,
        "should_escape": False,
    }
    if address is not None:
        made["url"] = address
    return made
