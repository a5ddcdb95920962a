"""What Slack knows about people: `bot.access.Directory` and what `leadsman check` asks, over the Web API.

Groups come with their members in one call, for usergroups.list has a budget of twenty a minute and every act asks it;
acts at one moment share a call.
"""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Home, Person
from bot.errors import NotFound, ServerFailed
from handlers.slack.failures import slack_code, slack_errors
from handlers.slack.shared import Shared

_NO_GROUPS = "plan_upgrade_required"
"""Slack's word in workspaces whose plan has no user groups."""

Answer = Mapping[str, Any]


class SlackDirectory:
    """People, groups and the app itself, as Slack has them at this moment. Nothing is kept."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._with_members: Shared[Mapping[str, Answer]] = Shared(lambda: self._groups(include_users=True))

    async def home(self) -> Home:
        """The workspace and organisation that the bot's token belongs to."""
        answer = await self._auth_test()
        return Home(_text(answer, "team_id"), _text(answer, "enterprise_id") or None)

    async def granted(self) -> frozenset[str]:
        """The scopes of the bot token."""
        with slack_errors("auth.test"):
            response = await self._client.auth_test()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return frozenset(filter(None, (scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(","))))

    async def bot_user(self) -> str:
        """The user id of the bot itself."""
        return _text(await self._auth_test(), "user_id")

    async def person(self, user: str) -> Person | None:
        """The person of that id. None: Slack knows nobody by it."""
        try:
            with slack_errors("users.info"):
                answer = (await self._client.users_info(user=user)).data
        except NotFound:
            return None
        found = answer.get("user") if isinstance(answer, dict) else None
        if not isinstance(found, dict) or found.get("id") != user:
            raise ServerFailed("Slack's answer to users.info could not be read. It is tried again.")
        return _person(found)

    async def members(self, handles: frozenset[str]) -> Mapping[str, frozenset[str]]:
        """The ids of the members of each user group, by handle without `@`. Groups that do not exist are left out."""
        groups = await self._with_members.get()
        return {
            handle: frozenset(user for user in group.get("users") or () if isinstance(user, str))
            for handle, group in groups.items()
            if handle in handles
        }

    async def group_ids(self) -> Mapping[str, str]:
        """The id of every user group by its handle without `@`, to mention it by."""
        return {handle: _text(group, "id") for handle, group in (await self._groups(include_users=False)).items()}

    async def _groups(self, *, include_users: bool) -> Mapping[str, Answer]:
        with slack_errors("usergroups.list"):
            try:
                answer = (await self._client.usergroups_list(include_users=include_users)).data
            except SlackApiError as error:
                if slack_code(error) == _NO_GROUPS:
                    return {}
                raise
        found = answer.get("usergroups") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise ServerFailed("Slack's answer to usergroups.list could not be read. It is tried again.")
        return {_text(group, "handle"): group for group in found if isinstance(group, dict)}

    async def _auth_test(self) -> Answer:
        with slack_errors("auth.test"):
            answer = (await self._client.auth_test()).data
        if not isinstance(answer, dict) or not _text(answer, "team_id"):
            raise ServerFailed("Slack's answer to auth.test could not be read. It is tried again.")
        return answer


def _person(found: Answer) -> Person:
    """A person of users.info. Flags that a deactivated account has not count as not set."""
    profile = found.get("profile") or {}
    organisation = found.get("enterprise_user") or {}
    shown = _text(profile, "display_name") or _text(found, "real_name") or _text(found, "name")
    return Person(
        id=_text(found, "id"),
        name=shown or _text(found, "id"),
        email=_text(profile, "email") or None,
        team=_text(found, "team_id") or _text(profile, "team"),
        enterprise=_text(organisation, "enterprise_id") or None,
        is_deactivated=bool(found.get("deleted")),
        is_bot=bool(found.get("is_bot")) or bool(found.get("is_workflow_bot")) or found.get("id") == "USLACKBOT",
        is_guest=bool(found.get("is_restricted")) or bool(found.get("is_ultra_restricted")),
        is_stranger=bool(found.get("is_stranger")),
    )


def _text(answer: Answer, key: str) -> str:
    found = answer.get(key)
    return found if isinstance(found, str) else ""
