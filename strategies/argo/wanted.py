"""What is to be written to a Rollout now: at most one verb, only where wanted and seen differ, with everything it was decided on.

Forward verbs need a controller that has taken up the present specification, and no hold; fleeing needs neither.
"""

from dataclasses import replace
from datetime import datetime

from strategies.argo.driver import ArgoVerb, PauseKey, Start
from strategies.argo.seen import ArgoSeen
from strategies.argo.standing import (
    claim_of,
    given_back,
    is_done,
    is_home,
    is_taken_up,
    revision_of,
)
from strategies.argo.writes import ArgoWrite
from strategies.model import HoldKind, Rollout, Stage, Walk
from strategies.walk import frozen


def wanted(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> tuple[ArgoWrite, ...]:
    """The write for this walk on this look, if any. A verb carries the claim where that is not there yet; a claim alone reminds the
    controller, or is given back."""
    if not seen.exists or frozen(rollout) or walk.fence == 0:
        return ()
    claim = given_back(rollout, walk) if is_at_end(rollout, walk, seen) else claim_of(rollout, walk)
    write = None if not claim.rollout else _verb(rollout, walk, seen)
    if seen.claim == claim:
        return () if write is None else (replace(write, expect_claim=seen.claim),)
    write = write or ArgoWrite(walk.id, ArgoVerb.CLAIM)
    base = (walk.base.image, walk.replicas) if claim.rollout and walk.base.image else None
    return (replace(write, expect_claim=seen.claim, claim=claim, base=base),)


def is_at_end(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> bool:
    """Whether the world is where this rollout ends, so that only the claim is left to give back."""
    ended = is_home if rollout.stage is Stage.REVERTING else is_done
    return ended(rollout, walk, seen)


def _verb(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> ArgoWrite | None:
    if rollout.stage is Stage.REVERTING:
        return _homeward(rollout, walk, seen)
    argo = walk.argo
    held = rollout.hold(HoldKind.PERSON) is not None
    if (held or argo.guarding) and not seen.spec_paused and _is_under_way(walk, seen):
        return _write(walk, seen, ArgoVerb.PAUSE)
    if seen.spec_paused and not rollout.holds and argo.forward and not argo.guarding:
        return _write(walk, seen, ArgoVerb.RESUME)
    if rollout.holds or not argo.forward or not is_taken_up(seen):
        return None
    if not argo.pod_hash:
        return _start(rollout, walk, seen)
    if seen.current_hash != argo.pod_hash or seen.aborted:
        return None
    return _onward(rollout, walk, seen)


def _is_under_way(walk: Walk, seen: ArgoSeen) -> bool:
    """Whether the controller has something to stop with: before it began, and past the end, `spec.paused` would only stay behind."""
    return seen.current_hash == walk.argo.pod_hash != seen.stable_hash and not seen.aborted and not seen.promote_full


def _start(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> ArgoWrite | None:
    """The verb that it begins with. Once the candidate is asked for, the controller has only to take it up."""
    asked = rollout.candidate.runs_as(seen.image)
    match walk.argo.start:
        case Start.RETRY:
            return _write(walk, seen, ArgoVerb.RETRY)
        case Start.RESTART:
            return _write(walk, seen, ArgoVerb.RESTART, restart_at=rollout.started or rollout.created)
        case Start.UNDO if not asked:
            return _write(walk, seen, ArgoVerb.UNDO, revision=walk.argo.revision or 0)
        case Start.DEPLOY if not asked:
            return _write(walk, seen, ArgoVerb.SET_IMAGE, image=rollout.candidate.image)
        case _:
            return None


def _onward(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> ArgoWrite | None:
    """What people decided: an order, their answers' too, or the promotion to the end."""
    order = walk.argo.order
    if order is not None and order.sent:
        return _write(walk, seen, order.verb, pauses=order.pauses, run=order.run)
    if rollout.stage is Stage.PROMOTING:
        return None if seen.is_promoted or seen.promote_full else _write(walk, seen, ArgoVerb.PROMOTE_FULL)
    return None


def _homeward(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> ArgoWrite | None:
    """The way back: abort while the controller walks to the candidate; where it is past that, undo and promote what was undone to."""
    argo = walk.argo
    if not argo.pod_hash:
        return _unstarted(rollout, walk, seen)
    if seen.current_hash == argo.base_hash:
        return _promoted_home(walk, seen)
    if not rollout.candidate.runs_as(seen.image):
        return None
    if seen.stable_hash == argo.pod_hash or seen.promote_full or seen.invalid:
        revision = revision_of(seen, argo.base_hash)
        return None if revision is None else _write(walk, seen, ArgoVerb.UNDO, revision=revision)
    if not seen.aborted:
        return _write(walk, seen, ArgoVerb.ABORT)
    return _write(walk, seen, ArgoVerb.RESUME) if seen.spec_paused else None


def _unstarted(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> ArgoWrite | None:
    """The candidate is asked for, but no controller has looked yet: nothing moved, so asking for the version before is all."""
    if walk.argo.start is Start.UNDO:
        revision = revision_of(seen, walk.argo.found_hash)
        return None if revision is None else _write(walk, seen, ArgoVerb.UNDO, revision=revision)
    if walk.argo.start is not Start.DEPLOY:
        return None
    return _write(walk, seen, ArgoVerb.SET_IMAGE, image=walk.base.image)


def _promoted_home(walk: Walk, seen: ArgoSeen) -> ArgoWrite | None:
    """The version before is asked for again. Only once its template was taken up does a promotion reach it (15b)."""
    if seen.spec_paused:
        return _write(walk, seen, ArgoVerb.RESUME)
    if not is_taken_up(seen) or seen.stable_hash == walk.argo.base_hash or seen.promote_full:
        return None
    return _write(walk, seen, ArgoVerb.PROMOTE_FULL)


def _write(
    walk: Walk,
    seen: ArgoSeen,
    verb: ArgoVerb,
    *,
    image: str = "",
    revision: int = 0,
    pauses: tuple[PauseKey, ...] = (),
    run: str = "",
    restart_at: datetime | None = None,
) -> ArgoWrite:
    """The verb with what was seen, and what it is about."""
    return ArgoWrite(
        walk.id,
        verb,
        expect_hash=seen.current_hash,
        expect_image=(seen.image or "") if verb in (ArgoVerb.SET_IMAGE, ArgoVerb.UNDO) else "",
        expect_paused=seen.spec_paused,
        pauses=pauses,
        step=seen.step,
        image=image,
        revision=revision,
        run=run,
        restart_at=restart_at,
    )
