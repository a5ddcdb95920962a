"""A verb is sent as the patches that it was decided to be, to the status first, and not at all where the world changed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.argo.perform import described, give
from bot.errors import Conflict, NotFound, PreconditionFailed, Unsupported
from strategies.argo.driver import ArgoVerb, PauseKey
from strategies.argo.writes import ArgoWrite
from strategies.model import Claim, Target, WorkloadKind
from tests.bot.argo.recorded import Recorded
from tests.strategies.argo.recording import load

NAME = "02-canary-basic"
KEY = "CanaryPauseStep"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at_the_pause() -> tuple[Recorded, Target, ArgoWrite]:
    """The recorded canary as it waits at its first pause, and the promote for it."""
    recording = load(NAME)
    for moment in recording.moments():
        if (
            moment.kind == "event"
            and moment.entry["watch"] == "rollouts"
            and moment.entry["plugin"]["status"] == "Paused"
        ):
            rollout = moment.entry["object"]
            [pause] = rollout["status"]["pauseConditions"]
            pod_hash = rollout["status"]["currentPodHash"]
            keys = (PauseKey(pod_hash, pause["reason"], pause["startTime"]),)
            target = Target("prod", recording.namespace, moment.rollout, "web", kind=WorkloadKind.ROLLOUT)
            write = ArgoWrite("w", ArgoVerb.PROMOTE, pod_hash, pauses=keys, step=rollout["status"]["currentStepIndex"])
            return Recorded(moment.cluster), target, write
    raise AssertionError("it never paused")


async def test_a_promote_goes_to_the_status_with_its_tests() -> None:
    kubernetes, target, write = at_the_pause()
    await give(kubernetes, write, target, NOW)  # type: ignore[arg-type]
    [(plural, name, subresource, operations)] = kubernetes.patched
    assert (plural, name, subresource) == ("rollouts", target.workload, "status")
    assert operations[-1] == {"op": "remove", "path": "/status/pauseConditions"}
    assert {"op": "test", "path": "/status/currentPodHash", "value": write.expect_hash} in operations


@pytest.mark.parametrize("error", [NotFound("no such thing."), Unsupported("could not find the requested resource.")])
async def test_without_a_status_subresource_the_same_goes_to_the_object(error: Exception) -> None:
    kubernetes, target, write = at_the_pause()
    kubernetes.refusals["status"] = error  # type: ignore[assignment]
    await give(kubernetes, write, target, NOW)  # type: ignore[arg-type]
    [(plural, _, subresource, operations)] = kubernetes.patched
    assert (plural, subresource) == ("rollouts", "")
    assert operations[-1]["path"] == "/status/pauseConditions"


async def test_what_is_gone_from_both_is_an_error() -> None:
    kubernetes, target, write = at_the_pause()
    kubernetes.refusals = {"status": NotFound("gone."), "": NotFound("gone.")}
    with pytest.raises(NotFound):
        await give(kubernetes, write, target, NOW)  # type: ignore[arg-type]


async def test_a_conflict_means_that_the_world_changed() -> None:
    kubernetes, target, write = at_the_pause()
    kubernetes.refusals["status"] = Conflict("the object has been modified.")
    with pytest.raises(PreconditionFailed, match="has been modified"):
        await give(kubernetes, write, target, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"expect_hash": "another"},
        {"pauses": (PauseKey("x", KEY, "2020-01-01T00:00:00Z"),)},
        {"expect_claim": Claim("a", "b", 1)},
    ],
)
async def test_a_verb_for_another_moment_is_not_sent(changes: dict[str, object]) -> None:
    kubernetes, target, write = at_the_pause()
    with pytest.raises(PreconditionFailed, match="looked at again and decided anew"):
        await give(kubernetes, replace(write, **changes), target, NOW)  # type: ignore[arg-type]
    assert kubernetes.patched == []


async def test_a_rollout_that_is_gone_takes_no_verb() -> None:
    kubernetes, target, write = at_the_pause()
    with pytest.raises(PreconditionFailed, match="no such Rollout any more"):
        await give(kubernetes, write, replace(target, workload="absent"), NOW)  # type: ignore[arg-type]


def test_the_audit_has_the_verb_its_object_its_arguments_and_what_it_was_decided_on() -> None:
    target = Target("prod", "shop", "checkout", "web", kind=WorkloadKind.ROLLOUT)
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    promote = ArgoWrite("w", ArgoVerb.PROMOTE, "5f", pauses=(PauseKey("5f", KEY, "2026-11-20T11:00:00Z"),), step=1)
    image = ArgoWrite(
        "w",
        ArgoVerb.SET_IMAGE,
        image="acme/checkout:v2",
        claim=Claim("leadsman", "r1", 3),
        base=("acme/checkout:v1", 4),
    )
    here = "rollouts.argoproj.io shop/checkout"

    assert described(promote, target) == (
        f"promote {here}: if the pod hash is 5f, if the step is 1, if it pauses for CanaryPauseStep since 2026-11-20T11:00:00Z"
    )
    assert described(image, target) == (
        f"set image {here}: claim leadsman/r1/3, base acme/checkout:v1 × 4, image acme/checkout:v2"
    )
    assert described(ArgoWrite("w", ArgoVerb.UNDO, revision=3), target) == f"undo {here}: revision 3"
    assert described(ArgoWrite("w", ArgoVerb.TERMINATE, run="a-run"), target) == f"terminate {here}: analysisrun a-run"
    assert (
        described(ArgoWrite("w", ArgoVerb.RESTART, restart_at=at), target)
        == f"restart {here}: at 2026-11-20T12:00:00+00:00"
    )
    assert described(ArgoWrite("w", ArgoVerb.PAUSE), target) == f"pause {here}"
