"""Revisions that would take all traffic at once, with neither pause nor analysis before.

Any kind of Rollout with a `rollbackWindow` goes back like that to a revision within it (recorded case 10c). The rest is about blue/green.

The controller takes a ReplicaSet that still has a `scale-down-deadline` for one that served lately, and switches to it without its gate
(argo-rollouts `rollout/bluegreen.go`, isBlueGreenFastTracked). An aborted ReplicaSet has one too, until it is scaled down: a retry
before that goes live, even after its pre-promotion analysis failed (recorded cases 09f and 09i), and so does the same template set again
after an undo. With `abortScaleDownDelaySeconds: 0` an aborted set stays up without a deadline; then the gate holds. Once the set is down
the gate holds too, since the deadline is taken off before the pods are back (09h).
"""

from collections.abc import Sequence

from strategies.argo.fields import Thing, count, has, part
from strategies.argo.seen import ArgoSeen, Kind, RevisionSeen, RunKind
from strategies.argo.steps import is_blue_green


def is_gated(rollout: Thing) -> bool:
    """Whether a new revision of a blue/green has to pass a person, a delay or an analysis before it goes live."""
    delayed = count(rollout, "spec", "strategy", "blueGreen", "autoPromotionSeconds") > 0
    return is_blue_green(rollout) and (is_by_hand(rollout) or delayed or RunKind.PRE_PROMOTION in analysed(rollout))


def is_by_hand(rollout: Thing) -> bool:
    """Whether a person has to promote a new revision of a blue/green."""
    strategy = part(rollout, "spec", "strategy", "blueGreen")
    return is_blue_green(rollout) and strategy.get("autoPromotionEnabled") is False


def analysed(rollout: Thing) -> frozenset[RunKind]:
    """The analyses that a blue/green's spec has before and after its switch."""
    strategy = part(rollout, "spec", "strategy", "blueGreen")
    fields = {"prePromotionAnalysis": RunKind.PRE_PROMOTION, "postPromotionAnalysis": RunKind.POST_PROMOTION}
    return frozenset(kind for field, kind in fields.items() if is_blue_green(rollout) and has(strategy, field))


def fast_track(kind: Kind, revisions: Sequence[RevisionSeen], current_hash: str, stable_hash: str) -> str:
    """Why a retry would take a fast track, as a sentence; empty where it would not.

    With the stable template in place it is the newest revision that was left behind: a ReplicaSet made after the stable one, where that is
    among them; an earlier one only waits for its end.
    """
    if kind is not Kind.BLUE_GREEN:
        return ""
    waiting = [one for one in revisions if _waits(one)]
    if current_hash != stable_hash:
        return next((_told(one) for one in waiting if one.pod_hash == current_hash), "")
    stable = next((one.created for one in revisions if stable_hash and one.pod_hash == stable_hash), None)
    return next((_told(one) for one in waiting if stable is None or (one.created and one.created > stable)), "")


def fast_track_of(seen: ArgoSeen, *images: str) -> str:
    """Why a deploy of one of these images would take a fast track, whichever revision still up runs it; empty where it would not."""
    asked = [one for one in seen.revisions if one.image in images]
    back = next((_told_back(one) for one in asked if one.in_window and (seen.gated or seen.steps)), "")
    if back or not seen.gated:
        return back
    return next((_told(one) for one in asked if _waits(one)), "")


def _waits(one: RevisionSeen) -> bool:
    """Whether a revision is up only until its deadline."""
    return one.kept_up and not {"stable", "active"} & set(one.sides)


def _told_back(one: RevisionSeen) -> str:
    return (
        f"revision {one.number} is within the Rollout's rollbackWindow, and Argo Rollouts would bring it back at once, past every step and "
        f"analysis. If that is wanted, undo to revision {one.number}"
    )


def _told(one: RevisionSeen) -> str:
    until = f" until {one.scaled_down_at:%H:%M:%S} UTC" if one.scaled_down_at else ""
    return (
        f"revision {one.number} is still up{until}: before it is scaled down, Argo Rollouts would switch all traffic to it at once, "
        "without its pause or analysis. Wait until it is scaled down"
    )
