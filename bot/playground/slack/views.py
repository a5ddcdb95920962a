"""Modals and Home tabs: what Slack keeps of a view, and who has which open."""

import copy
import json
import secrets
from typing import Any

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.blocks import FileReady, as_kept, complaints, interactive
from bot.playground.slack.changes import Bulletin, Change
from bot.playground.slack.composition import plain
from bot.playground.slack.forms import state_of
from bot.playground.slack.identity import Installed, Team
from bot.playground.slack.limits import LIMITS
from bot.playground.slack.refusal import Json, RefusalError, bad_arguments
from bot.playground.slack.schema import Check, boolean, complaint, kind, listing, string

_TEXTS: dict[str, Check] = {
    "private_metadata": string(LIMITS["view.private_metadata"]),
    "callback_id": string(LIMITS["view.callback_id"]),
    "external_id": string(255),
}
_ANY_BLOCKS = listing(lambda value, at: [], LIMITS["modal.blocks"], 0)
_SHAPES = {
    "modal": kind(
        "modal",
        {"title": plain(LIMITS["view.title"]), "blocks": _ANY_BLOCKS},
        {
            **_TEXTS,
            "close": plain(LIMITS["view.close"]),
            "submit": plain(LIMITS["view.submit"]),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": kind("home", {"blocks": _ANY_BLOCKS}, _TEXTS),
}


def view_complaints(view: Any, surface: str, file_ready: FileReady | None) -> list[str]:
    """All that Slack would say against a view of this surface."""
    if not isinstance(view, dict):
        return [complaint("must provide an object", "/view")]
    if view.get("type") != surface:
        lines = [complaint(f"unsupported type: {view.get('type')}", "/view/type")]
    else:
        lines = _SHAPES[surface](view, "/view")
        lines += complaints(view.get("blocks", []), surface, "/view/blocks", file_ready)
    if not lines and surface == "modal" and "submit" not in view and any(b["type"] == "input" for b in view["blocks"]):
        lines = [complaint("missing required field: submit", "/view")]
    return [complaint("failed to match all allowed schemas", "/view"), *lines] if lines else []


class Views:
    """Every open modal by person, newest on top, and every published Home tab."""

    def __init__(self, clock: PlaygroundClock, bulletin: Bulletin, team: Team, app: Installed) -> None:
        self._clock, self._bulletin, self._team, self._app = clock, bulletin, team, app
        self._views: dict[str, Json] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}
        self._made = 0

    def open(self, user: str, view: Any, file_ready: FileReady) -> Json:
        """A new modal in place of whatever the person had open."""
        made = self._make(view, "modal", file_ready)
        self._drop(user)
        made["root_view_id"] = made["id"]
        return self._place(user, made, [made["id"]])

    def push(self, user: str, view: Any, file_ready: FileReady) -> Json:
        """A new modal on top of the person's stack of at most three."""
        stack = self._stacks.get(user, [])
        if not stack:
            raise RefusalError("not_found")
        if len(stack) >= LIMITS["view.stack"]:
            raise RefusalError("push_limit_reached")
        made = self._make(view, "modal", file_ready)
        made |= {"root_view_id": stack[0], "previous_view_id": stack[-1]}
        return self._place(user, made, [*stack, made["id"]])

    def update(self, old: Json, view: Any, hash_seen: object, file_ready: FileReady) -> Json:
        """The same view with other contents; a stale `hash_seen` is refused."""
        if hash_seen and hash_seen != old["hash"]:
            raise RefusalError("hash_conflict")
        made = self._make(view, old["type"], file_ready, old["id"])
        made |= {"root_view_id": old["root_view_id"], "previous_view_id": old["previous_view_id"]}
        made["state"] = {"values": state_of(made["blocks"], _typed(old, made))}
        self._views[made["id"]] = made
        self._tell(self.owner(made["id"]), made)
        return copy.deepcopy(made)

    def publish(self, user: str, view: Any, hash_seen: object, file_ready: FileReady) -> Json:
        """The person's Home tab."""
        if user in self._homes:
            return self.update(self._views[self._homes[user]], view, hash_seen, file_ready)
        made = self._make(view, "home", file_ready)
        made["root_view_id"] = made["id"]
        self._views[made["id"]] = made
        self._homes[user] = made["id"]
        self._tell(user, made)
        return copy.deepcopy(made)

    def find(self, view_id: object = None, external_id: object = None) -> Json:
        """The kept view itself; `not_found` if it is gone."""
        for view in self._views.values():
            if (view_id and view["id"] == view_id) or (external_id and view["external_id"] == external_id):
                return view
        raise RefusalError("not_found")

    def owner(self, view_id: str) -> str:
        """Whose screen shows this view."""
        for user, stack in self._stacks.items():
            if view_id in stack:
                return user
        return next((user for user, home in self._homes.items() if home == view_id), "")

    def stack(self, user: str) -> list[Json]:
        """The person's open modals, the visible one last."""
        return [copy.deepcopy(self._views[v]) for v in self._stacks.get(user, [])]

    def home(self, user: str) -> Json | None:
        """The person's Home tab, if the app published one."""
        return copy.deepcopy(self._views[self._homes[user]]) if user in self._homes else None

    def close(self, user: str, view_id: str, *, whole_stack: bool = False) -> None:
        """Take this view, and all above it, off the screen; or the whole stack."""
        stack = self._stacks.get(user, [])
        if view_id not in stack:
            return
        keep = 0 if whole_stack else stack.index(view_id)
        closed = self._views[view_id]
        for gone in stack[keep:]:
            del self._views[gone]
        self._stacks[user] = stack[:keep]
        self._tell(user, closed)

    def remember(self, view: Json, values: Json) -> None:
        """Keep what the person has filled in so far: state by block and action."""
        view["state"] = {"values": values}

    def _make(self, view: Any, surface: str, file_ready: FileReady, view_id: str = "") -> Json:
        if isinstance(view, dict) and len(json.dumps(view, ensure_ascii=False).encode()) > LIMITS["view.bytes"]:
            raise RefusalError("view_too_large")
        found = view_complaints(view, surface, file_ready)
        if found:
            raise bad_arguments(found)
        external = view.get("external_id") or ""
        if external and any(v["external_id"] == external and v["id"] != view_id for v in self._views.values()):
            raise RefusalError("duplicate_external_id")
        return self._kept(view, view_id or self._id())

    def _kept(self, view: Json, view_id: str) -> Json:
        blocks = as_kept(view["blocks"], lambda: secrets.token_urlsafe(4))
        return {
            "id": view_id,
            "team_id": self._team.id,
            "type": view["type"],
            "blocks": blocks,
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "state": {"values": state_of(blocks, {})},
            "hash": f"{int(self._clock.real_now().timestamp())}.{secrets.token_hex(4)}",
            "title": view.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
            "clear_on_close": view.get("clear_on_close", False),
            "notify_on_close": view.get("notify_on_close", False),
            "close": view.get("close"),
            "submit": view.get("submit"),
            "previous_view_id": None,
            "root_view_id": view_id,
            "app_id": self._app.app_id,
            "external_id": view.get("external_id", ""),
            "app_installed_team_id": self._team.id,
            "bot_id": self._app.bot_id,
        }

    def _place(self, user: str, made: Json, stack: list[str]) -> Json:
        self._views[made["id"]] = made
        self._stacks[user] = stack
        self._tell(user, made)
        return copy.deepcopy(made)

    def _drop(self, user: str) -> None:
        for gone in self._stacks.pop(user, []):
            self._views.pop(gone, None)

    def _tell(self, user: str, changed: Json) -> None:
        if changed["type"] == "home":
            self._bulletin.tell(Change("home", copy.deepcopy(changed), None, user))
            return
        stack = self.stack(user)
        self._bulletin.tell(Change("view", stack[-1] if stack else {}, None, user))

    def _id(self) -> str:
        self._made += 1
        return f"V0{self._made:09d}"


def _typed(old: Json, made: Json) -> Json:
    """What stays in the fields of an updated view: those whose block and action ids did not change."""
    kept: Json = {}
    for block in made["blocks"]:
        for element in interactive(block):
            before = old["state"]["values"].get(block["block_id"], {}).get(element["action_id"])
            if before and before["type"] == element["type"]:
                kept.setdefault(block["block_id"], {})[element["action_id"]] = before
    return kept
