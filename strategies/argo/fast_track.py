"""Blue/green revisions that would go live without their gate.

The controller takes a ReplicaSet that still waits for its `scale-down-deadline` for one that served lately, and switches to it at once
(argo-rollouts `rollout/bluegreen.go`, isBlueGreenFastTracked). An aborted one waits for it too: a retry before that goes live unasked
(09f), even after its pre-promotion analysis failed (09i), and so does a revision that is deployed again after an undo. Once it is scaled
down the gate holds again, and it always holds where `abortScaleDownDelaySeconds: 0` keeps the set up without a deadline.
"""

from strategies.argo.fields import Thing, annotation, count, flag, has, label, name, part, text
from strategies.argo.steps import is_blue_green
from strategies.argo.weights import HASH

DEADLINE = "scale-down-deadline"


def is_gated(rollout: Thing) -> bool:
    """Whether a new revision of a blue/green has to pass a person, a delay or an analysis before it goes live."""
    strategy = part(rollout, "spec", "strategy", "blueGreen")
    by_itself = "autoPromotionEnabled" not in strategy or flag(strategy, "autoPromotionEnabled")
    delayed, analysed = count(strategy, "autoPromotionSeconds") > 0, has(strategy, "prePromotionAnalysis")
    return is_blue_green(rollout) and (not by_itself or delayed or analysed)


def shortcut(rollout: Thing, replica_set: Thing | None) -> str:
    """Why giving the controller the revision of this ReplicaSet now would bring it live without its gate, as a sentence.

    Empty where it would not. The stable revision has no gate to pass.
    """
    if replica_set is None or not is_gated(rollout) or label(replica_set, HASH) == text(rollout, "status", "stableRS"):
        return ""
    deadline = annotation(replica_set, DEADLINE)
    if not deadline or not count(replica_set, "spec", "replicas"):
        return ""
    return (
        f"ReplicaSet {name(replica_set)} is still up until {deadline}: before that, Argo would switch all traffic to it at once, without "
        f"its gate. Wait until it is scaled down, then try again."
    )
