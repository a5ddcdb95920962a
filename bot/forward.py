"""Which writes move towards the candidate: those are decided once more on a look straight from the API server."""

from strategies.argo.driver import ArgoVerb
from strategies.argo.writes import ArgoWrite
from strategies.effects import PatchRoute, PatchSide, Write
from strategies.model import Rollout, Side, Stage

_FORWARD = frozenset(
    {
        ArgoVerb.SET_IMAGE,
        ArgoVerb.PROMOTE,
        ArgoVerb.PROMOTE_FULL,
        ArgoVerb.SKIP,
        ArgoVerb.RESUME,
        ArgoVerb.RETRY,
        ArgoVerb.UNDO,
        ArgoVerb.RESTART,
        ArgoVerb.TERMINATE,
    }
)


def is_forward(rollout: Rollout, effect: Write) -> bool:
    """Whether a write moves forward. A verb for Argo's controller counts on the way back too: there it walks as well."""
    if isinstance(effect, ArgoWrite):
        return effect.verb in _FORWARD
    if rollout.stage not in (Stage.WALKING, Stage.PROMOTING):
        return False
    if isinstance(effect, PatchRoute):
        return effect.weight is not None and effect.weight > effect.expect_weight
    shrinks = isinstance(effect, PatchSide) and effect.replicas is not None and effect.replicas < effect.expect_replicas
    return isinstance(effect, PatchSide) and effect.side is Side.STABLE and (shrinks or effect.image is not None)
