"""Words for what only a walk of Argo's controller has: a switch in place of weights, a beginning elsewhere, verbs on their way."""

from collections.abc import Mapping

from handlers.slack.views.names import version_name
from handlers.slack.views.prose import Line, shorten
from strategies.argo.driver import Start
from strategies.argo.seen import Kind
from strategies.argo.shown import RETRIED
from strategies.model import Actor
from strategies.snapshot import Snapshot

UNKNOWN = "unknown"
"""What stands for a client or a person that the cluster does not tell."""

_CLIENT = 40
_STARTED: Mapping[Start, str] = {
    Start.DEPLOY: "started {}",
    Start.UNDO: "goes back to {}",
    Start.RETRY: "started {} again",
    Start.RESTART: "restarts the pods of {}",
}


def switches(shown: Snapshot) -> bool:
    """Whether all traffic is switched at once, as blue/green does, in place of weights."""
    return shown.kind is Kind.BLUE_GREEN


def is_switched(shown: Snapshot) -> bool:
    """Whether the new version of a blue/green has the traffic."""
    return switches(shown) and (shown.weight_seen or 0) > 0


def side_of_switch(switched: bool) -> str:
    """When something is, beside a switch."""
    return "after the switch" if switched else "before the switch"


def where(shown: Snapshot) -> str:
    """Where it stands, for sentences such as `paused at 20%`: `at 20%`, or `before the switch`."""
    if switches(shown):
        return side_of_switch(is_switched(shown))
    return f"at {shown.weight_wanted if shown.weight_seen is None else shown.weight_seen}%"


def accepting(shown: Snapshot) -> str:
    """What accepting an analysis does: `goes on from 20%`, or what becomes of a switch."""
    version = version_name(shown.candidate.version)
    if switches(shown):
        return f"lets {version} keep all traffic" if is_switched(shown) else f"lets {version} go on to the switch"
    return f"goes on from {shown.weight_wanted if shown.weight_seen is None else shown.weight_seen}%"


def client_name(client: str) -> str:
    """A client as people know it: managed fields call `kubectl argo rollouts` kubectl-argo-rollouts, and Argo CD argocd-controller."""
    if client.startswith("argocd"):
        return "Argo CD"
    name = client.replace("-", " ") if client.startswith("kubectl") else client
    return shorten(name, _CLIENT)


def began(start: Start, by: Line, version: str) -> Line:
    """How a rollout of ours began: `alice started v2`. `start` is any but ELSEWHERE."""
    return (*by, f" {_STARTED[start].format(version)}")


def began_elsewhere(by: Actor) -> str:
    """`started with kubectl by an unknown person, not through Leadsman`, as far as the cluster tells.

    A beginning that is seen in the cluster carries the client as its surface, and its name too where no person is known.
    """
    client = "" if by.surface == UNKNOWN else f" with {client_name(by.surface)}"
    person = shorten(by.name, _CLIENT) if by.name != by.surface else "an unknown person"
    return f"started{client} by {person}, not through Leadsman"


def is_from_elsewhere(shown: Snapshot) -> bool:
    """Whether somebody began it without Leadsman."""
    return shown.start is Start.ELSEWHERE


def sentence(text: str) -> str:
    """The words as a sentence: a capital letter at its beginning, one mark at its end; a version keeps its small letter."""
    whole = text if text.endswith((".", "?", "!", "…")) else f"{text}."
    first = whole.partition(" ")[0]
    return whole if any(letter.isdigit() for letter in first) else whole[:1].upper() + whole[1:]


def after(shown: Snapshot) -> str:
    """What goes on after a way back, where somebody else began anew; else empty."""
    if not shown.why.endswith(RETRIED):
        return ""
    return "Somebody tries it again, not through Leadsman: that has a card of its own."


def news(shown: Snapshot) -> str:
    """What is true of a walk of Argo's controller, where it is not what the card says of every walk; else empty."""
    version = version_name(shown.candidate.version)
    if shown.phase.card == "Stuck":
        return f"stuck {where(shown)}"
    if shown.phase.card == "Starting":
        return f"{version} starting"
    if shown.start is Start.RESTART:
        return f"pods of {version} restart"
    if switches(shown):
        return f"{version} has all traffic" if is_switched(shown) else f"{version} in preview"
    return ""
