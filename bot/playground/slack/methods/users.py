"""users.*, usergroups.*, bots.*: who somebody is and who belongs to whom."""

from bot.playground.slack.calls import Call
from bot.playground.slack.directory import Person
from bot.playground.slack.paging import page
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError


def info(records: Records, call: Call) -> Json:
    """One person, strangers from a shared channel too."""
    person = records.directory.people.get(call.text("user"))
    if person is None:
        raise RefusalError("user_not_found")
    return {"user": _told(records, person)}


def list_users(records: Records, call: Call) -> Json:
    """Everybody of this workspace, the deactivated too, strangers not."""
    own = [person for person in records.directory.people.values() if not person.is_stranger]
    chosen, metadata = page(call, own)
    return {"members": [_told(records, person) for person in chosen], "response_metadata": metadata}


def by_email(records: Records, call: Call) -> Json:
    """The active person with this address."""
    wanted = call.text("email").lower()
    for person in records.directory.people.values():
        if person.email and person.email.lower() == wanted and not person.deleted and not person.is_stranger:
            return {"user": _told(records, person)}
    raise RefusalError("users_not_found")


def groups(records: Records, call: Call) -> Json:
    """The user groups, disabled ones only when asked for."""
    found = []
    for group in records.directory.groups.values():
        if group.disabled and not call.flag("include_disabled"):
            continue
        told: Json = {
            "id": group.id,
            "team_id": records.team.id,
            "is_usergroup": True,
            "name": group.name,
            "handle": group.handle,
            "date_delete": 1 if group.disabled else 0,
        }
        if call.flag("include_users"):
            told["users"] = list(group.users)
        if call.flag("include_count"):
            told["user_count"] = str(len(group.users))
        found.append(told)
    return {"usergroups": found}


def group_members(records: Records, call: Call) -> Json:
    """Who is in a user group."""
    group = records.directory.groups.get(call.text("usergroup"))
    if group is None or (group.disabled and not call.flag("include_disabled")):
        raise RefusalError("no_such_subteam")
    return {"users": list(group.users)}


def bot(records: Records, call: Call) -> Json:
    """The app's own bot."""
    if call.text("bot") not in ("", records.app.bot_id):
        raise RefusalError("bot_not_found")
    return {"bot": records.bot_profile()}


def _told(records: Records, person: Person) -> Json:
    return person.told(records.team, email="users:read.email" in records.app.scopes)
