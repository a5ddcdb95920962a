"""A verb for a Rollout → the JSON patches that do it, guarded by what it was decided on.

Each patch first tests everything the verb was decided on and everything that was read to write it; then it changes the fields that the
requests of `kubectl argo rollouts` change. The API server does all of it or nothing, so that a click never reaches a newer revision,
another pause, or an aborted Rollout. A `test` sees the whole object, also in a patch of its status. Every patch of a Rollout tests the
claim (or that there is none) and `/status/currentPodHash`; `generation` stands for the whole spec, since every change counts it up.

| verb | the plugin's request | ours | also tested |
|---|---|---|---|
| set image | PUT of the whole object | `/…/image` of the container | generation, name and image of the container |
| promote | status `pauseConditions: null` | the same | generation, the pauses, step, abort, the run's verdict, controllerPause |
| promote, step run Inconclusive | and `controllerPause: false`, step + 1 | the same | the same |
| promote, `spec.paused` | status, then `spec.paused: false` | at its own pause the other way round, else status | the same in both |
| skip (promote, nothing paused) | status step + 1 | the same | generation, no pauses, no controllerPause, step, abort |
| promote --full | status `promoteFull: true`, then unpause | the same | generation, abort, stableRS |
| pause | `spec.paused: true` | the same | what it was |
| resume | `spec.paused: false` | the same | what it was, the pauses, controllerPause |
| abort | status `abort: true` | the same | promoteFull, stableRS |
| retry | status `abort: false` | the same | generation, abort, for blue/green updatedReplicas |
| undo | replace `/spec/template` | the same | generation |
| restart | `spec.restartAt` | the same | what it was |
| terminate | `spec.terminate: true` | the same | uid |
| claim | – | our annotations | – |
| set image, undo with a `workloadRef` | the same on the Deployment | the same, after a test of the Rollout | in `referenced` |

Where ours differs: `set image` changes one field, and nothing that others wrote meanwhile. A pause of the Rollout's own that is taken away
while `spec.paused` holds it is put back by the controller, so that a promote only resumes (05): then `spec.paused` goes first, and the
second patch still finds the pause or fails. An Inconclusive pause goes alone, and a resume waits until the controller has seen it gone.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import assert_never

from strategies.argo.driver import ArgoVerb
from strategies.argo.fasttrack import is_gated
from strategies.argo.fields import Thing, count, flag, name
from strategies.argo.guards import as_is, called, is_step_inconclusive
from strategies.argo.objects import Objects
from strategies.argo.pauses import BLUE_GREEN_PAUSE, CANARY_PAUSE
from strategies.argo.referenced import FOLLOWED, given_back, written
from strategies.argo.seen import ArgoSeen
from strategies.argo.sight import seen
from strategies.argo.stale import stale
from strategies.argo.steps import current_step
from strategies.argo.templates import holder, set_image, undo
from strategies.argo.terminate import terminate
from strategies.argo.traps import trap
from strategies.argo.writes import ArgoWrite, Changed, Patch, Resource
from strategies.events import Refusal
from strategies.model import Target
from strategies.native.claims import BASE_IMAGE, BASE_REPLICAS, CLAIM, claim_text
from strategies.native.patches import Operation, annotate, expect, expect_claim, remove, set_to

Patches = tuple[Patch, ...] | Changed | Refusal
_PAUSED = "/spec/paused"
_PAUSES = ("status", "pauseConditions")


def patches(effect: ArgoWrite, target: Target, objects: Objects, at: datetime) -> Patches:
    """The patches that do this verb, to be sent in this order, each only when the one before was taken; none where all is as wanted.

    `objects` were read at `at`; the target's container is ours in the template (`*`: all of them). `Changed` is for the next look to decide
    again: they are not what the verb was decided on, or it would come to no good. `Refusal` is for a person: no look would change it.
    """
    rollout = objects.rollout
    if rollout is None:
        return Changed("There is no such Rollout any more.")
    looked = seen(target, objects, at)
    if differs := stale(effect, looked):
        return Changed(f"{called(rollout)} {differs}")
    if caught := trap(effect.verb, looked):
        return Changed(f"{called(rollout)}: {caught}")
    return _written(effect, objects, rollout, looked, target.container)


def _written(effect: ArgoWrite, objects: Objects, rollout: Thing, looked: ArgoSeen, container: str) -> Patches:
    match effect.verb:
        case ArgoVerb.SET_IMAGE | ArgoVerb.UNDO:
            return _template(effect, objects, rollout, looked, container)
        case ArgoVerb.TERMINATE:
            return _on_run(effect, rollout, terminate(effect, objects))
        case ArgoVerb.PROMOTE:
            return _promote(effect, rollout)
        case ArgoVerb.SKIP | ArgoVerb.ABORT | ArgoVerb.RETRY:
            return _status(effect, rollout, *_status_change(effect, rollout))
        case ArgoVerb.PROMOTE_FULL:
            return _promote_full(effect, rollout)
        case ArgoVerb.PAUSE | ArgoVerb.RESUME | ArgoVerb.RESTART:
            return (_main(effect, rollout, *_spec_change(effect, rollout)),)
        case ArgoVerb.CLAIM:
            return (*given_back(effect, objects), *_noting(effect, rollout))
        case _ as unreachable:
            assert_never(unreachable)


def _main(effect: ArgoWrite, rollout: Thing, *operations: Operation) -> Patch:
    """A patch of the Rollout itself; what the effect wants noted on it rides along."""
    notes = annotate(_notes(effect), rollout)
    return Patch(Resource.ROLLOUTS, name(rollout), (*_guard(effect, rollout), *operations, *notes))


def _status(effect: ArgoWrite, rollout: Thing, *operations: Operation) -> tuple[Patch, ...]:
    """A patch of the Rollout's status, after one of the Rollout itself where something is to be noted on it."""
    noting = _noting(effect, rollout)
    guard = _guard(_noted(effect) if noting else effect, rollout)
    return (*noting, Patch(Resource.ROLLOUTS, name(rollout), (*guard, *operations), "status"))


def _noting(effect: ArgoWrite, rollout: Thing) -> tuple[Patch, ...]:
    """The patch that only notes what the effect wants noted on the Rollout; none where that is there."""
    return (_main(effect, rollout),) if annotate(_notes(effect), rollout) else ()


def _notes(effect: ArgoWrite) -> dict[str, str]:
    notes = {CLAIM: claim_text(effect.claim)} if effect.claim is not None else {}
    if effect.base is not None:
        notes |= {BASE_IMAGE: effect.base[0], BASE_REPLICAS: str(effect.base[1])}
    return notes


def _noted(effect: ArgoWrite) -> ArgoWrite:
    """The effect after its notes were written: from then on the new claim is what is expected."""
    claim = effect.expect_claim if effect.claim is None else effect.claim
    return replace(effect, expect_claim=claim, claim=None, base=None)


def _guard(effect: ArgoWrite, rollout: Thing) -> tuple[Operation, ...]:
    """What every patch of a Rollout tests."""
    hashed = (expect("/status/currentPodHash", effect.expect_hash),) if effect.expect_hash else ()
    return (*expect_claim(effect.expect_claim, rollout), *hashed)


def _template(effect: ArgoWrite, objects: Objects, rollout: Thing, looked: ArgoSeen, container: str) -> Patches:
    held = holder(objects, rollout)
    if isinstance(held, Refusal):
        return held
    kind, thing = held
    if effect.verb is ArgoVerb.UNDO:
        operations = undo(effect, objects, rollout, looked, thing)
    else:
        operations = set_image(effect, rollout, looked, thing, container)
    if not isinstance(operations, tuple):
        return operations
    if kind is Resource.ROLLOUTS:
        return (_main(effect, rollout, *operations),)
    return _main(effect, rollout, as_is(rollout, *FOLLOWED)), written(effect, thing, operations)


def _on_run(effect: ArgoWrite, rollout: Thing, written: Patch | Changed) -> Patches:
    return written if isinstance(written, Changed) else (*_noting(effect, rollout), written)


def _promote(effect: ArgoWrite, rollout: Thing) -> tuple[Patch, ...]:
    """End the pause, and `spec.paused` before it where that would bring the pause back.

    A pause of the step (or of blue/green) that is taken away while `spec.paused` holds the Rollout is put back. An Inconclusive one is not,
    but a Rollout that is let go before the controller has taken its end up walks past the next pause (08l): that RESUME comes later.
    """
    here = as_is(rollout, "metadata", "generation")
    tests = _standing(rollout, _PAUSES, ("status", "currentStepIndex"), ("status", "abort"))
    put_back = {CANARY_PAUSE, BLUE_GREEN_PAUSE} & {pause.reason for pause in effect.pauses}
    if not flag(rollout, "spec", "paused") or not put_back:
        return _status(effect, rollout, here, *tests, *_promoted(rollout))
    release = _main(effect, rollout, here, *tests, expect(_PAUSED, value=True), set_to(_PAUSED, value=False))
    later = expect("/metadata/generation", count(rollout, "metadata", "generation") + 1)
    return release, *_status(_noted(effect), rollout, later, *tests, *_promoted(rollout))


def _promoted(rollout: Thing) -> tuple[Operation, ...]:
    """The end of the pauses. `controllerPause` stays: by it the controller sees that a person ended them; past an Inconclusive step it goes
    on to the next one.
    """
    verdict = _standing(
        rollout, ("status", "canary", "currentStepAnalysisRunStatus", "status"), ("status", "controllerPause")
    )
    ended = remove("/status/pauseConditions")
    if not is_step_inconclusive(rollout):
        return (*verdict, ended)
    return (*verdict, ended, set_to("/status/controllerPause", value=False), _next_step(rollout))


def _next_step(rollout: Thing) -> Operation:
    step, index = current_step(rollout)
    return set_to("/status/currentStepIndex", index if step is None else index + 1)


def _promote_full(effect: ArgoWrite, rollout: Thing) -> tuple[Patch, ...]:
    """Promote fully, and then let go of what somebody paused: the controller walks no step in between."""
    tests = _standing(rollout, ("metadata", "generation"), ("status", "abort"), ("status", "stableRS"))
    full = _status(effect, rollout, *tests, set_to("/status/promoteFull", value=True))
    if not flag(rollout, "spec", "paused"):
        return full
    release = (as_is(rollout, "metadata", "generation"), expect(_PAUSED, value=True), set_to(_PAUSED, value=False))
    return (*full, _main(_noted(effect), rollout, *release))


def _status_change(effect: ArgoWrite, rollout: Thing) -> tuple[Operation, ...]:
    """The operations of a verb that writes one field of the status."""
    generation, aborted = ("metadata", "generation"), ("status", "abort")
    match effect.verb:
        case ArgoVerb.SKIP:
            still = (generation, aborted, _PAUSES, ("status", "controllerPause"), ("status", "currentStepIndex"))
            return (*_standing(rollout, *still), _next_step(rollout))
        case ArgoVerb.ABORT:
            return (
                *_standing(rollout, ("status", "promoteFull"), ("status", "stableRS")),
                set_to("/status/abort", value=True),
            )
        case _:
            down = (("status", "updatedReplicas"),) if is_gated(rollout) else ()
            return (*_standing(rollout, generation, aborted, *down), set_to("/status/abort", value=False))


def _spec_change(effect: ArgoWrite, rollout: Thing) -> tuple[Operation, ...]:
    """The operations of a verb that writes one field of the spec."""
    if effect.restart_at is not None:
        moment = effect.restart_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return as_is(rollout, "spec", "restartAt"), set_to("/spec/restartAt", moment)
    standing = _standing(rollout, ("spec", "paused"), _PAUSES, ("status", "controllerPause"))
    if effect.verb is ArgoVerb.PAUSE:
        return standing[0], set_to(_PAUSED, value=True)
    return (*standing, set_to(_PAUSED, value=False))


def _standing(rollout: Thing, *paths: tuple[str, ...]) -> tuple[Operation, ...]:
    """The tests that these values are still what they were when the patch was written."""
    return tuple(as_is(rollout, *path) for path in paths)
