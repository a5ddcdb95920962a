"""People and groups as the real client of Slack's Web API finds them in a workspace."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Home
from bot.errors import Forbidden, ServerFailed, Throttled, Unauthenticated, Unreachable
from bot.playground.slack import Workspace
from handlers.slack.directory import SlackDirectory
from handlers.slack.manifest import scopes


async def test_the_home_is_the_workspace_of_the_token(directory: SlackDirectory, workspace: Workspace) -> None:
    assert await directory.home() == Home(workspace.records.team.id)


async def test_what_slack_granted_is_told(directory: SlackDirectory) -> None:
    assert await directory.granted() == frozenset(scopes())


async def test_people_come_with_what_bars_them(directory: SlackDirectory, workspace: Workspace) -> None:
    seen = {}
    for name in ("alice", "dave", "erin", "frank", "leadsman"):
        person = await directory.person(workspace.directory.person(name).id)
        assert person is not None
        seen[name] = (person.is_guest, person.is_deactivated, person.is_stranger, person.is_bot)
    assert seen == {
        "alice": (False, False, False, False),
        "dave": (True, False, False, False),
        "erin": (False, True, False, False),
        "frank": (False, False, True, False),
        "leadsman": (False, False, False, True),
    }


async def test_a_person_has_a_name_an_address_and_a_workspace(directory: SlackDirectory, workspace: Workspace) -> None:
    person = await directory.person("U01ALICE001")
    assert person is not None
    assert (person.name, person.email, person.team) == ("alice", "alice@example.com", workspace.records.team.id)


async def test_nobody_is_known_by_an_id_that_is_none(directory: SlackDirectory) -> None:
    assert await directory.person("U0NOBODY") is None


async def test_members_come_by_handle_and_unknown_groups_are_left_out(directory: SlackDirectory) -> None:
    found = await directory.members(frozenset({"sre", "nobody"}))
    assert found == {"sre": frozenset({"U02BOB00001", "U03CAROL001"})}
    assert await directory.group_ids() == {"sre": "S01SRE00001"}


async def test_a_group_that_was_disabled_gives_no_role(directory: SlackDirectory, workspace: Workspace) -> None:
    workspace.directory.group("sre").disabled = True
    assert await directory.members(frozenset({"sre"})) == {}


async def test_a_workspace_without_user_groups_has_none(directory: SlackDirectory, workspace: Workspace) -> None:
    workspace.faults.error("usergroups.list", "plan_upgrade_required")
    assert await directory.members(frozenset({"sre"})) == {}


async def test_slacks_refusals_and_silences_are_told_apart(directory: SlackDirectory, workspace: Workspace) -> None:
    workspace.faults.rate_limit("users.info", retry_after=7)
    with pytest.raises(Throttled) as throttled:
        await directory.person("U01ALICE001")
    assert throttled.value.delay == 7
    workspace.faults.status("users.info", 503)
    with pytest.raises(ServerFailed, match="HTTP 503"):
        await directory.person("U01ALICE001")
    workspace.faults.error("users.info", "token_revoked")
    with pytest.raises(Unauthenticated, match="SLACK_BOT_TOKEN"):
        await directory.person("U01ALICE001")
    workspace.faults.error("usergroups.list", "missing_scope")
    with pytest.raises(Forbidden, match="leadsman slack-manifest"):
        await directory.members(frozenset({"sre"}))


async def test_no_error_ever_shows_the_token(client: AsyncWebClient, workspace: Workspace) -> None:
    directory = SlackDirectory(client)
    await workspace.stop()
    with pytest.raises(Unreachable) as error:
        await directory.person("U01ALICE001")
    assert str(client.token) not in str(error.value) and error.value.__cause__ is None
