"""Which verbs a card offers for a Rollout: what people may do, less what Argo would not take now, or take for something else.

Every rule is something that the controller was recorded to do; the number is that of the recorded case. What was offered a moment too
early is held back once more by what is read before it is written (`barred`); how a rollout begins has rules of its own (`start`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from strategies.allowed import Verb
from strategies.argo.driver import Argo, ArgoVerb
from strategies.argo.seen import ArgoSeen

_GIVEN = {
    Verb.PROMOTE: ArgoVerb.PROMOTE,
    Verb.PROMOTE_FULL: ArgoVerb.PROMOTE_FULL,
    Verb.SKIP: ArgoVerb.SKIP,
}
"""What would be given to the controller. The others are ours: an abort finds its way back from anywhere, and votes, holds and their ends
are remembered by ourselves."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`verbs` are withheld while `holds`. `case`: the recording that shows what would happen otherwise."""

    case: str
    verbs: frozenset[Verb]
    holds: Callable[[Argo, ArgoSeen], bool]


RULES = (
    # Before the newest template is taken up a verb is lost with what it wipes, or reaches another version than is shown.
    Rule("15a", frozenset(_GIVEN), lambda argo, seen: not seen.observed),
    # Promote does nothing to what is aborted, and promote --full brings it to everybody.
    Rule("15e", frozenset(_GIVEN), lambda argo, seen: seen.aborted),
    # A promote under `spec.paused` is undone by the controller, and the pause begins anew.
    Rule("05", frozenset({Verb.PROMOTE, Verb.SKIP}), lambda argo, seen: seen.spec_paused),
    # A second promote, before the first is acted on, skips the step after.
    Rule("15d", frozenset({Verb.SKIP}), lambda argo, seen: seen.controller_pause and not seen.pauses),
    # Past the switch there is nothing left that `spec.paused` would stop.
    Rule("02", frozenset({Verb.PAUSE}), lambda argo, seen: argo.pod_hash != "" and seen.stable_hash == argo.pod_hash),
)


def offered(verbs: frozenset[Verb], argo: Argo, seen: ArgoSeen) -> frozenset[Verb]:
    """The verbs of `verbs` that have their effect now. To skip a pause is to promote it."""
    given = {**_GIVEN, Verb.SKIP: ArgoVerb.PROMOTE} if seen.pauses else _GIVEN
    withheld = {verb for rule in RULES if rule.holds(argo, seen) for verb in rule.verbs}
    return frozenset(
        verb for verb in verbs if verb not in withheld and (verb not in given or given[verb] in seen.legal)
    )
