"""A rollout that Argo's controller walks, in every state that its card can show. What is seen of it follows from what is remembered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from strategies.argo.driver import Argo, ArgoVerb, PauseKey, Start
from strategies.argo.seen import ArgoSeen, Kind, Pausing, RevisionSeen, RunKind, RunSeen
from strategies.argo.shown import RETRIED, still_asked_for
from strategies.argo.standing import CONTROLLER, IN_CLUSTER
from strategies.judge.run import Run
from strategies.model import (
    Activity,
    Actor,
    Ask,
    AskEnd,
    AskKind,
    Binding,
    Hold,
    HoldKind,
    Outcome,
    Policy,
    Revision,
    Rollout,
    Stage,
    Target,
    Vote,
    Walk,
    WorkloadKind,
)
from strategies.steps import Gate, Silence

T0 = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
IMAGE = "ghcr.io/acme/checkout"
OLD, NEW = "6d4f8c9b7", "7f5b9d6c8"
STEPS = ("setWeight: 20", "analysis", "pause", "setWeight: 60", "pause: 5m")
DURATIONS = (None, None, None, None, timedelta(minutes=5))
WEIGHTS, WANTED = (0, 20, 20, 20, 60, 100), (20, 20, 20, 60, 60, 100)
ALICE, BOB = Actor("U01ALICE001", "alice"), Actor("U02BOB00001", "bob")
PLUGIN = Actor("kubectl-argo-rollouts", "kubectl-argo-rollouts", IN_CLUSTER)
KEY = PauseKey(NEW, "CanaryPauseStep", "2026-03-02T14:10:00Z")
SWITCH = PauseKey(NEW, "BlueGreenPause", "2026-03-02T14:10:00Z")
UNCLEAR = PauseKey(NEW, "InconclusiveAnalysisRun", "2026-03-02T14:10:00Z")
BLUE_GREEN = "checkout-bluegreen"
LEFT = f"; {still_asked_for('v1.4.2')}"


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def walked(
    step: int = 0,
    stage: Stage = Stage.WALKING,
    *,
    start: Start = Start.DEPLOY,
    pauses: tuple[PauseKey, ...] = (),
    blue_green: bool = False,
    argo: Mapping[str, object] | None = None,
    **fields: object,
) -> Rollout:
    target = Target("prod-eu", "shop", BLUE_GREEN if blue_green else "checkout", "web", kind=WorkloadKind.ROLLOUT)
    at_hand = "" if blue_green or step >= len(STEPS) else STEPS[step]
    driver = Argo(
        start, Gate(2), base_hash=OLD, found_hash=OLD, pod_hash=NEW, step=step, at_hand=at_hand, pauses=pauses
    )
    driver = replace(driver, **(argo or {}))  # type: ignore[arg-type]
    walk = Walk("w1", target, driver, Revision("v1.4.1", f"{IMAGE}:v1.4.1"), 4, fence=3, claimed=True)
    made = Rollout(
        id="ro7q2k",
        instance="main",
        app="checkout",
        environment="prod",
        candidate=Revision("v1.4.2", f"{IMAGE}:v1.4.2"),
        by=ALICE,
        created=T0,
        strategy="Argo Rollouts",
        walks=(walk,),
        stage=stage,
        started=T0,
        policy=Policy(version="p7"),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def question(key: PauseKey = KEY, *votes: Vote, kind: AskKind = AskKind.GATE, **fields: object) -> Ask:
    weight = 0 if key is SWITCH else 20
    count, silence = (1, Silence.HOLD) if kind is AskKind.INCONCLUSIVE else (2, Silence.ABORT)
    made = Ask(
        "ro7q2k-2",
        kind,
        "w1",
        Binding(2, "v1.4.2", None, weight, 100),
        count,
        ("approver",),
        at(8),
        at(248),
        silence,
        votes=votes,
        pause=key,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


YES = Vote(BOB, at(9), yes=True, reason="flat, ship it")


def ended(outcome: Outcome, why: str = "", step: int = 2, **fields: object) -> Rollout:
    blue_green = bool(fields.pop("blue_green", False))
    start = fields.pop("start", Start.DEPLOY)
    assert isinstance(start, Start)
    made = walked(step, Stage.ENDED, blue_green=blue_green, start=start)
    return replace(made, outcome=outcome, why=why, ended=at(38), **fields)  # type: ignore[arg-type]


def _elsewhere(client: str) -> Rollout:
    asks = (question(KEY, YES),)
    return walked(2, start=Start.ELSEWHERE, pauses=(KEY,), by=Actor(client, client, client), asks=asks)


def _same(of: Rollout) -> Rollout:
    """A restart: what ran before is what runs after."""
    return replace(of, walks=(replace(of.walks[0], base=of.candidate),))


def states(
    running: Activity, passed: Activity, failed: Activity, unclear: Activity
) -> Mapping[str, Callable[[], Rollout]]:
    """Every state, under the name of its snapshot, with these analyses."""
    return {
        "argo-starting": lambda: walked(argo={"pod_hash": ""}),
        "argo-moving": walked,
        "argo-checks": lambda: walked(1, activities=(running,), argo={"runs": ("checkout-7f5b9d6c8-2-1",)}),
        "argo-gate": lambda: walked(2, pauses=(KEY,), asks=(question(KEY, YES),)),
        "argo-gate-measured": lambda: walked(
            2,
            pauses=(KEY,),
            asks=(question(),),
            activities=(replace(running, step=None),),
            argo={"runs": ("checkout-7f5b9d6c8-2",)},
        ),
        "argo-approved": lambda: walked(2, pauses=(KEY,), asks=(question(KEY, YES, ended=AskEnd.APPROVED),)),
        "argo-waiting": lambda: walked(4, pauses=(replace(KEY, started="2026-03-02T14:11:00Z"),)),
        "argo-inconclusive": lambda: walked(
            1,
            pauses=(UNCLEAR,),
            activities=(unclear,),
            asks=(question(UNCLEAR, kind=AskKind.INCONCLUSIVE, activity="ro7q2k-1"),),
        ),
        "argo-paused": lambda: walked(4, holds=(Hold(HoldKind.PERSON, BOB, at(20), "slow query, looking"),)),
        "argo-paused-elsewhere": lambda: walked(
            4, holds=(Hold(HoldKind.CLUSTER, PLUGIN, at(20), "paused in the cluster by kubectl-argo-rollouts"),)
        ),
        "argo-stuck": lambda: walked(
            argo={
                "trouble": "the cluster accepted the change, but Argo Rollouts does nothing: is its controller running?"
            }
        ),
        "argo-elsewhere": lambda: _elsewhere("kubectl-argo-rollouts"),
        "argo-elsewhere-argocd": lambda: _elsewhere("argocd-controller"),
        "argo-elsewhere-unknown": lambda: _elsewhere("unknown"),
        "argo-promoting": lambda: walked(4, Stage.PROMOTING),
        "argo-rolling-back": lambda: walked(
            1, Stage.REVERTING, why=f"aborted: {failed.run.message}", turned_by=CONTROLLER, activities=(failed,)
        ),
        "argo-rolled-back": lambda: ended(
            Outcome.ROLLED_BACK,
            f"aborted: {failed.run.message}{LEFT}",
            1,
            turned_by=CONTROLLER,
            activities=(failed,),
        ),
        "argo-aborted": lambda: ended(Outcome.ROLLED_BACK, f"aborted by bob: “checkout errors”{LEFT}", turned_by=BOB),
        "argo-aborted-elsewhere": lambda: ended(
            Outcome.ROLLED_BACK,
            f"aborted with kubectl-argo-rollouts, not through Leadsman{LEFT}",
            turned_by=PLUGIN,
        ),
        "argo-retried": lambda: ended(
            Outcome.ROLLED_BACK, f"aborted outside Leadsman{RETRIED}", turned_by=replace(PLUGIN, id="unknown")
        ),
        "argo-overtaken": lambda: ended(
            Outcome.SUPERSEDED, "v1.4.3 was set by kubectl-edit in mid-rollout", turned_by=PLUGIN
        ),
        "argo-replaced": lambda: ended(Outcome.SUPERSEDED, f"replaced by v1.4.3{LEFT}", turned_by=BOB),
        "argo-gone": lambda: ended(
            Outcome.CANCELLED, "The Rollout checkout is gone: nothing is left to move or to take back."
        ),
        "argo-healthy": lambda: ended(Outcome.HEALTHY, step=5, asks=(question(KEY, YES, ended=AskEnd.APPROVED),)),
        "argo-restarting": lambda: _same(walked(5, start=Start.RESTART)),
        "argo-restarted": lambda: _same(ended(Outcome.HEALTHY, step=5, start=Start.RESTART)),
        "switch-preview": lambda: walked(blue_green=True),
        "switch-gate": lambda: walked(
            blue_green=True, pauses=(SWITCH,), asks=(question(SWITCH, YES),), activities=(replace(passed, step=None),)
        ),
        "switch-paused": lambda: walked(blue_green=True, holds=(Hold(HoldKind.PERSON, BOB, at(20)),)),
        "switch-switched": lambda: walked(1, blue_green=True, activities=(running,)),
        "switch-healthy": lambda: ended(Outcome.HEALTHY, step=1, blue_green=True),
        "switch-aborted": lambda: ended(
            Outcome.ROLLED_BACK, f"aborted by bob: “wrong colours”{LEFT}", 0, turned_by=BOB, blue_green=True
        ),
    }


def seen(of: Rollout) -> ArgoSeen | None:
    """What is seen of it: as its controller is remembered to stand, every pod ready."""
    argo = of.walks[0].argo
    if of.outcome is Outcome.CANCELLED:
        return ArgoSeen(at(12))
    back = of.stage in (Stage.REVERTING, Stage.ENDED) and of.outcome is not Outcome.HEALTHY
    healthy = of.outcome is Outcome.HEALTHY
    begun = bool(argo.pod_hash)
    is_switch = of.walks[0].target.workload == BLUE_GREEN
    weight = 0 if back or not begun else 100 * argo.step if is_switch else WEIGHTS[argo.step]
    canary = 0 if healthy or back or not begun else 4 if is_switch else max(1, weight // 25)
    status, message = ("Healthy", "") if healthy else ("Degraded", "RolloutAborted") if back else ("Progressing", "")
    if argo.pauses:
        status, message = "Paused", argo.pauses[0].reason
    return ArgoSeen(
        at(12),
        uid="u1",
        kind=Kind.BLUE_GREEN if is_switch else Kind.CANARY,
        observed=True,
        status=status,
        message=message,
        phase=status,
        image=f"{IMAGE}:v1.4.2",
        stable_image=f"{IMAGE}:v1.4.1",
        current_hash=NEW if begun else OLD,
        stable_hash=NEW if healthy else OLD,
        revision=5,
        step=None if is_switch else argo.step,
        steps=() if is_switch else STEPS,
        durations=() if is_switch else DURATIONS,
        weight_wanted=0 if back or is_switch else WANTED[argo.step],
        weight_seen=weight,
        routed=True,
        desired=4,
        ready=4 + canary,
        stable_ready=4,
        canary_ready=canary,
        canary_pods=canary,
        pauses=tuple(_pausing(key, argo.at_hand) for key in argo.pauses),
        runs=_runs(of, RunKind.PRE_PROMOTION) if is_switch and argo.step == 0 else _runs(of, RunKind.POST_PROMOTION),
        revisions=(RevisionSeen(4, OLD, f"{IMAGE}:v1.4.1", 4, 4, ("stable",)),),
        aborted=back,
        legal=frozenset(ArgoVerb),
    )


def _pausing(key: PauseKey, at_hand: str) -> Pausing:
    return Pausing(key, at(9), at(14) if at_hand.startswith("pause: ") else None)


def _runs(of: Rollout, kind: RunKind) -> tuple[RunSeen, ...]:
    runs: tuple[Run, ...] = tuple(activity.run for activity in of.activities)
    return tuple(RunSeen(f"checkout-7f5b9d6c8-2-{number}", kind, NEW, run) for number, run in enumerate(runs, 1))
