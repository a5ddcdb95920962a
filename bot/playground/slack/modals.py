"""What people do in modals and the Home tab: press, submit, close."""

from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.courier import Courier, Delivery
from bot.playground.slack.directory import Person
from bot.playground.slack.forms import choose, unready
from bot.playground.slack.people import find_action, note
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import GoneError, ImpossibleError, Json, RefusalError


class Modals:
    """Acts inside views. A submission's answer is applied as Slack applies it."""

    def __init__(self, records: Records, courier: Courier) -> None:
        self._records, self._courier = records, courier
        self.errors: dict[str, dict[str, str]] = {}
        """By view id: what stands in red under the fields, by block id."""

    async def press(
        self,
        user: str,
        view_id: str,
        action_id: str,
        value: Any = None,
        *,
        block_id: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """A button pressed, or something chosen, in a view; `values` are fields filled in before."""
        who, view = self._mine(user, view_id)
        self._fill(view, values or {})
        action = find_action(view["blocks"], action_id, value, block_id)
        note(view["state"]["values"], action)
        payload = payloads.view_action(self._records, who, view, action)
        return await self._courier.deliver("interactive", payload)

    def unready(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Fill the form in; by block id, why it could not be sent off as it is."""
        _, view = self._mine(user, view_id)
        self._fill(view, values or {})
        return unready(view["blocks"], view["state"]["values"])

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Delivery:
        """Send a form off. ImpossibleError while a required field is empty: Slack's form would not let them."""
        wrong = self.unready(user, view_id, values)
        who, view = self._mine(user, view_id)
        if wrong:
            raise ImpossibleError("; ".join(f"{block}: {why}" for block, why in wrong.items()))
        self.errors.pop(view_id, None)
        delivery = await self._courier.deliver("interactive", payloads.submission(self._records, who, view))
        if delivery.acked:
            try:
                self._answered(who, view, delivery.ack)
            except RefusalError as refused:
                self.errors[view_id] = {"": f"The app's answer was refused: {refused.error}"}
        return delivery

    async def close(self, user: str, view_id: str, *, whole_stack: bool = False) -> Delivery | None:
        """Cancel a view (`whole_stack`: the cross, which closes all); told to the app only where the view asks for
        it.
        """
        who, view = self._mine(user, view_id)
        if whole_stack:
            view = self._records.views.find(view["root_view_id"])
        whole_stack = whole_stack or view["clear_on_close"]
        payload = payloads.closed(self._records, who, view, is_cleared=whole_stack)
        self._records.views.close(who.id, view_id, whole_stack=whole_stack)
        return await self._courier.deliver("interactive", payload) if view["notify_on_close"] else None

    def _mine(self, user: str, view_id: str) -> tuple[Person, Json]:
        who = self._records.directory.person(user)
        try:
            view = self._records.views.find(view_id)
        except RefusalError:
            raise GoneError(f"The view {view_id} is not open any more.") from None
        if self._records.views.owner(view_id) != who.id:
            raise ImpossibleError(f"{who.name} does not have the view {view_id} open.")
        return who, view

    def _fill(self, view: Json, values: Mapping[str, Any]) -> None:
        filled = choose(view["blocks"], values, view["state"]["values"])
        self._records.views.remember(view, filled)

    def _answered(self, who: Person, view: Json, ack: Any) -> None:
        views, ready = self._records.views, self._records.files.ready
        said = ack if isinstance(ack, dict) else {}
        match said.get("response_action"):
            case "errors":
                self._wrong(view, said.get("errors"))
            case "update":
                views.update(view, said.get("view"), None, ready)
            case "push":
                views.push(who.id, said.get("view"), ready)
            case "clear":
                views.close(who.id, view["id"], whole_stack=True)
            case _ if not ack:
                views.close(who.id, view["id"])
            case _:
                raise RefusalError("a submission is acknowledged with an empty body or a response_action")

    def _wrong(self, view: Json, errors: Any) -> None:
        fields = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= fields:
            raise RefusalError("errors must name input blocks of the view by their block_id")
        self.errors[view["id"]] = dict(errors)
