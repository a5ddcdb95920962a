"""What may happen to a Rollout between the moment a patch is written for it and the moment it arrives."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

from strategies.argo.driver import ArgoVerb
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite
from strategies.native.claims import CLAIM
from tests.strategies.argo.requests import Thing, rollout_of

Change = Callable[[Thing], Any]


def _spec(**more: Any) -> Change:
    return lambda rollout: rollout["spec"].update(more)


def _status(**more: Any) -> Change:
    return lambda rollout: rollout["status"].update(more)


def newer_template(thing: Thing) -> None:
    """Somebody changed the spec, and the server counted that."""
    thing["spec"]["minReadySeconds"] = 1
    thing["metadata"]["generation"] += 1


def _claimed(rollout: Thing) -> None:
    rollout["metadata"].setdefault("annotations", {})[CLAIM] = "other/r9/3"


def next_step(rollout: Thing) -> None:
    """The controller went on."""
    rollout["status"]["currentStepIndex"] = rollout["status"].get("currentStepIndex", 0) + 1


def same_pause_later(rollout: Thing) -> None:
    """The same pause came back as a new one."""
    rollout["status"]["pauseConditions"][0]["startTime"] = "2026-11-21T00:00:00Z"


def one_more_pause(rollout: Thing) -> None:
    """A run went Inconclusive beside the pause."""
    rollout["status"]["pauseConditions"].append(
        {"reason": "InconclusiveAnalysisRun", "startTime": "2026-11-21T00:00:00Z"}
    )


def _promoted(rollout: Thing) -> None:
    del rollout["status"]["pauseConditions"]


def _stable(rollout: Thing) -> None:
    rollout["status"]["stableRS"] = "another"


ALWAYS: tuple[Change, ...] = (_status(currentPodHash="newer"), _claimed)
_NOW_PAUSED = [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T00:00:00Z"}]
GUARDS: dict[ArgoVerb, tuple[Change, ...]] = {
    ArgoVerb.PROMOTE: (newer_template, next_step, same_pause_later, one_more_pause, _promoted, _status(abort=True)),
    ArgoVerb.SKIP: (
        newer_template,
        next_step,
        _status(abort=True),
        _status(controllerPause=True),
        _status(pauseConditions=_NOW_PAUSED),
    ),
    ArgoVerb.PROMOTE_FULL: (newer_template, _status(abort=True), _stable),
    ArgoVerb.PAUSE: (_spec(paused=True),),
    ArgoVerb.RESUME: (_spec(paused=False), _status(controllerPause=True, pauseConditions=None)),
    ArgoVerb.ABORT: (_status(promoteFull=True), _stable),
    ArgoVerb.RETRY: (newer_template, _status(abort=False)),
    ArgoVerb.UNDO: (newer_template,),
    ArgoVerb.SET_IMAGE: (newer_template,),
    ArgoVerb.RESTART: (_spec(restartAt="2026-11-21T00:00:00Z"),),
}


def changed(objects: Objects, change: Change) -> Objects:
    """The objects after somebody changed the Rollout meanwhile; a new template is one of the Deployment where it refers to one."""
    found = deepcopy(objects)
    change(rollout_of(found))
    if change is newer_template and found.workload is not None:
        change(cast(Thing, found.workload))
    return found


def always(write: ArgoWrite) -> tuple[Change, ...]:
    """What everything is held to; a Rollout that never ran has no hash to test."""
    return ALWAYS if write.expect_hash else ALWAYS[1:]
