"""Roles are looked up in Slack: fresh for acts, a minute old at most for drawing, and never guessed."""

import asyncio
from collections.abc import Mapping

import pytest

from bot.access import Access, CannotTell, Home, Person, whom_to_ask
from bot.clock import ManualClock
from bot.errors import Throttled, Unreachable
from strategies.model import Actor, Who

ROLES: dict[str, list[str]] = {
    "deployer": ["@backend", "Ann@Acme.example"],
    "approver": ["@sre", "U02QUARTER"],
    "viewer": ["*"],
}


class Workspace:
    """A directory whose people and groups a test moves about."""

    def __init__(self) -> None:
        self.people = {
            "U01ANN": Person("U01ANN", "ann", "ann@acme.example", "T1"),
            "U02QUARTER": Person("U02QUARTER", "quarter", None, "T1"),
            "U03CAROL": Person("U03CAROL", "carol", "carol@acme.example", "T1"),
        }
        self.groups = {"sre": frozenset({"U03CAROL"}), "backend": frozenset({"U03CAROL"})}
        self.organisation: str | None = None
        self.down: Exception | None = None
        self.asked: list[str] = []

    async def home(self) -> Home:
        return Home("T1", self.organisation)

    async def person(self, user: str) -> Person | None:
        self.asked.append(user)
        if self.down:
            raise self.down
        return self.people.get(user)

    async def members(self, handles: frozenset[str]) -> Mapping[str, frozenset[str]]:
        self.asked.append(",".join(sorted(handles)))
        return {handle: found for handle, found in self.groups.items() if handle in handles}


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def access(workspace: Workspace, clock: ManualClock) -> Access:
    return Access(lambda: ROLES, workspace, clock)


async def roles(access: Access, user: str, *, fresh: bool = True) -> set[str]:
    return set((await access.roles_of(user, fresh=fresh)).who.roles)


async def test_roles_come_by_group_by_id_by_email_and_for_everyone(access: Access) -> None:
    assert await roles(access, "U01ANN") == {"deployer", "viewer"}
    assert await roles(access, "U02QUARTER") == {"approver", "viewer"}
    assert await roles(access, "U03CAROL") == {"deployer", "approver", "viewer"}


async def test_the_actor_carries_name_and_address_of_the_moment(access: Access) -> None:
    standing = await access.roles_of("U01ANN", fresh=True)
    assert standing.who.actor == Actor("U01ANN", "ann", "slack", "ann@acme.example")
    assert standing.barred == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"is_guest": True}, "guest"),
        ({"is_bot": True}, "Bots cannot act"),
        ({"is_deactivated": True}, "deactivated"),
        ({"is_stranger": True}, "another workspace"),
        ({"team": "T9"}, "another workspace"),
        ({"team": "T9", "enterprise": "E9"}, "another workspace"),
    ],
)
async def test_who_is_no_full_member_has_no_role_and_is_told_why(
    access: Access, workspace: Workspace, change: dict[str, object], sentence: str
) -> None:
    member = {"id": "U03CAROL", "name": "carol", "email": "ann@acme.example", "team": "T1"}
    workspace.people["U03CAROL"] = Person(**(member | change))  # type: ignore[arg-type]
    standing = await access.roles_of("U03CAROL", fresh=True)
    assert not standing.who.roles
    assert sentence in standing.barred


async def test_another_workspace_of_the_same_organisation_is_home(access: Access, workspace: Workspace) -> None:
    workspace.organisation = "E1"
    workspace.people["U03CAROL"] = Person("U03CAROL", "carol", None, "T2", "E1")
    assert "approver" in await roles(access, "U03CAROL")


async def test_somebody_slack_does_not_know_has_no_role(access: Access) -> None:
    standing = await access.roles_of("U0NOBODY", fresh=True)
    assert not standing.who.roles
    assert "knows nobody" in standing.barred


async def test_a_group_that_does_not_exist_gives_nobody_a_role(access: Access, workspace: Workspace) -> None:
    workspace.groups.clear()
    assert await roles(access, "U03CAROL") == {"viewer"}


async def test_drawing_uses_an_answer_of_the_last_minute_and_acting_never_does(
    access: Access, workspace: Workspace, clock: ManualClock
) -> None:
    assert "approver" in await roles(access, "U03CAROL", fresh=False)
    workspace.groups["sre"] = frozenset()
    assert "approver" in await roles(access, "U03CAROL", fresh=False)
    assert "approver" not in await roles(access, "U03CAROL", fresh=True)
    assert "approver" not in await roles(access, "U03CAROL", fresh=False)
    workspace.groups["sre"] = frozenset({"U03CAROL"})
    await clock.advance(61)
    assert "approver" in await roles(access, "U03CAROL", fresh=False)


async def test_an_act_asks_slack_twice_however_many_groups_there_are(access: Access, workspace: Workspace) -> None:
    await roles(access, "U03CAROL")
    assert sorted(workspace.asked) == ["U03CAROL", "backend,sre"]


async def test_an_act_is_refused_when_slack_cannot_answer(access: Access, workspace: Workspace) -> None:
    await roles(access, "U03CAROL")
    workspace.down = Unreachable("Slack does not answer.")
    with pytest.raises(CannotTell, match=r"^Not done\. Slack did not say which roles you have\. Nothing changed\."):
        await access.roles_of("U03CAROL", fresh=True)
    assert "approver" in await roles(access, "U03CAROL", fresh=False)
    workspace.down = Throttled("Too many requests.", delay=30)
    with pytest.raises(CannotTell) as caught:
        await access.roles_of("U03CAROL", fresh=True)
    assert caught.value.delay == 30


async def test_many_people_at_once_get_their_own_roles(access: Access) -> None:
    found = await asyncio.gather(*(roles(access, user, fresh=False) for user in ["U01ANN", "U02QUARTER"] * 20))
    assert found == [{"deployer", "viewer"}, {"approver", "viewer"}] * 20


def test_who_lacks_a_role_is_told_which_group_to_ask() -> None:
    who = Who(Actor("U01ANN", "ann"), frozenset({"deployer"}))
    assert whom_to_ask(["approver"], who, ROLES, "/rollout") == "Ask sre, or see /rollout help roles."
    assert whom_to_ask(["deployer", "approver"], who, ROLES, "/rollout") == ""


def test_without_a_group_to_ask_the_role_itself_is_named() -> None:
    nobody = Who(Actor("U09", "x"))
    asked = whom_to_ask(["lead", "boss"], nobody, ROLES, "/rollout")
    assert asked == "Ask someone with the lead or boss role, or see /rollout help roles."
