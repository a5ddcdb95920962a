"""Who is who: people of every kind, groups, e-mail addresses."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import ImpossibleError, Team, Workspace

from .conftest import APP, BOT, HandClock
from .test_webapi import refused


async def told(client: AsyncWebClient, user: str) -> dict[str, object]:
    return dict((await client.users_info(user=user))["user"])


async def test_people_of_every_kind_are_marked_as_such(client: AsyncWebClient) -> None:
    assert (await told(client, "U04DAVE0001"))["is_ultra_restricted"] is True
    assert (await told(client, "U05ERIN0001"))["deleted"] is True
    assert (await told(client, "U00BOT00001"))["is_bot"] is True
    stranger = await told(client, "U06FRANK001")
    assert stranger["is_stranger"] is True and stranger["team_id"] == "T0ELSEWHERE"
    assert (await refused(client.users_info(user="U0")))["error"] == "user_not_found"


async def test_strangers_are_not_listed_and_the_deactivated_are(client: AsyncWebClient) -> None:
    names = {member["name"] for member in (await client.users_list())["members"]}
    assert "erin" in names and "frank" not in names


async def test_an_address_finds_its_active_owner(client: AsyncWebClient) -> None:
    found = await client.users_lookupByEmail(email="Alice@example.com")
    assert found["user"]["id"] == "U01ALICE001"
    for address in ("erin@example.com", "nobody@example.com"):
        assert (await refused(client.users_lookupByEmail(email=address)))["error"] == "users_not_found"


async def test_addresses_are_told_only_with_their_scope(clock: HandClock) -> None:
    workspace = Workspace(clock, signing_secret="s", bot_token=BOT, app_token=APP, scopes=["users:read"])
    await workspace.start()
    try:
        client = AsyncWebClient(BOT, base_url=workspace.records.base + "/api/")
        profile = (await told(client, "U01ALICE001"))["profile"]
        assert isinstance(profile, dict) and "email" not in profile
        assert (await refused(client.users_lookupByEmail(email="a@b")))["needed"] == "users:read.email"
    finally:
        await workspace.stop()


async def test_groups_have_members_until_they_are_disabled(workspace: Workspace, client: AsyncWebClient) -> None:
    [sre] = (await client.usergroups_list(include_users=True, include_count=True))["usergroups"]
    assert (sre["handle"], sre["users"], sre["user_count"]) == ("sre", ["U02BOB00001", "U03CAROL001"], "2")
    assert (await client.usergroups_users_list(usergroup=sre["id"]))["users"] == sre["users"]
    workspace.directory.group("sre").disabled = True
    assert (await client.usergroups_list())["usergroups"] == []
    assert (await refused(client.usergroups_users_list(usergroup=sre["id"])))["error"] == "no_such_subteam"
    again = await client.usergroups_users_list(usergroup=sre["id"], include_disabled=True)
    assert again["users"] == sre["users"]


async def test_people_channels_and_groups_can_be_added(workspace: Workspace, client: AsyncWebClient) -> None:
    olga = workspace.directory.add_person("olga", is_restricted=True)
    workspace.directory.add_channel("ops", ["olga", "leadsman"])
    workspace.directory.add_group("ops", ["olga"])
    assert (await told(client, olga.id))["is_restricted"] is True
    posted = await client.chat_postMessage(channel="#ops", text="x")
    assert workspace.messages("ops")[0]["ts"] == posted["ts"]
    with pytest.raises(ImpossibleError, match="Nobody here is called zoe"):
        workspace.directory.person("zoe")


async def test_an_organisation_shows_in_payloads_and_people(clock: HandClock) -> None:
    team = Team(enterprise_id="E0PLAYGRND")
    workspace = Workspace(clock, signing_secret="s", bot_token=BOT, app_token=APP, scopes=["users:read"], team=team)
    await workspace.start()
    try:
        client = AsyncWebClient(BOT, base_url=workspace.records.base + "/api/")
        assert (await client.auth_test())["enterprise_id"] == "E0PLAYGRND"
        assert (await told(client, "U01ALICE001"))["enterprise_user"] == {
            "id": "U01ALICE001",
            "enterprise_id": "E0PLAYGRND",
            "teams": ["T0PLAYGRND"],
        }
        payload = (await workspace.command("alice", "deploys", "/deploy")).payload
        assert payload["enterprise_id"] == "E0PLAYGRND"
    finally:
        await workspace.stop()
