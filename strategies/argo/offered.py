"""Which verbs a card offers for a Rollout: what people may do, less what Argo would not take now, or take for something else (`traps`).

What was offered a moment too early is held back once more by what is read before it is written; how a rollout begins has rules of its
own (`start`).
"""

from strategies.allowed import Verb
from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import ArgoSeen
from strategies.argo.traps import trap

_GIVEN = {
    Verb.PROMOTE: ArgoVerb.PROMOTE,
    Verb.PROMOTE_FULL: ArgoVerb.PROMOTE_FULL,
    Verb.SKIP: ArgoVerb.SKIP,
}
"""What would be given to the controller. The others are ours: an abort finds its way back from anywhere, and votes, holds and their ends
are remembered by ourselves."""

_HELD = frozenset({Verb.PROMOTE, Verb.SKIP})
"""What waits until a hold is lifted in the cluster too (05)."""


def offered(verbs: frozenset[Verb], seen: ArgoSeen) -> frozenset[Verb]:
    """The verbs of `verbs` that have their effect now. To skip a pause is to promote it."""
    given = {**_GIVEN, Verb.SKIP: ArgoVerb.PROMOTE} if seen.pauses else _GIVEN
    return frozenset(
        verb
        for verb in verbs - (_HELD if seen.spec_paused else frozenset())
        if verb not in given or (given[verb] in seen.legal and not trap(given[verb], seen))
    )
