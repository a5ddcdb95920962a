"""What Argo CD would offer for a Rollout. `offered` says what of it a card offers.

The rules are those of argo-cd's `resource_customizations/argoproj.io/Rollout/actions/discovery.lua`. Its `resume` ends pause conditions and
`spec.paused` alike: with us the first is promote, the second resume. Its `skip-current-step` is our skip, its `promote-full` our
promote --full. set image, undo and terminate are not in it.
"""

from strategies.argo.driver import ArgoVerb
from strategies.argo.fields import Thing, count, flag, has, number, parts
from strategies.argo.status import is_fully_promoted
from strategies.argo.steps import step_index, steps_of


def legal(rollout: Thing) -> frozenset[ArgoVerb]:
    """The verbs that Argo CD would offer for the Rollout as it is."""
    promoted, aborted = is_fully_promoted(rollout), flag(rollout, "status", "abort")
    paused = flag(rollout, "spec", "paused")
    offered = {
        ArgoVerb.RESTART: True,
        ArgoVerb.PROMOTE: bool(parts(rollout, "status", "pauseConditions")),
        ArgoVerb.RESUME: paused,
        ArgoVerb.ABORT: not promoted and not aborted,
        ArgoVerb.RETRY: not promoted and aborted,
        ArgoVerb.PAUSE: not promoted and not aborted and not paused,
        ArgoVerb.PROMOTE_FULL: not promoted and _knows_promote_full(rollout),
        ArgoVerb.SKIP: bool(steps_of(rollout)) and step_index(rollout) != len(steps_of(rollout)),
    }
    return frozenset(verb for verb, is_offered in offered.items() if is_offered)


def _knows_promote_full(rollout: Thing) -> bool:
    """Whether the controller can promote fully. Before 0.10, told by an `observedGeneration` that is a hash, only a canary could."""
    observed = number(rollout, "status", "observedGeneration")
    if observed is None or observed > count(rollout, "metadata", "generation"):
        return not has(rollout, "spec", "strategy", "blueGreen")
    return True
