"""The phase of a rollout and its sentence: Argo's four words for machines, the card's own for people, from one table.

A phase is computed, never decided from, and never shown without its sentence.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from strategies.argo.driver import Argo, Start
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.standing import for_people, percent
from strategies.asks import asked_at
from strategies.model import AskEnd, AskKind, HoldKind, Outcome, Rollout, Seen, Stage, Walk
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Step
from strategies.traffic import share


class Word(StrEnum):
    """Argo Rollouts' phases."""

    PROGRESSING = "Progressing"
    PAUSED = "Paused"
    HEALTHY = "Healthy"
    DEGRADED = "Degraded"


@dataclass(frozen=True, slots=True)
class Phase:
    """How a rollout stands: `word` for machines, `card` for people, and `sentence`, the reason for both."""

    word: Word
    card: str
    sentence: str


def phase(rollout: Rollout, seen: Seen | ArgoSeen | None) -> Phase:
    """How `rollout` stands, by what was last seen of its first unfinished target."""
    match rollout.stage:
        case Stage.QUEUED:
            return Phase(Word.PROGRESSING, "Queued", "waits for the rollout before it to end")
        case Stage.PREFLIGHT:
            return Phase(Word.PROGRESSING, "Starting", "looking at the cluster before anything moves")
        case Stage.WALKING:
            return _walking(rollout, seen)
        case Stage.PROMOTING:
            return _held(rollout) or Phase(
                Word.PROGRESSING, "Progressing", f"moving all traffic to {rollout.candidate.version}"
            )
        case Stage.REVERTING:
            return Phase(Word.DEGRADED, "Rolling back", _reverting(rollout))
        case Stage.ENDED:
            return _ended(rollout)
        case _ as unreachable:
            assert_never(unreachable)


def _reverting(rollout: Rollout) -> str:
    left = rollout.is_argo and rollout.ending is Outcome.SUPERSEDED
    return rollout.why if left else f"{rollout.why}; going back to {rollout.walks[0].base.version}"


def _walking(rollout: Rollout, seen: Seen | ArgoSeen | None) -> Phase:
    for ask in rollout.asks:
        if ask.is_open and ask.kind is AskKind.INCONCLUSIVE:
            return Phase(Word.PAUSED, "Inconclusive", "the analysis is neither good nor bad; people decide")
    held = _held(rollout)
    if held:
        return held
    for ask in rollout.asks:
        if ask.is_open:
            return Phase(Word.PAUSED, "Waiting for approval", f"{len(ask.yes)} of {ask.approvals} approvals")
    walk = unfinished(rollout)
    if isinstance(walk.driver, Argo):
        return _by_controller(walk.driver, seen if isinstance(seen, ArgoSeen) else None, rollout.candidate.version)
    step = walk.native.plan.steps[walk.native.cursor] if walk.native.cursor < len(walk.native.plan.steps) else None
    return _at_step(rollout, walk, step, seen if isinstance(seen, Seen) else None)


def _by_controller(argo: Argo, seen: ArgoSeen | None, version: str) -> Phase:
    """The controller's word for machines; for people what it waits for, or why nothing moves."""
    if seen is None or not argo.pod_hash:
        return Phase(Word.PROGRESSING, "Starting", argo.trouble or f"Argo Rollouts is given {version}")
    word = Word(seen.status) if seen.status in set(Word) else Word.PROGRESSING
    trouble = argo.trouble or seen.problem
    if trouble:
        return Phase(word, "Stuck" if argo.trouble else "Progressing", trouble)
    return Phase(word, "Progressing", _doing(argo, seen, version))


def _doing(argo: Argo, seen: ArgoSeen, version: str) -> str:
    """What the controller does now, in our words where we have some."""
    if argo.start is Start.RESTART:
        return "the pods are replaced one after the other"
    if for_people(seen) or seen.is_unpausing:
        return "answered; Argo Rollouts goes on"
    if seen.kind is Kind.BLUE_GREEN:
        where = "after the switch" if seen.weight_seen else "before the switch"
        if seen.pauses or argo.runs:
            return f"{'waiting' if seen.pauses else 'measuring'} {where}"
        is_up = bool(seen.canary_pods) and seen.canary_ready >= seen.canary_pods == seen.desired
        beside = f"{version} is up beside the others" if is_up else f"the pods of {version} come up beside the others"
        return f"{version} has the traffic" if seen.weight_seen else beside
    at = f"at {percent(seen, seen.weight_seen)}%"
    if seen.pauses or argo.at_hand.startswith("pause"):
        return f"waiting {at}"
    if argo.at_hand in ("analysis", "experiment"):
        return f"measuring {at}"
    weight = argo.at_hand.removeprefix("setWeight: ")
    moving = f"moving to {percent(seen, int(weight))}%" if weight.isdigit() else argo.at_hand
    return " · ".join(text for text in (moving, seen.message) if text) or f"moving traffic to {version}"


def _at_step(rollout: Rollout, walk: Walk, step: Step | None, seen: Seen | None) -> Phase:
    shown = f"{share(walk, seen)}%" if seen else f"{walk.weight}%"
    match step:
        case Pause(None):
            return Phase(Word.PAUSED, "Paused", f"at {shown} until somebody promotes")
        case Pause():
            return Phase(Word.PAUSED, "Progressing", f"waiting at {shown}")
        case Analysis():
            return Phase(Word.PROGRESSING, "Progressing", f"measuring at {shown}")
        case Gate():
            ask = asked_at(rollout, walk)
            if ask is not None and ask.ended is AskEnd.APPROVED:
                return Phase(Word.PROGRESSING, "Progressing", "approved, going on")
            return Phase(Word.PAUSED, "Waiting for approval", "asking for approval")
        case SetWeight(weight):
            return Phase(Word.PROGRESSING, "Progressing", _moving(f"moving to {weight}%", seen))
        case SetCanaryScale():
            return Phase(Word.PROGRESSING, "Progressing", _moving("scaling the canary pods", seen))
        case None:
            return Phase(
                Word.PROGRESSING, "Progressing", f"every step is done; {rollout.candidate.version} goes live next"
            )
        case _ as unreachable:
            assert_never(unreachable)


def _moving(goal: str, seen: Seen | None) -> str:
    """The goal, and what it waits for. Before the first canary pod is asked for there is nothing to count."""
    if seen is None:
        return goal
    ready = f"{seen.canary.ready} of {seen.canary.replicas} canary pods ready" if seen.canary.replicas else ""
    waits = seen.canary.problem or seen.stable.problem or ready
    return f"{goal}: {waits}" if waits else goal


def _held(rollout: Rollout) -> Phase | None:
    if not rollout.holds:
        return None
    hold = rollout.holds[0]
    reason = (
        f": “{hold.reason}”"
        if hold.reason and hold.kind is HoldKind.PERSON
        else f": {hold.reason}"
        if hold.reason
        else ""
    )
    by = f"by {hold.by.name}" if hold.kind is HoldKind.PERSON else "held"
    return Phase(Word.PAUSED, "Paused", f"{by}{reason}")


def _ended(rollout: Rollout) -> Phase:
    version, base = rollout.candidate.version, rollout.walks[0].base.version
    match rollout.outcome:
        case Outcome.HEALTHY:
            return Phase(Word.HEALTHY, "Healthy", f"{version} serves all traffic")
        case Outcome.ROLLED_BACK:
            return Phase(Word.DEGRADED, "Rolled back", rollout.why or f"{base} serves all traffic")
        case Outcome.SUPERSEDED:
            return Phase(Word.DEGRADED, "Replaced", rollout.why)
        case Outcome.CANCELLED:
            return Phase(Word.HEALTHY, "Cancelled", rollout.why or "nothing had moved")
        case Outcome.REFUSED | None:
            return Phase(Word.HEALTHY, "Not started", rollout.why)
        case _ as unreachable:
            assert_never(unreachable)


def unfinished(rollout: Rollout) -> Walk:
    """The walk that a card is about: the first that is not at the end of its plan, else the first."""
    if rollout.is_argo:
        return rollout.walks[0]
    return next((walk for walk in rollout.walks if walk.native.cursor < len(walk.native.plan.steps)), rollout.walks[0])
