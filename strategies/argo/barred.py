"""Why a verb must not be sent to a Rollout as it was just read, although it was decided.

`changed`: it is not what the verb was decided on. `barred`: the verb would do nothing, be lost, or do something else than it says, as the
controller was recorded to do; the sentence says what to do instead. Both are seen at the next look, and decided again there.
"""

from strategies.argo.driver import ArgoVerb
from strategies.argo.fields import Thing, flag, text
from strategies.argo.guards import called, is_taken_up, pause_keys
from strategies.argo.objects import Objects
from strategies.argo.pauses import CANARY_PAUSE, needs_person
from strategies.argo.shortcut import retry_shortcut
from strategies.argo.status import is_fully_promoted, is_unpausing
from strategies.argo.steps import current_step, step_index
from strategies.argo.writes import ArgoWrite, Changed
from strategies.native.claims import claim_of, claim_text

_WIPED = (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP, ArgoVerb.RETRY)


def changed(effect: ArgoWrite, objects: Objects, rollout: Thing) -> Changed | None:
    """What differs from what the verb was decided on, if anything does."""
    for what, found, expected in _facts(effect, rollout):
        if found != expected:
            return Changed(f"{called(rollout)} has {what} {_said(found)} by now, not {_said(expected)}.")
    if effect.verb in _WIPED and not is_taken_up(objects, rollout):
        return Changed(
            f"The controller has not taken up the newest change of {called(rollout)} yet: {effect.verb} has to wait for it."
        )
    return None


def _facts(effect: ArgoWrite, rollout: Thing) -> list[tuple[str, object, object]]:
    """Everything this verb depends on: the words for it, what is found, what was expected."""
    claim = claim_of(rollout)
    facts: list[tuple[str, object, object]] = [
        ("the claim", claim and claim_text(claim), effect.expect_claim and claim_text(effect.expect_claim))
    ]
    if effect.expect_hash:
        facts.append(("the pod hash", text(rollout, "status", "currentPodHash"), effect.expect_hash))
    if effect.verb in (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL):
        facts.append(("spec.paused", flag(rollout, "spec", "paused"), effect.expect_paused))
    if effect.verb in (ArgoVerb.PROMOTE, ArgoVerb.SKIP):
        facts.append(("the step", step_index(rollout), step_index(rollout) if effect.step is None else effect.step))
        facts.append(("the pauses", pause_keys(rollout), frozenset(effect.pauses)))
    return facts


def _said(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(f"{one.reason} since {one.started}" for one in value)) or "none"
    return "none" if value in (None, "") else str(value)


def barred(effect: ArgoWrite, objects: Objects, rollout: Thing) -> Changed | None:
    """Why the verb has no good effect on this Rollout, if so."""
    sentence = (
        _ABORTED
        if effect.verb in _NOT_ABORTED and flag(rollout, "status", "abort")
        else _sentence(effect, objects, rollout)
    )
    return Changed(f"{called(rollout)} {sentence}") if sentence else None


_NOT_ABORTED = (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP)
_ABORTED = "is aborted: promote does nothing now, and promote --full would bring the aborted revision live. Retry it, or undo it."


def _sentence(effect: ArgoWrite, objects: Objects, rollout: Thing) -> str:
    match effect.verb:
        case ArgoVerb.PROMOTE:
            return _promote(rollout)
        case ArgoVerb.SKIP:
            return _skip(rollout)
        case ArgoVerb.PROMOTE_FULL if is_fully_promoted(rollout):
            return "is promoted fully already: its newest revision is the stable one."
        case ArgoVerb.PROMOTE_FULL if flag(rollout, "status", "promoteFull"):
            return "is being promoted fully already."
        case ArgoVerb.ABORT:
            return _abort(rollout)
        case ArgoVerb.RETRY:
            return _retry(objects, rollout)
        case ArgoVerb.PAUSE if flag(rollout, "spec", "paused"):
            return "is paused already."
        case ArgoVerb.RESUME if not flag(rollout, "spec", "paused"):
            return "is not paused by anybody: a pause of its own ends by promote."
        case ArgoVerb.RESUME if is_unpausing(rollout) and not flag(rollout, "status", "abort"):
            return (
                "was promoted just now: resumed before the controller has moved, it would walk past the pause at hand."
            )
    return ""


def _promote(rollout: Thing) -> str:
    reasons = {pause.reason for pause in pause_keys(rollout)}
    if not reasons:
        return "waits for nobody: to leave the step at hand unfinished, use skip, with a reason."
    eaten = CANARY_PAUSE not in reasons and needs_person(rollout, CANARY_PAUSE) and not flag(rollout, "spec", "paused")
    return "is at a pause that this promote would end unasked: it has to be paused first." if eaten else ""


def _retry(objects: Objects, rollout: Thing) -> str:
    if not flag(rollout, "status", "abort") or is_fully_promoted(rollout):
        return "is not aborted: there is nothing to retry."
    sentence = retry_shortcut(objects, rollout)
    return f"cannot be retried yet: {sentence}" if sentence else ""


def _skip(rollout: Thing) -> str:
    if current_step(rollout)[0] is None or is_fully_promoted(rollout):
        return "is past its last step: there is nothing to skip."
    if flag(rollout, "spec", "paused"):
        return "is paused: resume it first."
    if is_unpausing(rollout):
        return "was promoted just now, and the controller has not moved yet: look again in a moment."
    return ""


def _abort(rollout: Thing) -> str:
    if flag(rollout, "status", "abort"):
        return "is aborted already."
    if flag(rollout, "status", "promoteFull"):
        return "is being promoted fully, and Argo ignores an abort then: go back with undo, then promote --full."
    if text(rollout, "status", "stableRS") and is_fully_promoted(rollout):
        return "has nothing to abort: its newest revision is the stable one. To go back, undo it."
    return ""
