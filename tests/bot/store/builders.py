"""Rollouts and happenings to store, in as few words as a test needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from strategies.events import Happening, What
from strategies.model import (
    Actor,
    Native,
    Outcome,
    Policy,
    Revision,
    Rollout,
    Seen,
    SideSeen,
    Stage,
    Target,
    Walk,
)
from strategies.steps import Gate, Pause, Plan, SetCanaryScale, SetWeight

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADA = Actor("U0ADA", "Ada", email="ada@example.com")


def at(seconds: float) -> datetime:
    """That long after the start of the day's work."""
    return T0 + timedelta(seconds=seconds)


def rollout(
    name: str = "r1",
    *,
    app: str = "checkout",
    environment: str = "prod",
    stage: Stage = Stage.WALKING,
    created: float = 0,
) -> Rollout:
    """A rollout of v1.4.2 with every kind of step in its plan."""
    steps = (SetWeight(10), Pause(timedelta(minutes=5)), SetCanaryScale(weight=25), Gate(approvals=2), Pause())
    walk = Walk(
        id="w1",
        target=Target("prod-eu", "shop", app, "web"),
        driver=Native(Plan("careful", steps)),
        base=Revision("v1.4.1", "ghcr.io/acme/checkout:v1.4.1"),
        replicas=4,
    )
    candidate = Revision("v1.4.2", "ghcr.io/acme/checkout:v1.4.2", "sha256:" + "ab" * 32)
    return Rollout(
        id=name,
        instance="main",
        app=app,
        environment=environment,
        candidate=candidate,
        by=ADA,
        created=at(created),
        strategy="careful",
        walks=(walk,),
        stage=stage,
        policy=Policy(version="p7"),
    )


def ended(what: Rollout, outcome: Outcome = Outcome.HEALTHY, when: float = 60) -> Rollout:
    """The same, at its end."""
    return replace(what, stage=Stage.ENDED, outcome=outcome, ended=at(when))


def happening(what: What = What.WEIGHT, when: float = 0, by: Actor = ADA, **facts) -> Happening:
    """Something that happened."""
    return Happening(what, at(when), by, facts)


def seen(weight: int = 10, when: float = 0) -> dict[str, Seen]:
    """What was seen of the one walk."""
    return {"w1": Seen(at(when), SideSeen("ghcr.io/acme/checkout:v1.4.1", 4, 4, 4), weight=weight)}
