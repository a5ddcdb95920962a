"""Which verbs a card offers for a Rollout: what people may do, less what Argo would not take now, or take for something else."""

from strategies.allowed import Verb
from strategies.argo.driver import ArgoVerb
from strategies.argo.forbidden import forbidden
from strategies.argo.seen import ArgoSeen

_GIVEN = {
    Verb.PROMOTE: ArgoVerb.PROMOTE,
    Verb.PROMOTE_FULL: ArgoVerb.PROMOTE_FULL,
    Verb.SKIP: ArgoVerb.SKIP,
}
"""What would be given to the controller. Ours are not here: an abort finds its way back from anywhere, a pause also stops the start, and
votes, holds and their ends are remembered by ourselves."""


def offered(verbs: frozenset[Verb], seen: ArgoSeen) -> frozenset[Verb]:
    """The verbs of `verbs` that have their effect now. To skip a pause is to promote it."""
    refused = forbidden(seen)
    given = {**_GIVEN, Verb.SKIP: ArgoVerb.PROMOTE} if seen.pauses else _GIVEN
    return frozenset(
        verb for verb in verbs if verb not in given or (given[verb] in seen.legal and given[verb] not in refused)
    )
