"""Which app is installed in which workspace, and what proves it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace itself; `enterprise_id` only where it belongs to an organisation."""

    id: str = "T0PLAYGRND"
    domain: str = "playground"
    name: str = "Playground"
    enterprise_id: str | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """The one app installed here: its secrets, what it may do, and which events it subscribed to."""

    signing_secret: str = field(repr=False)
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    scopes: frozenset[str]
    events: frozenset[str] = frozenset()
    app_id: str = "A0PLAYGRND"
    bot_id: str = "B0PLAYGRND"
    bot_user: str = "U00BOT00001"
    name: str = "leadsman"


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command as the app's manifest registers it; `name` begins with a slash."""

    name: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False
