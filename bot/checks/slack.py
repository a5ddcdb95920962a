"""Does Slack know us, did it grant what we need, and does it know the groups and people that roles name?"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.access import Directory
from bot.checks.finding import Finding, Group
from bot.config import Config
from bot.errors import LeadsmanError, Unreachable

_LATER = " It is tried again."
_REACH = "Look whether this machine reaches Slack, and whether SLACK_API_URL is right if it is set."


class SlackProbe(Directory, Protocol):
    """The directory, and what Slack granted the bot token."""

    async def granted(self) -> frozenset[str]:
        """The scopes of the bot token. Raises a LeadsmanError when Slack does not answer or does not know the token."""


async def check_slack(config: Config, probe: SlackProbe, needed: Sequence[str]) -> tuple[Finding, ...]:
    """What Slack says. `needed`: the scopes that the bot uses."""
    try:
        home = await probe.home()
        missing = [scope for scope in needed if scope not in await probe.granted()]
    except Unreachable as error:
        sentence = str(error).removesuffix(_LATER).rstrip(".")
        return (Finding(Group.SLACK, ok=False, sentence=sentence, fix=_REACH, place="environment"),)
    except LeadsmanError as error:
        return (Finding(Group.SLACK, ok=False, sentence=str(error).rstrip("."), place="environment"),)
    found = [Finding(Group.SLACK, ok=True, sentence=f"reached, workspace {home.team}")]
    if missing:
        fix = "Paste the output of leadsman slack-manifest into your Slack app, and install it again."
        found.append(Finding(Group.SLACK, ok=False, sentence=f"scopes are missing: {', '.join(missing)}", fix=fix))
        return tuple(found)
    found.append(Finding(Group.SLACK, ok=True, sentence="every scope is granted"))
    try:
        people = [*await _members(config, probe)]
    except LeadsmanError as error:
        people = [Finding(Group.SLACK, ok=False, sentence=str(error).rstrip("."))]
    return (
        *found,
        *(people or [Finding(Group.SLACK, ok=True, sentence="every group and person of the roles is known")]),
    )


async def _members(config: Config, probe: SlackProbe) -> list[Finding]:
    """The groups and user ids of the roles that Slack does not know."""
    named = list(_named(config))
    groups = await probe.members(frozenset(member[1:] for _, _, member in named if member.startswith("@")))
    found = []
    for role, at, member in named:
        known = member[1:] in groups if member.startswith("@") else await probe.person(member) is not None
        if not known:
            what = "group" if member.startswith("@") else "person"
            sentence, fix = f"Slack knows no {what} {member} (role {role})", "Correct it, or make the group in Slack."
            place = str(config.mark("roles", role, at))
            found.append(Finding(Group.SLACK, ok=False, sentence=sentence, fix=fix, place=place))
    return found


def _named(config: Config) -> Iterator[tuple[str, int, str]]:
    """Groups and user ids of the roles: role, position, member. E-mail addresses are not looked up: that needs a scope."""
    for role, members in config.roles.items():
        for at, member in enumerate(members):
            if member != "*" and "@" not in member[1:]:
                yield role, at, member
