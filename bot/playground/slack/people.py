"""What people do in the workspace, and what reaches the app because of it."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.answers import Answers, spoken
from bot.playground.slack.blocks import interactive
from bot.playground.slack.courier import Courier, Delivery
from bot.playground.slack.directory import Channel, Person
from bot.playground.slack.forms import action_of, choose, state_of
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import GoneError, ImpossibleError, Json, RefusalError
from bot.playground.slack.responses import Origin

_CLICKED = {"button", "icon_button", "workflow_button", "feedback_buttons"}


class People:
    """Acts by person: typing commands and messages, pressing buttons. Persons and channels go by id or name."""

    def __init__(self, records: Records, courier: Courier, answers: Answers) -> None:
        self._records, self._courier, self._answers = records, courier, answers

    async def command(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Delivery:
        """A slash command typed in the composer, for example `/deploy checkout v1.4.2 prod`."""
        who, where = self._member(user, channel)
        name, _, rest = text.partition(" ")
        known = next((c for c in self._records.commands if c.name == name), None)
        if thread_ts:
            return self._declined(who, where, f"{name} is not supported in threads. Sorry!", thread_ts)
        if not name.startswith("/") or (self._records.commands and known is None):
            return self._declined(who, where, f"{name} is not a valid command.")
        if who.is_stranger:
            return self._declined(who, where, f"{name} belongs to a workspace you are not a member of.")
        if known and known.should_escape:
            rest = self._escaped(rest)
        payload = payloads.command(self._records, who, where, name, rest.strip())
        delivery = await self._courier.deliver("slash_commands", payload)
        if delivery.error:
            self._notice(who, where, f'{name} failed with the error "{delivery.error}"')
        else:
            self._acknowledged(who, where, text, delivery)
        return delivery

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """A plain message; the app hears of it when it is mentioned and subscribed to app_mention."""
        who, where = self._member(user, channel)
        body: Json = {"user": who.id, "team": who.team_id, "text": text}
        if thread_ts:
            body["thread_ts"] = thread_ts
        post = self._records.posts.add(where.id, body)
        if f"<@{self._records.app.bot_user}>" in text:
            await self.event({**post.body, "type": "app_mention", "channel": where.id})
        return post.told()

    async def press(
        self,
        user: str,
        message_ts: str,
        action_id: str,
        value: Any = None,
        *,
        block_id: str | None = None,
        seen: Json | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """A button pressed, or something chosen, on a message.

        `value` (or `block_id`) tells buttons of one action id apart, and is what was chosen in menus. `seen` is an
        older copy of the
        message, for a screen
        that did not catch up. `values` are other fields of the message, filled in before.
        """
        who = self._acting(user)
        post = self._records.posts.find(message_ts)
        if post is None or (post.to is not None and post.to != who.id):
            raise GoneError(f"{who.name} sees no message {message_ts}.")
        if who.id not in self._records.directory.channels[post.channel].members:
            raise ImpossibleError(f"{who.name} is not in that channel.")
        shown = seen or post.told()
        blocks = shown.get("blocks", [])
        action = find_action(blocks, action_id, value, block_id)
        filled = state_of(blocks, choose(blocks, values or {}, {}))
        note(filled, action)
        payload = payloads.message_action(self._records, who, post, shown, action, filled)
        return await self._courier.deliver("interactive", payload)

    async def suggest(self, user: str, place: str, action_id: str, typed: str = "") -> list[Json]:
        """The options (or groups of options) an external select offers for what was typed; `place` is a view's id or
        a message's time stamp.

        None where the view closed or lost the field meanwhile: a field asks by itself, so nobody did anything wrong.
        """
        who = self._acting(user)
        post = self._records.posts.find(place)
        if post is not None:
            blocks = post.body.get("blocks", [])
            container: Json = {"container": {"type": "message", "message_ts": post.ts, "channel_id": post.channel}}
        else:
            try:
                view = self._records.views.find(place)
            except RefusalError:
                return []
            blocks, container = view["blocks"], {"container": {"type": "view", "view_id": place}, "view": view}
        asking = [(b, e) for b in blocks for e in interactive(b) if e["action_id"] == action_id]
        if not asking:
            return []
        block, element = asking[0]
        payload = payloads.suggestion(self._records, who, container, block, element, typed)
        delivery = await self._courier.deliver("interactive", payload)
        ack = delivery.ack if delivery.acked and isinstance(delivery.ack, dict) else {}
        offered: list[Json] = ack.get("options") or ack.get("option_groups") or []
        return offered[:100]

    async def event(self, inner: Json) -> Delivery | None:
        """An event for the app, if it subscribed to that type."""
        if inner["type"] not in self._records.app.events:
            return None
        return await self._courier.deliver("events_api", payloads.event(self._records, inner))

    async def open_home(self, user: str) -> Delivery | None:
        """The person opens the app's Home tab."""
        who = self._acting(user)
        inner: Json = {"type": "app_home_opened", "user": who.id, "tab": "home"}
        inner["channel"] = self._records.directory.open_dm(who.id).id
        home = self._records.views.home(who.id)
        return await self.event(inner | ({"view": home} if home else {}))

    def _acting(self, user: str) -> Person:
        who = self._records.directory.person(user)
        if who.deleted:
            raise ImpossibleError(f"{who.name}'s account is deactivated; nobody can act as {who.name}.")
        return who

    def _member(self, user: str, channel: str) -> tuple[Person, Channel]:
        who, where = self._acting(user), self._records.directory.channel(channel)
        if who.id not in where.members:
            raise ImpossibleError(f"{who.name} is not in #{where.name}.")
        return who, where

    def _acknowledged(self, who: Person, where: Channel, typed: str, delivery: Delivery) -> None:
        said = spoken(delivery.ack)
        if said is None:
            return
        if said.get("response_type") == "in_channel":
            self._records.posts.add(where.id, {"user": who.id, "team": who.team_id, "text": typed})
        if set(said) > {"response_type"} or "response_type" not in said:
            try:
                self._answers.apply(Origin(who.id, where.id, None, self._records.clock.real()), said)
            except RefusalError:
                self._notice(who, where, f'{typed.split(" ")[0]} failed with the error "dispatch_failed"')

    def _declined(self, who: Person, where: Channel, sentence: str, thread_ts: str | None = None) -> Delivery:
        self._notice(who, where, sentence, thread_ts)
        return Delivery("slash_commands", {}, "not_delivered", "", 0.0)

    def _notice(self, who: Person, where: Channel, sentence: str, thread_ts: str | None = None) -> Post:
        body: Json = {"user": "USLACKBOT", "text": sentence}
        if thread_ts:
            body["thread_ts"] = thread_ts
        return self._records.posts.add(where.id, body, to=who.id)

    def _escaped(self, text: str) -> str:
        directory = self._records.directory

        def person(match: re.Match[str]) -> str:
            found = next((p for p in directory.people.values() if p.name == match[1]), None)
            return f"<@{found.id}|{found.name}>" if found else match[0]

        def channel(match: re.Match[str]) -> str:
            found = directory.find_channel(match[1])
            return f"<#{found.id}|{'' if found.is_private else found.name}>" if found else match[0]

        return re.sub(r"#([\w-]+)", channel, re.sub(r"@([\w.-]+)", person, text))


def _find(blocks: list[Json], action_id: str, value: Any) -> tuple[Json, Json]:
    found = [(b, e) for b in blocks for e in interactive(b) if e["action_id"] == action_id]
    if value is not None and len(found) > 1:
        found = [(b, e) for b, e in found if e.get("value") == value] or found
    if not found:
        there = ", ".join(e["action_id"] for b in blocks for e in interactive(b)) or "none"
        raise GoneError(f"There is no {action_id} to press; there are: {there}.")
    return found[0]


def find_action(blocks: list[Json], action_id: str, value: Any, block_id: str | None = None) -> Json:
    """The `actions` entry of a payload for this element and what was chosen in it."""
    block, element = _find([b for b in blocks if block_id in (None, b["block_id"])], action_id, value)
    head = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
    return head | copy.deepcopy(action_of(element, value))


def note(values: Json, action: Json) -> None:
    """What was just chosen is part of the state the app sees."""
    if action["type"] not in _CLICKED | {"overflow"}:
        keys = [key for key in action if key.startswith(("selected_", "value", "rich_text_value", "files"))]
        chosen = {"type": action["type"], **{key: action[key] for key in keys}}
        values.setdefault(action["block_id"], {})[action["action_id"]] = chosen
