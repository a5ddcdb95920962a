"""A whole rollout as the channel hears it."""

from handlers.plain import message_lines
from strategies.events import Approve
from tests.handlers.slack.saying.rooms import BOB, CAROL, Room


def show(room: Room) -> str:
    out = []
    for card in room.cards():
        out += message_lines(card)
        for line in room.thread(card):
            out += ["  | " + text for text in message_lines(line)]
    return "\n".join(out)


async def test_a_healthy_canary_is_one_card_and_one_ping(room: Room) -> None:
    rollout = await room.deploy(reason="faster *totals* <!channel> & more")
    await room.pass_time(3)
    ask = await room.ask(rollout.id)
    await room.engine.act(rollout.id, lambda at: Approve(at, BOB, ask, "flat, ship it"))
    await room.pass_time(3)
    await room.engine.act(rollout.id, lambda at: Approve(at, CAROL, ask))
    await room.pass_time(120, step=1)
    assert (await room.rollout(rollout.id)).is_final
    assert len(room.cards()) == 1
