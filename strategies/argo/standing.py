"""Where a Rollout stands for the walk that is about it: questions about what is remembered and what is seen, answered yes or no."""

from typing import assert_never

from strategies.argo.driver import Start
from strategies.argo.pauses import INCONCLUSIVE
from strategies.argo.seen import ArgoSeen, Kind, Pausing, RunKind
from strategies.look import is_ours
from strategies.model import Actor, Claim, Rollout, Walk

IN_CLUSTER = "cluster"
"""The surface of everybody who acts on the Rollout without Leadsman."""

CONTROLLER = Actor("rollouts-controller", "Argo Rollouts", IN_CLUSTER)
"""Argo's controller, where it turns back by itself."""


def is_by_others(by: Actor | None) -> bool:
    """Whether somebody did it in the cluster, without Leadsman: the controller itself, or other hands."""
    return by is not None and by.surface == IN_CLUSTER


def has_begun(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> bool:
    """Whether the controller was seen to walk with the candidate's template."""
    argo = walk.argo
    match argo.start:
        case Start.DEPLOY | Start.UNDO:
            return is_taken_up(seen) and rollout.candidate.runs_as(seen.image) and is_other(seen, argo.found_hash)
        case Start.RETRY:
            return is_taken_up(seen) and seen.current_hash == argo.found_hash and not seen.aborted
        case Start.RESTART:
            return is_restart_wanted(rollout, seen)
        case Start.ELSEWHERE:
            return bool(seen.current_hash) and seen.current_hash == argo.found_hash
        case _ as unreachable:
            assert_never(unreachable)


def is_taken_up(seen: ArgoSeen) -> bool:
    """Whether the controller walks with the template that is asked for. It says that it has observed a change some moments before."""
    current = next((one for one in seen.revisions if one.pod_hash == seen.current_hash), None)
    return seen.observed and (current is None or seen.image in (None, current.image))


def is_other(seen: ArgoSeen, pod_hash: str) -> bool:
    """Whether the controller's present template is known and another one than this."""
    return seen.current_hash not in ("", pod_hash)


def is_restart_wanted(rollout: Rollout, seen: ArgoSeen) -> bool:
    """Whether this rollout's restart, or a later one, is in the specification."""
    since = rollout.started or rollout.created
    return seen.restart_at is not None and seen.restart_at >= since.replace(microsecond=0)


def is_done(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> bool:
    """Whether the candidate serves everything and nothing is under way.

    Once that was seen, a pod that goes while the claim is given back changes nothing, nor does a version that comes after it.
    """
    argo = walk.argo
    if walk.home and is_other(seen, argo.pod_hash):
        return True
    live = bool(argo.pod_hash) and is_taken_up(seen) and seen.current_hash == seen.stable_hash == argo.pod_hash
    restarted = seen.restarted_at is not None and seen.restart_at is not None and seen.restarted_at >= seen.restart_at
    calm = seen.status == "Healthy" or seen.claim == given_back(rollout, walk)
    return live and calm and (argo.start is not Start.RESTART or restarted)


def is_home(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> bool:
    """Whether nothing is left to take back: rest, as Argo defines it, without the candidate."""
    argo = walk.argo
    if not argo.base_hash or argo.start is Start.RESTART:
        return True
    if not argo.pod_hash:
        return seen.aborted if argo.start is Start.RETRY else not rollout.candidate.runs_as(seen.image)
    if not is_taken_up(seen):
        return False
    if seen.current_hash == argo.base_hash:
        return seen.stable_hash == argo.base_hash and seen.status == "Healthy"
    if seen.current_hash != argo.pod_hash or is_retried(rollout, walk, seen):
        return True
    return seen.aborted and seen.status == "Degraded" and is_served_by_stable(walk, seen)


def is_retried(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> bool:
    """Whether what was aborted without us was begun anew without us: then it is not ours to take back."""
    again = is_taken_up(seen) and not seen.aborted and seen.current_hash == walk.argo.pod_hash != seen.stable_hash
    return is_by_others(rollout.turned_by) and again


def is_served_by_stable(walk: Walk, seen: ArgoSeen) -> bool:
    """Whether the version before has all traffic, complete; without a router no pod of the candidate's may be left."""
    empty = seen.kind is Kind.BLUE_GREEN or seen.routed or seen.canary_pods == 0
    whole = seen.stable_ready >= seen.desired
    return seen.stable_hash == walk.argo.base_hash and seen.weight_seen == 0 and whole and empty


def claim_of(rollout: Rollout, walk: Walk) -> Claim:
    """The claim that our writes carry."""
    return Claim(rollout.instance, rollout.id, walk.fence)


def given_back(rollout: Rollout, walk: Walk) -> Claim:
    """The claim at the end: nobody's, its number kept so that no older write of ours can land."""
    return Claim(rollout.instance, "", walk.fence)


def is_others(rollout: Rollout, seen: ArgoSeen) -> bool:
    """Whether somebody else's live claim is on it: then nothing of it is ours to write."""
    return seen.claim is not None and bool(seen.claim.rollout) and not is_ours(rollout, seen.claim)


def for_people(seen: ArgoSeen) -> tuple[Pausing, ...]:
    """The pauses that only a person ends."""
    return tuple(pausing for pausing in seen.pauses if pausing.needs_person)


def inconclusive(seen: ArgoSeen) -> Pausing | None:
    """The pause that an analysis without a clear result brought, if there is one."""
    return next((pausing for pausing in seen.pauses if pausing.key.reason in INCONCLUSIVE), None)


def step_text(seen: ArgoSeen, step: int | None) -> str:
    """The text of a step; empty where there is none (blue/green, or all steps done)."""
    return seen.steps[step] if step is not None and step < len(seen.steps) else ""


def owes(seen: ArgoSeen) -> bool:
    """Whether something was written to the Rollout that its controller has not yet reacted to.

    None of this stands for more than a second or two in any recording, but where the write was lost (15h).
    """
    let_go = seen.phase == "Paused" and not seen.pauses and not seen.spec_paused
    turning = seen.aborted and seen.phase != "Degraded" and not seen.is_promoted
    retried = not seen.aborted and seen.phase == "Degraded" and seen.message.startswith("RolloutAborted")
    full = seen.promote_full and (bool(seen.pauses) or bool(step_text(seen, seen.step)))
    return not is_taken_up(seen) or seen.is_unpausing or let_go or turning or retried or full or _is_left_behind(seen)


def _is_left_behind(seen: ArgoSeen) -> bool:
    """Whether the controller still does what a skip or a termination ended, or has not begun with the pause that a skip led to."""
    text = step_text(seen, seen.step)
    unbegun = text.startswith("pause") and not (
        seen.pauses or seen.controller_pause or seen.spec_paused or seen.aborted
    )
    runs = [one for one in seen.runs if not one.run.phase.is_completed]
    skipped = any(one.kind is RunKind.STEP and one.step not in (None, seen.step) for one in runs)
    return (
        unbegun or skipped or any(one.run.terminating for one in runs) or bool(seen.experiment and text != "experiment")
    )


def revision_of(seen: ArgoSeen, pod_hash: str) -> int | None:
    """The number of the revision with that template, None where its ReplicaSet is gone."""
    return next((one.number for one in seen.revisions if one.pod_hash == pod_hash), None)


def percent(seen: ArgoSeen, weight: int) -> int:
    """A weight of the Rollout's in percent: with `maxTrafficWeight` it counts of another whole."""
    return round(100 * weight / seen.whole) if seen.whole else weight
