"""Every request in the recordings, and ours for the same verb on the same objects: they leave the same behind, or ours says why not.

| verb | recorded request | ours | guard | reason where they differ |
|---|---|---|---|---|
| set image | PUT of the whole object | its image | old image, generation | nothing else is overwritten (02, 11b) |
| promote | `pauseConditions: null` | the same | the pauses, step, abort, generation | never another pause or revision (15a) |
| promote past Inconclusive | and `controllerPause: false`, step + 1 | the same | and the run's verdict | (08c) |
| promote while paused | status, then spec | spec, then status | both times the same | the pause was put back between them (05) |
| skip | step + 1 | the same | no pause, step | a second promote is no skip (15d) |
| promote --full | `promoteFull: true` | the same | abort, stableRS, generation | never what was aborted (15e), never lost (15b) |
| pause, resume | `spec.paused` | the same | what it was | |
| abort | `abort: true` | the same | promoteFull, stableRS | never ignored (15c, 15e) |
| retry | `abort: false` | the same | abort, generation, updatedReplicas | never past a gate (09f, 09i) |
| undo | `/spec/template` | the same | generation | |
| restart | `restartAt` | the same | what it was | |
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

import pytest

from bot.playground.kubernetes.json_patch import PatchFailedError
from strategies.argo.driver import ArgoVerb
from strategies.argo.objects import Objects
from strategies.argo.verbs import patches
from strategies.argo.writes import ArgoWrite
from strategies.native.claims import CLAIM
from tests.strategies.argo.recording import NAMES
from tests.strategies.argo.requests import Thing, asked, content, ours, rollout_of, theirs, write_of

NOT_SENT = {
    "09f-97": "is still up until 10:00:32 UTC",
    "09i-88": "is still up until 10:00:31 UTC",
    "10b-127": "has image registry.example/web:v2 already",
    "15a-102": "has not taken up the newest change",
    "15b-191": "has not taken up the newest change",
    "15c-134": "Argo ignores an abort then",
    "15d-106": "was promoted just now",
    "15e-52": "is past its last step",
    "15e-59": "is not aborted",
    "15e-64": "has nothing to abort",
    "15e-153": "is aborted: promote does nothing now",
    "15e-164": "would bring the aborted revision live",
}
"""Requests that were sent then and that we do not send, by recording and entry: the telling words of our sentence."""

Change = Callable[[Thing], Any]


def _spec(**more: Any) -> Change:
    return lambda rollout: rollout["spec"].update(more)


def _status(**more: Any) -> Change:
    return lambda rollout: rollout["status"].update(more)


def _newer_template(rollout: Thing) -> None:
    rollout["metadata"]["generation"] += 1


def _claimed(rollout: Thing) -> None:
    rollout["metadata"].setdefault("annotations", {})[CLAIM] = "other/r9/3"


def _next_step(rollout: Thing) -> None:
    rollout["status"]["currentStepIndex"] = rollout["status"].get("currentStepIndex", 0) + 1


def _same_pause_later(rollout: Thing) -> None:
    rollout["status"]["pauseConditions"][0]["startTime"] = "2026-11-21T00:00:00Z"


def _one_more_pause(rollout: Thing) -> None:
    rollout["status"]["pauseConditions"].append(
        {"reason": "InconclusiveAnalysisRun", "startTime": "2026-11-21T00:00:00Z"}
    )


def _scaled_up(rollout: Thing) -> None:
    rollout["status"]["updatedReplicas"] = rollout["status"].get("updatedReplicas", 0) + 1


def _promoted(rollout: Thing) -> None:
    del rollout["status"]["pauseConditions"]


def _stable(rollout: Thing) -> None:
    rollout["status"]["stableRS"] = "another"


ALWAYS: tuple[Change, ...] = (_status(currentPodHash="newer"), _claimed)
NOW_PAUSED = [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T00:00:00Z"}]
GUARDS: dict[ArgoVerb, tuple[Change, ...]] = {
    ArgoVerb.PROMOTE: (_newer_template, _next_step, _same_pause_later, _one_more_pause, _promoted, _status(abort=True)),
    ArgoVerb.SKIP: (
        _newer_template,
        _next_step,
        _status(abort=True),
        _status(controllerPause=True),
        _status(pauseConditions=NOW_PAUSED),
    ),
    ArgoVerb.PROMOTE_FULL: (_newer_template, _status(abort=True), _stable),
    ArgoVerb.PAUSE: (_spec(paused=True),),
    ArgoVerb.RESUME: (_spec(paused=False),),
    ArgoVerb.ABORT: (_status(promoteFull=True), _stable),
    ArgoVerb.RETRY: (_newer_template, _status(abort=False)),
    ArgoVerb.UNDO: (_newer_template,),
    ArgoVerb.SET_IMAGE: (_newer_template,),
    ArgoVerb.RESTART: (_spec(restartAt="2026-11-21T00:00:00Z"),),
}


def _changed(objects: Objects, change: Change) -> Objects:
    """The objects after somebody changed the Rollout meanwhile; a new template is one of the Deployment where it refers to one."""
    found = deepcopy(objects)
    change(rollout_of(found))
    if change is _newer_template and found.workload is not None:
        change(cast(Thing, found.workload))
    return found


def _all(write: ArgoWrite) -> tuple[Change, ...]:
    """What everything but a Deployment's patch is held to; a Rollout that never ran has no hash to test."""
    return ALWAYS if write.expect_hash else ALWAYS[1:]


@pytest.mark.parametrize("name", NAMES)
def test_our_patches_leave_what_the_recorded_requests_left_or_say_why_they_are_not_sent(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        before = deepcopy(one.objects)
        written = patches(write, one.objects, container)
        assert one.objects == before, one
        key = str(one).split(":")[0]
        if isinstance(written, tuple):
            assert key not in NOT_SENT, one
            assert content(ours(one.objects, written)) == content(theirs(one)), one
        else:
            assert NOT_SENT[key] in written.sentence, one


@pytest.mark.parametrize("name", NAMES)
def test_a_patch_fails_on_a_rollout_that_changed_after_it_was_written(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        written = patches(write, one.objects, container)
        if not isinstance(written, tuple):
            continue
        of_workload = one.objects.workload is not None and write.verb in (ArgoVerb.SET_IMAGE, ArgoVerb.UNDO)
        for change in (*(() if of_workload else _all(write)), *GUARDS[write.verb]):
            with pytest.raises(PatchFailedError):
                pytest.fail(f"{one} was done after {change}: {ours(_changed(one.objects, change), written)}")


@pytest.mark.parametrize("name", NAMES)
def test_a_verb_decided_on_another_revision_pause_or_claim_is_not_written_at_all(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        if not isinstance(patches(write, one.objects, container), tuple):
            continue
        stale = (_next_step, _same_pause_later, _one_more_pause) if write.verb is ArgoVerb.PROMOTE else ()
        for change in (*_all(write), *stale):
            if change is _next_step and write.step is None:
                continue
            found = patches(write, _changed(one.objects, change), container)
            assert not isinstance(found, tuple), f"{one} after {change}"
            assert "by now, not" in found.sentence


def test_the_recordings_hold_every_verb_that_can_be_compared() -> None:
    verbs = {write_of(one)[0].verb for name in NAMES for one in asked(name)}
    assert verbs == set(ArgoVerb) - {ArgoVerb.TERMINATE, ArgoVerb.CLAIM}
