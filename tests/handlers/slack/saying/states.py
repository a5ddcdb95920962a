"""A rollout in every state that a card can show, built from the domain's own nouns."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from strategies.judge.measurement import Measurement
from strategies.judge.metric import Metric, PrometheusQuery
from strategies.judge.resolution import ResolvedAnalysis
from strategies.judge.run import MetricResult, Run
from strategies.judge.unit import Unit
from strategies.judge.verdict import Verdict
from strategies.model import (
    LEADSMAN,
    Activity,
    Actor,
    Ask,
    AskEnd,
    AskKind,
    Binding,
    Hold,
    HoldKind,
    Native,
    Nginx,
    Outcome,
    Policy,
    Revision,
    Rollout,
    Seen,
    SideSeen,
    Stage,
    Target,
    Vote,
    Walk,
)
from strategies.sighting import Sighting
from strategies.steps import Analysis, Gate, Pause, Plan, SetWeight, Silence, Step
from tests.handlers.slack.saying import argo_states

T0 = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ALICE = Actor("U01ALICE001", "alice")
BOB = Actor("U02BOB00001", "bob")
CAROL = Actor("U03CAROL001", "carol")
STEPS = (
    SetWeight(10),
    Analysis(("health",)),
    Gate(approvals=2),
    SetWeight(50),
    Pause(timedelta(minutes=10)),
    Analysis(("health",)),
)
DIGEST = "sha256:9f2c41d" + "0" * 57


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def rollout(cursor: int = 0, weight: int = 10, stage: Stage = Stage.WALKING, **fields: object) -> Rollout:
    target = Target("prod-eu", "shop", "checkout", "web", Nginx("checkout", "checkout", "checkout-canary"))
    driver = Native(Plan("careful", STEPS), cursor, at(1) if stage is not Stage.QUEUED else None)
    walk = Walk("w1", target, driver, Revision("v1.4.1", "ghcr.io/acme/checkout:v1.4.1"), 10, weight, fence=3)
    made = Rollout(
        id="ro7q2k",
        instance="main",
        app="checkout",
        environment="prod",
        candidate=Revision("v1.4.2", "ghcr.io/acme/checkout:v1.4.2", DIGEST),
        by=ALICE,
        created=T0,
        strategy="careful",
        walks=(walk,),
        stage=stage,
        started=T0 if stage not in (Stage.QUEUED, Stage.PREFLIGHT) else None,
        policy=Policy(version="p7"),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def metric(name: str, condition: str, unit: Unit) -> Metric:
    return Metric(name, PrometheusQuery("", "up"), interval=timedelta(minutes=1), count=5, success=condition, unit=unit)


METRICS = (
    metric("success-rate", "result[0] >= 0.99", Unit.RATIO),
    metric("p95-latency", "result[0] <= 300", Unit.MILLISECONDS),
)


def result(name: str, values: tuple[float, ...], phase: Verdict, bad: int = 0) -> MetricResult:
    measurements = tuple(
        Measurement(
            name,
            number,
            at(2 + number),
            at(2 + number),
            Verdict.FAILED if number > len(values) - bad else Verdict.SUCCESSFUL,
            f"[{value}]",
        )
        for number, value in enumerate(values, 1)
    )
    good = len(values) - bad
    return MetricResult(name, phase, count=len(values), successful=good, failed=bad, measurements=measurements)


def unanswered(name: str) -> MetricResult:
    """A metric that five measurements found no number for."""
    measurements = tuple(
        Measurement(name, number, at(2 + number), at(2 + number), Verdict.ERROR, "", NO_SERIES)
        for number in range(1, 6)
    )
    return MetricResult(name, Verdict.ERROR, error=5, measurements=measurements, message=NO_SERIES)


def activity(phase: Verdict, results: tuple[MetricResult, ...], step: int = 1, message: str = "") -> Activity:
    run = Run(ResolvedAnalysis(METRICS), results, phase, message, at(2))
    closed = phase.is_completed
    return Activity("ro7q2k-1", "w1", step, run, at(2), timedelta(minutes=1), closed=closed)


RUNNING = activity(
    Verdict.RUNNING,
    (
        result("success-rate", (0.9994, 0.9993, 0.9994), Verdict.RUNNING),
        result("p95-latency", (211.0, 210.0, 212.0), Verdict.RUNNING),
    ),
)
PASSED = activity(
    Verdict.SUCCESSFUL,
    (
        result("success-rate", (0.9994,) * 5, Verdict.SUCCESSFUL),
        result("p95-latency", (212.0,) * 5, Verdict.SUCCESSFUL),
    ),
)
FAILED = activity(
    Verdict.FAILED,
    (
        result("success-rate", (0.9991,) * 3, Verdict.SUCCESSFUL),
        result("p95-latency", (398.0, 405.0, 412.0), Verdict.FAILED, bad=3),
    ),
    step=5,
    message='Metric "p95-latency" assessed Failed due to failed (3) > failureLimit (2)',
)
BEGUN = activity(
    Verdict.RUNNING,
    (result("success-rate", (), Verdict.PENDING), result("p95-latency", (), Verdict.PENDING)),
)
FAILING = activity(
    Verdict.RUNNING,
    (
        result("success-rate", (0.9994,) * 2, Verdict.RUNNING),
        result("p95-latency", (398.0, 405.0), Verdict.RUNNING, bad=2),
    ),
)
NO_SERIES = "at character 7: the query answered with no series, so there is no result[0]"
UNANSWERED = activity(
    Verdict.ERROR,
    (unanswered("success-rate"), unanswered("p95-latency")),
    message='Metric "success-rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4)',
)
UNCLEAR = activity(
    Verdict.INCONCLUSIVE,
    (
        result("success-rate", (0.985,) * 2, Verdict.INCONCLUSIVE),
        result("p95-latency", (212.0,) * 2, Verdict.SUCCESSFUL),
    ),
    message="inconclusive (1) > inconclusiveLimit (0)",
)


def gate(*votes: Vote, silence: Silence = Silence.ABORT, held: bool = False) -> Ask:
    binding = Binding(2, "v1.4.2", DIGEST, 10, 100)
    return Ask(
        "ro7q2k-2", AskKind.GATE, "w1", binding, 2, ("approver",), at(8), at(248), silence, votes=votes, held=held
    )


def unclear_ask() -> Ask:
    binding = Binding(1, "v1.4.2", DIGEST, 10, 10)
    return Ask(
        "ro7q2k-3",
        AskKind.INCONCLUSIVE,
        "w1",
        binding,
        1,
        ("approver",),
        at(8),
        at(248),
        Silence.HOLD,
        activity="ro7q2k-1",
    )


YES = Vote(BOB, at(9), yes=True, reason="flat, ship it")


def ended(outcome: Outcome, why: str = "", **fields: object) -> Rollout:
    return rollout(6, stage=Stage.ENDED, outcome=outcome, why=why, ended=at(38), **fields)


def _with_steps(of: Rollout, steps: tuple[Step, ...]) -> Rollout:
    walk = of.walks[0]
    driver = replace(walk.native, plan=replace(walk.native.plan, steps=steps))
    return replace(of, walks=(replace(walk, driver=driver),))


NATIVE: Mapping[str, Callable[[], Rollout]] = {
    "queued": lambda: rollout(stage=Stage.QUEUED, after="ro1"),
    "starting": lambda: rollout(stage=Stage.PREFLIGHT),
    "moving": rollout,
    "checks": lambda: rollout(1, activities=(RUNNING,), reason="faster totals"),
    "checks-begun": lambda: rollout(1, activities=(BEGUN,)),
    "checks-failing": lambda: rollout(1, activities=(FAILING,)),
    "waiting": lambda: rollout(4, 50, activities=(PASSED,)),
    "waits-for-promote": lambda: _with_steps(rollout(1), (SetWeight(10), Pause(), SetWeight(50))),
    "waits-before-checks": lambda: _with_steps(rollout(1), (SetWeight(10), Pause(), Analysis(("health",)))),
    "gate-0-of-2": lambda: rollout(2, activities=(PASSED,), asks=(gate(),)),
    "gate-1-of-2": lambda: rollout(2, activities=(PASSED,), asks=(gate(YES),)),
    "approved": lambda: rollout(
        2, activities=(PASSED,), asks=(replace(gate(YES, Vote(CAROL, at(10), yes=True)), ended=AskEnd.APPROVED),)
    ),
    "gate-held": lambda: rollout(2, activities=(PASSED,), asks=(gate(YES, silence=Silence.HOLD, held=True),)),
    "inconclusive": lambda: rollout(1, activities=(UNCLEAR,), asks=(unclear_ask(),)),
    "paused": lambda: rollout(5, 50, holds=(Hold(HoldKind.PERSON, CAROL, at(20), "slow query, looking"),)),
    "held-digest": lambda: rollout(1, holds=(Hold(HoldKind.DIGEST, LEADSMAN, at(20), "v1.4.2 was pushed again"),)),
    "held-foreign": lambda: rollout(
        1, holds=(Hold(HoldKind.FOREIGN, LEADSMAN, at(20), "somebody keeps changing this"),)
    ),
    "gate-while-held": lambda: rollout(
        2, activities=(PASSED,), asks=(gate(YES),), holds=(Hold(HoldKind.PERSON, CAROL, at(20)),)
    ),
    "promoting": lambda: rollout(6, 50, stage=Stage.PROMOTING, activities=(PASSED,)),
    "rolling-back": lambda: rollout(
        5, 50, stage=Stage.REVERTING, why=FAILED.run.message, turned_by=LEADSMAN, activities=(FAILED,)
    ),
    "rolled-back": lambda: replace(
        ended(Outcome.ROLLED_BACK, FAILED.run.message, turned_by=LEADSMAN, activities=(FAILED,)),
        walks=rollout(5, 50).walks,
    ),
    "aborted": lambda: replace(
        ended(Outcome.ROLLED_BACK, "aborted by bob: “checkout errors”", turned_by=BOB), walks=rollout(3, 10).walks
    ),
    "aborted-at-length": lambda: replace(
        ended(Outcome.ROLLED_BACK, f"aborted by bob: “{'because ' * 30}”", turned_by=BOB), walks=rollout(3, 10).walks
    ),
    "unanswered": lambda: replace(
        ended(Outcome.ROLLED_BACK, UNANSWERED.run.message, turned_by=LEADSMAN, activities=(UNANSWERED,)),
        walks=rollout(1, 10).walks,
    ),
    "healthy": lambda: ended(Outcome.HEALTHY, activities=(PASSED,), asks=(gate(YES, Vote(CAROL, at(10), yes=True)),)),
    "healthy-in-one-step": lambda: _with_steps(ended(Outcome.HEALTHY), (SetWeight(100),)),
    "cancelled": lambda: ended(Outcome.CANCELLED, "aborted by alice: “wrong version”", started=None),
    "replaced": lambda: ended(Outcome.SUPERSEDED, "replaced by v1.4.3"),
    "not-started": lambda: ended(Outcome.REFUSED, "The Deployment checkout does not exist. Create it.", started=None),
}
"""Every state of what Leadsman walks itself, under the name of its snapshot."""

ARGO = argo_states.states(RUNNING, PASSED, FAILED, UNCLEAR)
STATES: Mapping[str, Callable[[], Rollout]] = {**NATIVE, **ARGO}
"""Every state, whoever walks."""


def seen(of: Rollout) -> Sighting | None:
    """What is seen of it: as wanted, and every pod ready."""
    if of.is_argo:
        return argo_states.seen(of)
    weight = of.walks[0].weight
    match of.stage, of.outcome:
        case Stage.QUEUED, _:
            return None
        case Stage.PREFLIGHT, _:
            return None
        case Stage.ENDED, _:
            return Seen(at(38), SideSeen("ghcr.io/acme/checkout:v1.4.1", 10, 10, 10), SideSeen(), 0)
        case _:
            canary = SideSeen("ghcr.io/acme/checkout:v1.4.2", max(1, weight // 10), max(1, weight // 10), 1)
            return Seen(
                at(12), SideSeen("ghcr.io/acme/checkout:v1.4.1", 10, 10, 10, template_hash="6d4f8"), canary, weight
            )


def longest(of: Rollout) -> Rollout:
    """The same with the longest names that there can be, and words that would like to be something else."""
    name, wild = "n" * 253, "<!channel> *bold* _it_ `code` & <https://example.com|click> " * 84
    person = replace(ALICE, name="a" * 80)
    ask = [
        replace(
            one,
            roles=("r" * 200, "s" * 200),
            votes=tuple(replace(vote, reason=wild) for vote in one.votes),
        )
        for one in of.asks
    ]
    walk = replace(of.walks[0], base=Revision("b" * 128, f"ghcr.io/acme/{name}:b"))
    return replace(
        of,
        app=name,
        environment=name[:253],
        candidate=replace(of.candidate, version="v" * 128, image=f"ghcr.io/acme/{name}:" + "v" * 128),
        by=person,
        reason=wild,
        why=of.why and f"{of.why} {wild}",
        holds=tuple(replace(hold, reason=wild) for hold in of.holds),
        asks=tuple(ask),
        walks=(walk,),
    )
