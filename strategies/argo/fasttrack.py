"""Blue/green revisions that would take all traffic at once, with neither pause nor analysis before.

The controller takes a ReplicaSet that still has a `scale-down-deadline` for one that served lately, and switches to it without its gate
(argo-rollouts `rollout/bluegreen.go`, isBlueGreenFastTracked). An aborted ReplicaSet has one too, until it is scaled down: a retry
before that goes live, even after its pre-promotion analysis failed (recorded cases 09f and 09i), and so does the same template set again
after an undo. With `abortScaleDownDelaySeconds: 0` an aborted set stays up without a deadline; then the gate holds. Once the set is down
the gate holds too, since the deadline is taken off before the pods are back (09h).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from strategies.argo.fields import Thing, count, has, part
from strategies.argo.seen import ArgoSeen, Kind, RevisionSeen
from strategies.argo.steps import is_blue_green


@dataclass(frozen=True, slots=True)
class FastTrack:
    """Why a revision would go live without its gate, in a sentence for people, and until when (None: nobody has set a time)."""

    pod_hash: str
    sentence: str
    until: datetime | None


def is_gated(rollout: Thing) -> bool:
    """Whether a new revision of a blue/green has to pass a person, a delay or an analysis before it goes live."""
    strategy = part(rollout, "spec", "strategy", "blueGreen")
    return is_blue_green(rollout) and (
        strategy.get("autoPromotionEnabled") is False
        or count(strategy, "autoPromotionSeconds") > 0
        or has(strategy, "prePromotionAnalysis")
    )


def fast_track(kind: Kind, revisions: Sequence[RevisionSeen], current_hash: str, stable_hash: str) -> FastTrack | None:
    """The fast track that a retry would take. With the stable template in place, the one of the newest revision that was left behind:
    a ReplicaSet made after the stable one, where that is among them; an earlier one only waits for its end.
    """
    if kind is not Kind.BLUE_GREEN:
        return None
    waiting = [one for one in revisions if _waits(one)]
    if current_hash != stable_hash:
        return next((_told(one) for one in waiting if one.pod_hash == current_hash), None)
    stable = next((one.created for one in revisions if stable_hash and one.pod_hash == stable_hash), None)
    return next((_told(one) for one in waiting if stable is None or (one.created and one.created > stable)), None)


def fast_track_of(seen: ArgoSeen, *images: str) -> FastTrack | None:
    """The fast track that a deploy of one of these images would take, whichever of the revisions that are still up runs it."""
    if seen.kind is not Kind.BLUE_GREEN or not seen.gated:
        return None
    return next((_told(one) for one in seen.revisions if one.image in images and _waits(one)), None)


def _waits(one: RevisionSeen) -> bool:
    """Whether a revision is up only until its deadline."""
    return one.kept_up and not {"stable", "active"} & set(one.sides)


def _told(one: RevisionSeen) -> FastTrack:
    until = f" until {one.scaled_down_at:%H:%M:%S} UTC" if one.scaled_down_at else ""
    sentence = (
        f"revision {one.number} is still up{until}: before it is scaled down, Argo Rollouts would switch all traffic to it at once, "
        "without its pause or analysis"
    )
    return FastTrack(one.pod_hash, sentence, one.scaled_down_at)
