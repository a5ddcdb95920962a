"""What a rollout looks like to people at one moment: the one source of the card, the command line and the API.

The same for every driver. Layout and wording of whole messages belong to the surfaces; the words for states and steps are made here, so
that every surface uses the same ones.
"""

from dataclasses import dataclass
from datetime import datetime

from strategies.activities import activity_at
from strategies.allowed import Verb, allowed
from strategies.argo.driver import Argo, Start
from strategies.argo.offered import offered
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.shown import argo_drawn, left_behind
from strategies.asks import deadline_of
from strategies.drawn import Drawn, Pods, Stop
from strategies.events import Position
from strategies.evidence import MetricLine, metric_lines
from strategies.judge.verdict import Verdict
from strategies.model import Activity, Actor, Ask, Hold, Outcome, Revision, Rollout, Seen, Stage, Walk
from strategies.native.shown import native_drawn
from strategies.phase import Phase, phase, unfinished
from strategies.position import place_of, position
from strategies.steps import Analysis, Step


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A rollout as people see it.

    `step` of `steps` counts from 1. `weight_wanted` and `weight_seen` can differ and are both shown. `activity` names the analysis that
    `metrics` belong to. `at_hand` is the step itself (None: every step is done), `next_weight` what the traffic goes to after it.
    `next_at` is when the present step ends by itself, None where people or measurements decide. `status` is the controller's own word and
    message, where one walks for us.
    `start` is how a walk of Argo's controller began (None: Leadsman walks itself), `kind` its strategy where it was seen. `left` is what an
    ended one left behind, in a sentence without a stop; `why` is then without it. `followed`: the version that is live by now in
    place of one that ended Healthy.
    """

    id: str
    app: str
    environment: str
    candidate: Revision
    base: Revision
    by: Actor
    reason: str
    stage: Stage
    outcome: Outcome | None
    phase: Phase
    why: str
    turned_by: Actor | None
    strategy: str
    rail: tuple[Stop, ...]
    step: int
    steps: int
    at_hand: Step | None
    next_weight: int
    weight_wanted: int
    weight_seen: int | None
    stable: Pods | None
    canary: Pods | None
    activity: str | None
    metrics: tuple[MetricLine, ...]
    ask: Ask | None
    deadline: datetime | None
    approved_by: tuple[Actor, ...]
    holds: tuple[Hold, ...]
    verbs: frozenset[Verb]
    position: Position
    next_at: datetime | None
    started: datetime | None
    ended: datetime | None
    seen_at: datetime | None
    status: str = ""
    policy_version: str = ""
    own_approval: bool = False
    start: Start | None = None
    kind: Kind | None = None
    left: str = ""
    followed: str = ""


def snapshot(rollout: Rollout, seen: Seen | ArgoSeen | None, at: datetime) -> Snapshot:
    """How `rollout` looks by what was last seen of the target that its card is about. `at` only decides which verbs are legal."""
    walk = unfinished(rollout)
    drawn = _drawn(rollout, walk, seen)
    activity = _shown_activity(rollout, walk, drawn.at_hand)
    ask = next((one for one in rollout.asks if one.is_open), None)
    left = left_behind(rollout)
    return Snapshot(
        id=rollout.id,
        app=rollout.app,
        environment=rollout.environment,
        candidate=rollout.candidate,
        base=walk.base,
        by=rollout.by,
        reason=rollout.reason,
        stage=rollout.stage,
        outcome=rollout.outcome,
        phase=phase(rollout, seen),
        why=rollout.why.removesuffix(f"; {left}") if left else rollout.why,
        turned_by=rollout.turned_by,
        strategy=rollout.strategy,
        rail=drawn.rail,
        step=drawn.step,
        steps=drawn.steps,
        at_hand=drawn.at_hand,
        next_weight=drawn.next_weight,
        weight_wanted=drawn.weight_wanted,
        weight_seen=drawn.weight_seen,
        stable=drawn.stable,
        canary=drawn.canary,
        activity=activity.id if activity else None,
        metrics=metric_lines(activity) if activity else (),
        ask=ask,
        deadline=deadline_of(ask, ask.opened) if ask else None,
        approved_by=tuple(dict.fromkeys(vote.by for one in rollout.asks for vote in one.yes)),
        holds=rollout.holds,
        verbs=_verbs(rollout, walk, seen, at),
        position=position(rollout),
        next_at=drawn.next_at,
        started=rollout.started,
        ended=rollout.ended,
        seen_at=seen.at if seen else None,
        status=drawn.status,
        policy_version=rollout.policy.version,
        own_approval=rollout.policy.own_approval,
        start=walk.driver.start if isinstance(walk.driver, Argo) else None,
        kind=seen.kind if isinstance(seen, ArgoSeen) and seen.exists else None,
        left=left,
    )


def _verbs(rollout: Rollout, walk: Walk, seen: Seen | ArgoSeen | None, at: datetime) -> frozenset[Verb]:
    verbs = allowed(rollout, at)
    return offered(verbs, seen) if isinstance(walk.driver, Argo) and isinstance(seen, ArgoSeen) else verbs


def _drawn(rollout: Rollout, walk: Walk, seen: Seen | ArgoSeen | None) -> Drawn:
    if isinstance(walk.driver, Argo):
        return argo_drawn(rollout, walk, seen if isinstance(seen, ArgoSeen) else None)
    return native_drawn(rollout, walk, seen if isinstance(seen, Seen) else None)


def _shown_activity(rollout: Rollout, walk: Walk, step: Step | None) -> Activity | None:
    """The analysis that people want to see: what turned it back, else the one at hand, else the last that ran.

    While the one of the `step` at hand has not begun, what another step's came to says nothing about it.
    """
    mine = [activity for activity in rollout.activities if activity.walk == walk.id]
    bad = [one for one in mine if one.run.phase in (Verdict.FAILED, Verdict.ERROR)]
    at_hand = activity_at(rollout, walk, place_of(walk))
    begins = rollout.stage is Stage.WALKING and isinstance(step, Analysis)
    last = [one for one in mine if one.step is None or not begins][-1:]
    return bad[-1] if bad else at_hand or (last[0] if last else None)
