"""What we refuse to ask of a Rollout although Argo CD would offer it, or the controller would take it, and why.

Every rule is something that the controller was recorded to do; the number is that of the recorded case. A verb that is refused here would
be lost, do nothing, or do something else than it says. What only objects can show is tested once more in the patch itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import ArgoSeen, Kind

_AHEAD = frozenset({ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP})


@dataclass(frozen=True, slots=True)
class Rule:
    """`verbs` are refused while `holds`, with this sentence. `case`: the recording that shows what would happen otherwise."""

    case: str
    verbs: frozenset[ArgoVerb]
    holds: Callable[[ArgoSeen], bool]
    sentence: str


RULES = (
    Rule(
        "15a, 15b",
        _AHEAD | {ArgoVerb.RETRY},
        lambda seen: not seen.observed,
        "The controller has not taken up the newest template yet: what is asked now would be lost, or reach another version than is shown. "
        "Look again in a moment.",
    ),
    Rule(
        "15e",
        _AHEAD | {ArgoVerb.ABORT, ArgoVerb.RETRY, ArgoVerb.PAUSE},
        lambda seen: seen.current_hash == seen.stable_hash,
        "Nothing is under way: the stable version is the newest. Argo would take this and do nothing.",
    ),
    Rule(
        "15e",
        _AHEAD | {ArgoVerb.PAUSE},
        lambda seen: seen.aborted,
        "It is aborted: promote does nothing now, and promote --full would bring the aborted version to everybody. Retry it, or undo it.",
    ),
    Rule(
        "15e",
        frozenset({ArgoVerb.ABORT}),
        lambda seen: seen.aborted,
        "It is aborted already.",
    ),
    Rule(
        "15e",
        frozenset({ArgoVerb.RETRY}),
        lambda seen: not seen.aborted,
        "It is not aborted: there is nothing to retry.",
    ),
    Rule(
        "15c",
        frozenset({ArgoVerb.ABORT}),
        lambda seen: seen.promote_full,
        "It is being promoted fully, and the controller ignores an abort then: the way back is undo, then promote --full.",
    ),
    Rule(
        "15c",
        _AHEAD | {ArgoVerb.PAUSE},
        lambda seen: seen.promote_full,
        "It is being promoted fully already.",
    ),
    Rule(
        "05",
        frozenset({ArgoVerb.PROMOTE, ArgoVerb.SKIP}),
        lambda seen: seen.spec_paused,
        "It is paused by hand: resume it first. A promote could be undone by the controller, and the pause would begin anew.",
    ),
    Rule(
        "15d",
        frozenset({ArgoVerb.PROMOTE, ArgoVerb.SKIP}),
        lambda seen: seen.controller_pause and not seen.pauses,
        "It was just promoted, and the controller has not gone on yet: a second promote would skip the next step.",
    ),
    Rule(
        "15d, 15f",
        frozenset({ArgoVerb.PROMOTE}),
        lambda seen: not seen.pauses,
        "It waits for nobody: to leave the step at hand unfinished, use skip with a reason.",
    ),
    Rule(
        "02",
        frozenset({ArgoVerb.SKIP}),
        lambda seen: bool(seen.pauses),
        "It waits at a pause: promote ends it.",
    ),
    Rule(
        "09a",
        frozenset({ArgoVerb.SKIP}),
        lambda seen: seen.kind is Kind.BLUE_GREEN or not seen.steps or (seen.step or 0) >= len(seen.steps),
        "There is no step left to skip.",
    ),
)
"""In the order in which they are told: the first that holds gives the sentence."""


def forbidden(seen: ArgoSeen) -> Mapping[ArgoVerb, str]:
    """The verbs to refuse now, each with its sentence. Where there is no Rollout every verb is."""
    if not seen.exists:
        return dict.fromkeys(ArgoVerb, "There is no such Rollout.")
    found: dict[ArgoVerb, str] = {}
    for rule in RULES:
        if rule.holds(seen):
            found |= {verb: rule.sentence for verb in rule.verbs if verb not in found}
    if seen.fast_track and ArgoVerb.RETRY not in found:
        found[ArgoVerb.RETRY] = f"{seen.fast_track[:1].upper()}{seen.fast_track[1:]}. Wait until then."
    return found
