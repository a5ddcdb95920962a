"""From the objects of one Rollout to what is seen of it.

Nothing here raises, whatever the objects lack: an old controller leaves fields out, and a Rollout is seen before its first status.
Words and numbers are the controller's and its plugin's own; the tests hold them against recordings of both.
"""

import re
from datetime import datetime

from strategies.argo.authors import aborter, last_manager
from strategies.argo.fasttrack import analysed, fast_track, is_by_hand, is_gated
from strategies.argo.fields import Thing, count, flag, moment, number, part, text, uid, words
from strategies.argo.legal import legal
from strategies.argo.objects import Objects
from strategies.argo.pauses import pauses
from strategies.argo.revisions import container_image, own_sets, revision_number, revisions, set_of
from strategies.argo.runs import runs
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.status import ABORTED, INVALID, TIMED_OUT, condition_message, desired, is_observed, status_of
from strategies.argo.steps import is_blue_green, step_durations, step_index, step_texts
from strategies.argo.trouble import trouble_of
from strategies.argo.weights import is_routed, weights, whole
from strategies.model import Claim, Target
from strategies.native.argocd import mark_of
from strategies.native.claims import CLAIM, read_claim

_WORKLOAD_GENERATION = "rollout.argoproj.io/workload-generation"
_STANDING = re.compile(r"Rollout aborted update to revision \d+(: )?")


def seen(target: Target, objects: Objects, at: datetime, *, self_heals: bool = False) -> ArgoSeen:
    """What these objects show of a Rollout. `at`: when they were read. `self_heals`: what Argo CD's Application says of it."""
    rollout = objects.rollout
    if rollout is None or not uid(rollout):
        return ArgoSeen(at=at)
    sets, template = own_sets(rollout, objects.sets), _template(objects, rollout)
    current, stable = set_of(sets, _hash(rollout, "currentPodHash")), set_of(sets, _hash(rollout, "stableRS"))
    kind = Kind.BLUE_GREEN if is_blue_green(rollout) else Kind.CANARY
    status, message = status_of(rollout)
    wanted, there = weights(rollout, sets, objects.services)
    found = revisions(rollout, template, sets, target.container)
    gated = is_gated(rollout)
    fast = fast_track(kind, found, _hash(rollout, "currentPodHash"), _hash(rollout, "stableRS")) if gated else ""
    return ArgoSeen(
        at=at,
        uid=uid(rollout),
        kind=kind,
        generation=count(rollout, "metadata", "generation"),
        observed=_is_seen(rollout, objects.workload),
        status=status,
        message=message,
        phase=text(rollout, "status", "phase"),
        image=container_image(template, target.container),
        stable_image=container_image(part(stable, "spec", "template"), target.container),
        current_hash=_hash(rollout, "currentPodHash"),
        stable_hash=_hash(rollout, "stableRS"),
        revision=revision_number(current) if current is not None else revision_number(rollout),
        step=step_index(rollout),
        steps=step_texts(rollout),
        durations=step_durations(rollout),
        weight_wanted=wanted,
        weight_seen=there,
        whole=whole(rollout),
        routed=is_routed(rollout),
        desired=desired(rollout),
        ready=sum(one.ready for one in found),
        stable_ready=_pods(stable, "availableReplicas"),
        canary_ready=0 if current is stable else _pods(current, "availableReplicas"),
        canary_pods=0 if current is stable else _pods(current, "replicas"),
        pauses=pauses(rollout, at),
        controller_pause=flag(rollout, "status", "controllerPause"),
        spec_paused=flag(rollout, "spec", "paused"),
        aborted=flag(rollout, "status", "abort"),
        abort_message=_abort_message(rollout),
        aborted_by=aborter(rollout),
        promote_full=flag(rollout, "status", "promoteFull"),
        restart_at=moment(rollout, "spec", "restartAt"),
        restarted_at=moment(rollout, "status", "restartedAt"),
        invalid=_of_present_spec(rollout, condition_message(rollout, kind=INVALID)),
        timed_out=_of_present_spec(rollout, condition_message(rollout, reason=TIMED_OUT)),
        problem=trouble_of(current, objects.pods),
        runs=runs(objects.runs, objects.experiments, rollout, sets, at),
        experiment=text(rollout, "status", "canary", "currentExperiment"),
        revisions=found,
        legal=legal(rollout),
        gated=gated,
        by_hand=is_by_hand(rollout),
        analysed=analysed(rollout),
        fast_track=fast,
        claim=_claim(rollout),
        manager=last_manager(rollout, objects.workload),
        keeper=_keeper(rollout, self_heals=self_heals),
        self_heals=self_heals,
    )


def _hash(rollout: Thing, field: str) -> str:
    return text(rollout, "status", field)


def _pods(one: Thing | None, field: str) -> int:
    return count(one, "status", field)


def _abort_message(rollout: Thing) -> str:
    """Why it is aborted. The condition outlives a retry for a moment, and comes a moment after the abort."""
    told = condition_message(rollout, reason=ABORTED) if flag(rollout, "status", "abort") else None
    return _STANDING.sub("", told or "", count=1)


def _of_present_spec(rollout: Thing, message: str | None) -> str:
    """What a condition says, unless it is about a spec that has been changed since."""
    return message or "" if is_observed(rollout) else ""


def _template(objects: Objects, rollout: Thing) -> Thing:
    """The pod template that is wanted: the Rollout's own, or that of the Deployment it refers to."""
    owner = objects.workload if part(rollout, "spec", "workloadRef") else rollout
    return part(owner, "spec", "template")


def _is_seen(rollout: Thing, workload: Thing | None) -> bool:
    """Whether the controller has seen the present spec, and the present template of the Deployment that it refers to.

    The plugin leaves that Deployment out (recorded case 11b), so that its words lag behind here. A controller that has written nothing yet
    has seen nothing. Where the Deployment cannot be read, the generation that the controller noted stands for it, as in Argo CD.
    """
    if not text(rollout, "status", "observedGeneration") and not _hash(rollout, "currentPodHash"):
        return False
    if not part(rollout, "spec", "workloadRef"):
        return is_observed(rollout)
    followed = number(rollout, "status", "workloadObservedGeneration")
    noted = count(rollout, "metadata", "annotations", _WORKLOAD_GENERATION)
    wanted = noted if workload is None else count(workload, "metadata", "generation")
    return is_observed(rollout) and (followed is None or followed >= wanted)


def _claim(rollout: Thing) -> Claim | None:
    claimed = words(rollout, "metadata", "annotations").get(CLAIM)
    return None if claimed is None else read_claim(claimed)


def _keeper(rollout: Thing, *, self_heals: bool) -> str:
    """The Argo CD application that tracks the Rollout. A label that others set too counts only where there is such an application."""
    marks = {key: words(rollout, "metadata", key) for key in ("annotations", "labels")}
    mark = mark_of({"metadata": marks})
    return mark.name if mark is not None and (mark.certain or self_heals) else ""
