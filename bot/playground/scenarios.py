"""The stories that the demo can play: who types and presses what, what goes wrong meanwhile, and how it must end.

A story is data. `play` works only through what people see in Slack and can do there: it knows messages and the labels
of buttons, nothing of the bot.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from bot.playground.argo_shop import BLUE_GREEN, CANARY
from bot.playground.prometheus import Fault
from bot.playground.shop import CRASHING, FAILING, GOOD, PLAIN, RUNNING, SILENT, SLOW, Shop
from bot.playground.slack import Workspace
from bot.playground.world import Playground

CHANNEL = "deploys"
HEALTHY = f"checkout/prod: Healthy {GOOD}"
DEGRADED = "checkout/prod: Degraded"

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Types:
    """Somebody types a command in the channel."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    """Somebody presses the button whose label begins so, as soon as one is there."""

    who: str
    label: str


@dataclass(frozen=True, slots=True)
class IsTold:
    """Wait until only this person is told something with this text."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Reads:
    """Wait until everybody can read this text in the channel or one of its threads."""

    text: str


Act = Types | Presses | IsTold | Reads


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. `ending` is how the rollout ends, in the words of `leadsman demo`.

    `fault`: what Prometheus does all the while. `run`: how the shop is run that it plays in.
    """

    name: str
    about: str
    ending: str
    acts: tuple[Act, ...]
    fault: Fault | None = None
    run: Shop = PLAIN

    @property
    def typed(self) -> str:
        """The command that it begins with."""
        return next(act.text for act in self.acts if isinstance(act, Types))

    def prepare(self, playground: Playground) -> None:
        """Let the world be as the story wants it, whoever acts in it then."""
        playground.prometheus.fault = self.fault


def _deploys(version: str, who: str = "alice") -> Types:
    return Types(who, f"/deploy checkout {version} prod")


_IS_LIVE = Reads(f"{GOOD} is live")
_IS_BACK = Reads(f"rolled back to {RUNNING}")

_STORIES = (
    Scenario(
        "good",
        f"{GOOD} is as good as what runs; bob approves, and it goes live",
        HEALTHY,
        (_deploys(GOOD), Presses("bob", "Approve"), _IS_LIVE),
    ),
    Scenario(
        "errors",
        f"{FAILING} answers too many requests with errors, and goes back by itself",
        DEGRADED,
        (_deploys(FAILING), _IS_BACK),
    ),
    Scenario(
        "slow",
        f"{SLOW} takes twice as long, and goes back by itself",
        DEGRADED,
        (_deploys(SLOW), _IS_BACK),
    ),
    Scenario(
        "no-data",
        f"{SILENT} has no metrics: no data is not success, so it goes back",
        DEGRADED,
        (_deploys(SILENT), _IS_BACK),
    ),
    Scenario(
        "prometheus-down",
        "Prometheus answers 503: what cannot be measured goes back",
        DEGRADED,
        (_deploys(GOOD), _IS_BACK),
        fault=Fault.UNAVAILABLE,
    ),
    Scenario(
        "gate",
        "carol may not approve what she started, and a guest may not at all; bob's approval counts",
        HEALTHY,
        (
            _deploys(GOOD, "carol"),
            Presses("carol", "Approve"),
            IsTold("carol", "Not approved"),
            Presses("dave", "Approve"),
            IsTold("dave", "Nothing changed"),
            Presses("bob", "Approve"),
            _IS_LIVE,
        ),
    ),
    Scenario(
        "crash-loop",
        f"{CRASHING} crashes at its start: no traffic ever reaches it, and it goes back",
        DEGRADED,
        (_deploys(CRASHING), _IS_BACK),
    ),
    Scenario(
        "argo-canary",
        f"Argo Rollouts walks {GOOD} behind ingress-nginx; at its pause bob approves, and it goes live",
        HEALTHY,
        (_deploys(GOOD), Presses("bob", "Approve"), _IS_LIVE),
        run=CANARY,
    ),
    Scenario(
        "argo-blue-green",
        f"Argo Rollouts looks at {GOOD} as a preview, switches when bob approves, and looks again",
        HEALTHY,
        (_deploys(GOOD), Presses("bob", "Approve"), _IS_LIVE),
        run=BLUE_GREEN,
    ),
    Scenario(
        "argo-analysis-fails",
        f"{FAILING} fails its AnalysisRun, Argo Rollouts aborts it, and the card says why",
        DEGRADED,
        (_deploys(FAILING), _IS_BACK),
        run=CANARY,
    ),
)

SCENARIOS: Mapping[str, Scenario] = {story.name: story for story in _STORIES}
"""The stories by name."""


async def play(scenario: Scenario, playground: Playground) -> None:
    """Let the people of a story act in turn. Returns when the last thing they wait for has been seen; never, if it is not to be."""
    scenario.prepare(playground)
    onlooker = _Onlooker(playground.slack)
    for act in scenario.acts:
        await onlooker.does(act)


class _Onlooker:
    """Looks at the workspace whenever something changes there."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack

    async def does(self, act: Act) -> None:
        match act:
            case Types(who, text):
                await self._slack.command(who, CHANNEL, text)
            case Presses(who, label):
                message, button = await self._until(lambda: _button(self._shown(), label))
                await self._slack.press(who, message["ts"], button["action_id"], button.get("value"))
            case IsTold(who, text):
                await self._until(lambda: _with(self._slack.ephemerals(who), text))
            case Reads(text):
                await self._until(lambda: _with(self._shown(), text))
            case _:
                assert_never(act)

    def _shown(self) -> list[Message]:
        """Everything in the channel and its threads, the newest thread first."""
        parents = reversed(self._slack.messages(CHANNEL))
        return [one for parent in parents for one in self._slack.thread(CHANNEL, parent["ts"])]

    async def _until(self, look: Callable[[], Any]) -> Any:
        """What `look` finds, as soon as it finds something."""
        changed = asyncio.Event()
        stop = self._slack.subscribe(lambda _change: changed.set())
        try:
            while not (found := look()):
                changed.clear()
                await changed.wait()
            return found
        finally:
            stop()


def _button(messages: Sequence[Message], label: str) -> tuple[Message, Message] | None:
    """The first button whose label begins so, with its message."""
    for message in messages:
        for block in message.get("blocks") or ():
            for element in block.get("elements") or ():
                if element.get("type") == "button" and element["text"]["text"].startswith(label):
                    return message, element
    return None


def _with(messages: Sequence[Message], text: str) -> Message | None:
    """The first message that has this text somewhere."""
    return next((one for one in messages if any(text in part for part in _texts(one))), None)


def _texts(part: object) -> Iterator[str]:
    """Every text in a message, its blocks and their elements."""
    match part:
        case {**fields}:
            for key, value in fields.items():
                if key == "text" and isinstance(value, str):
                    yield value
                else:
                    yield from _texts(value)
        case list():
            for one in part:
                yield from _texts(one)
