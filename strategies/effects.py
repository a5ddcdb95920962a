"""What should be done to the world: effects, each safe to repeat, each guarded by what it was decided on.

An effect appears only where wanted and seen differ. Every write of an object expects the claim (whose fence makes older writes fail) and
the values that were seen; it never expects a resourceVersion, since status updates move that.
"""

from dataclasses import dataclass
from datetime import datetime

from strategies.activities import due_measurements
from strategies.argo.seen import ArgoSeen
from strategies.argo.wanted import wanted
from strategies.argo.writes import ArgoWrite
from strategies.home import is_home
from strategies.look import is_as_aimed, is_fighting, is_ours
from strategies.model import MOVING, Aim, Claim, Rollout, Seen, Side, Stage, Walk
from strategies.traffic import is_quiet
from strategies.walk import frozen


@dataclass(frozen=True, slots=True)
class CreateCanary:
    """Make the canary's Deployment from the stable one's template: with `image`, no pods, and the claim. Inert until it is scaled."""

    walk: str
    image: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class PatchSide:
    """Change one side's Deployment. Fields that are None stay as they are.

    expect_claim, expect_image, expect_replicas: what was seen and is tested in the same patch.
    claim: the claim to write (the fence is raised with it). image: a new template image (the canary's template is derived anew from the
    stable one's). replicas: the new count. base: write the base image and replicas beside the claim, so that people or another
    installation can undo this by hand.
    """

    walk: str
    side: Side
    expect_claim: Claim | None
    expect_image: str
    expect_replicas: int
    claim: Claim | None = None
    image: str | None = None
    replicas: int | None = None
    base: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class CreateRoute:
    """Make the canary's route at the router, with weight 0 and the claim."""

    walk: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class PatchRoute:
    """Change the canary's route: its claim, its weight, or both. Expects the claim and weight seen."""

    walk: str
    expect_claim: Claim | None
    expect_weight: int
    claim: Claim | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """Take the measurement `number` of an activity's metric, and bring it back as `Measured` with the same sequence."""

    walk: str
    activity: str
    metric: str
    number: int
    sequence: int


NativeWrite = CreateCanary | PatchSide | CreateRoute | PatchRoute
Write = NativeWrite | ArgoWrite
Effect = Write | Measure


def effects(rollout: Rollout, walk: Walk, seen: Seen | ArgoSeen, at: datetime) -> tuple[Write, ...]:
    """What is to be written for this walk on this look, whoever walks."""
    if isinstance(seen, ArgoSeen):
        return wanted(rollout, walk, seen) if rollout.stage in MOVING else ()
    return _native(rollout, walk, seen, at)


def _native(rollout: Rollout, walk: Walk, seen: Seen, at: datetime) -> tuple[NativeWrite, ...]:
    """The writes that bring the world from what is seen towards the walk's aim. None where they are equal.

    The fence: until the present one is seen on every object, only claims are written, and growth may ride along; what takes something
    away (traffic, pods, a revision) waits. So no write decided earlier can land afterwards, since each expects the claim it saw.
    Nothing is made before the workload is seen to carry our claim.
    """
    if walk.aim is None or rollout.stage not in MOVING or frozen(rollout) or is_fighting(walk, at):
        return ()
    if is_others(rollout, seen):
        return ()
    if _may_release(rollout, walk, seen, at):
        return _released(rollout, walk, seen)
    if _is_released(rollout, walk, seen) and is_as_aimed(walk, walk.aim, seen):
        return ()
    claim = Claim(rollout.instance, rollout.id, walk.fence)
    fenced = _is_fenced(walk, seen, claim)
    writes: list[NativeWrite | None] = [_side(walk, walk.aim, seen, Side.STABLE, claim, fenced=fenced, at=at)]
    if seen.stable.claim == claim:
        writes.append(_canary(walk, walk.aim, seen, claim, fenced=fenced, at=at))
        writes.append(_route(walk, walk.aim, seen, claim, fenced=fenced))
    return tuple(write for write in writes if write is not None)


def is_others(rollout: Rollout, seen: Seen) -> bool:
    """Whether the workload carries somebody else's live claim: then nothing of it is ours to write, not even to bring base home."""
    claim = seen.stable.claim
    return claim is not None and bool(claim.rollout) and not is_ours(rollout, claim)


def _may_release(rollout: Rollout, walk: Walk, seen: Seen, at: datetime) -> bool:
    if rollout.stage is Stage.WALKING:
        return False
    revision = rollout.candidate if rollout.stage is Stage.PROMOTING else walk.base
    claim = Claim(rollout.instance, rollout.id, walk.fence)
    return _is_fenced(walk, seen, claim) and is_home(walk, revision, seen, at)


def _released(rollout: Rollout, walk: Walk, seen: Seen) -> tuple[NativeWrite, ...]:
    """The last write: the claim is given back, its fence stays."""
    stable = seen.stable
    if stable.claim is None or not stable.claim.rollout or stable.image is None:
        return ()
    free = Claim(rollout.instance, "", walk.fence)
    return (PatchSide(walk.id, Side.STABLE, stable.claim, stable.image, stable.replicas, claim=free),)


def _is_released(rollout: Rollout, walk: Walk, seen: Seen) -> bool:
    """Whether we gave the claim back. A pod that comes or goes afterwards is no reason to take it again; only something to change is."""
    return seen.stable.claim == Claim(rollout.instance, "", walk.fence)


def _is_fenced(walk: Walk, seen: Seen, claim: Claim) -> bool:
    """Whether the present fence was seen on every object there is. A released claim of the same fence counts."""
    free = Claim(claim.instance, "", walk.fence)
    stable = seen.stable.claim in (claim, free)
    canary = seen.canary.image is None or seen.canary.claim == claim
    route = seen.weight is None or seen.router_claim == claim
    return stable and canary and route


def _side(
    walk: Walk, aim: Aim, seen: Seen, side: Side, claim: Claim, *, fenced: bool, at: datetime
) -> PatchSide | None:
    """One side's patch: its claim, growth at any time, less or another revision only behind the fence and while it serves nothing."""
    one = seen.side(side)
    wanted = aim.stable if side is Side.STABLE else aim.canary
    if one.image is None:
        return None
    revised = bool(wanted.image) and wanted.image != one.image
    image = wanted.image if revised and fenced and is_quiet(walk, seen, side, at) else None
    grows, shrinks = wanted.replicas > one.replicas, wanted.replicas < one.replicas
    may_count = (grows and not revised) or (grows and image is not None) or (shrinks and fenced)
    replicas = wanted.replicas if may_count else None
    claimed = claim if one.claim != claim else None
    if claimed is None and image is None and replicas is None:
        return None
    base = (
        (walk.base.pinned if walk.base.digest else walk.base.image, walk.replicas)
        if side is Side.STABLE and claimed
        else None
    )
    return PatchSide(walk.id, side, one.claim, one.image, one.replicas, claimed, image, replicas, base)


def _canary(walk: Walk, aim: Aim, seen: Seen, claim: Claim, *, fenced: bool, at: datetime) -> NativeWrite | None:
    """The canary's Deployment: made inert first, then patched like the stable one."""
    if seen.canary.image is not None:
        return _side(walk, aim, seen, Side.CANARY, claim, fenced=fenced, at=at)
    wanted = aim.canary
    return CreateCanary(walk.id, wanted.image, claim) if wanted.image else None


def _route(walk: Walk, aim: Aim, seen: Seen, claim: Claim, *, fenced: bool) -> NativeWrite | None:
    """The canary's route: made with weight 0, its weight moved only behind the fence."""
    if walk.target.router is None:
        return None
    if seen.weight is None:
        return CreateRoute(walk.id, claim) if aim.canary.replicas or aim.weight else None
    weight = aim.weight if aim.weight != seen.weight and fenced else None
    claimed = claim if seen.router_claim != claim else None
    if weight is None and claimed is None:
        return None
    return PatchRoute(walk.id, seen.router_claim, seen.weight, claimed, weight)


def measures(rollout: Rollout, at: datetime) -> tuple[Measure, ...]:
    """The measurements that are due at `at`."""
    if rollout.stage is not Stage.WALKING:
        return ()
    return tuple(
        Measure(activity.walk, activity.id, due.metric, due.number, activity.sequence)
        for activity, due in due_measurements(rollout)
        if due.at <= at
    )
