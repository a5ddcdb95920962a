"""Verbs that come to no good on a Rollout as it is: they would do nothing, be lost, or do something else than they say.

Every trap is something that the controller was recorded to do, by the number of the recorded case. It is decided here, with one sentence
that says what to do instead, for all who ask: the button (`offered`), the start of a rollout (`start`), what is read for a patch (`verbs`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from strategies.argo.driver import ArgoVerb
from strategies.argo.fasttrack import fast_track_of
from strategies.argo.pauses import CANARY_PAUSE
from strategies.argo.seen import ArgoSeen
from strategies.argo.standing import is_taken_up, step_text


@dataclass(frozen=True, slots=True)
class Trap:
    """`verbs` come to no good while `says` has a sentence. `case`: the recording that shows what would happen otherwise."""

    case: str
    verbs: frozenset[ArgoVerb]
    says: Callable[[ArgoSeen], str]


def trap(verb: ArgoVerb, seen: ArgoSeen) -> str:
    """Why the verb must not be given now, and what to do instead; empty where nothing speaks against it."""
    return next((said for one in TRAPS if verb in one.verbs and (said := one.says(seen))), "")


def not_taken_up(seen: ArgoSeen) -> str:
    """What is written before the newest template is taken up is lost with what that wipes, or reaches another version."""
    said = "The controller has not taken up the last change of the Rollout yet. Try again in a moment, or look whether it runs."
    return "" if is_taken_up(seen) else said


def nothing_to_retry(seen: ArgoSeen) -> str:
    """A retry of what is not aborted changes nothing. The mark of an abort can stay on what is stable again (09i)."""
    left = seen.aborted and not seen.is_promoted
    return "" if left else "Nothing to retry: the Rollout is not aborted. Deploy a version instead."


def retried_past_its_gate(seen: ArgoSeen) -> str:
    """A retry of a blue/green revision that is still up goes live at once."""
    return _past_its_gate("retry", seen.fast_track if seen.aborted else "")


def deployed_past_its_gate(seen: ArgoSeen, *images: str) -> str:
    """A deploy of an image that a revision still up runs goes live at once, as such a retry does; so does one within a rollbackWindow."""
    return _past_its_gate("deploy", fast_track_of(seen, *images))


def _past_its_gate(verb: str, track: str) -> str:
    return f"A {verb} now would skip the gate: {track}, or deploy another version." if track else ""


def _aborted(seen: ArgoSeen) -> str:
    said = "It is aborted: promote does nothing now, and promote --full would bring the aborted revision live. Retry it, or undo it."
    return said if seen.aborted else ""


def _waiting_for_nobody(seen: ArgoSeen) -> str:
    return "" if seen.pauses else "It waits for nobody: to leave the step at hand unfinished, use skip, with a reason."


def _eating_a_pause(seen: ArgoSeen) -> str:
    """An endless pause that the controller has not begun yet ends with whatever else is promoted."""
    begun = any(one.key.reason == CANARY_PAUSE for one in seen.pauses)
    unbegun = step_text(seen, seen.step or 0) == "pause" and not begun and not seen.spec_paused
    return "It is at a pause that this promote would end unasked: it has to be paused first." if unbegun else ""


def _promoted(seen: ArgoSeen) -> str:
    return "It is promoted fully already: its newest revision is the stable one." if seen.is_promoted else ""


def _promoting(seen: ArgoSeen) -> str:
    return "It is being promoted fully already." if seen.promote_full else ""


def _past_its_steps(seen: ArgoSeen) -> str:
    past = (seen.step or 0) >= len(seen.steps) or seen.is_promoted
    return "It is past its last step: there is nothing to skip." if past else ""


def _held(seen: ArgoSeen) -> str:
    return "It is paused: resume it first." if seen.spec_paused else ""


def _just_promoted(seen: ArgoSeen) -> str:
    """A promote that the controller has not acted on yet ends the pause after, too, where it is moved on before."""
    said = "It was promoted just now, and the controller has not moved yet: this would pass the step that follows. Look again in a moment."
    return said if seen.is_unpausing and not seen.aborted else ""


def _aborted_already(seen: ArgoSeen) -> str:
    return "It is aborted already." if seen.aborted else ""


def _past_an_abort(seen: ArgoSeen) -> str:
    said = "It is being promoted fully, and Argo ignores an abort then: go back with undo, then promote --full."
    return said if seen.promote_full else ""


def _nothing_to_abort(seen: ArgoSeen) -> str:
    said = "It has nothing to abort: its newest revision is the stable one. To go back, undo it."
    return said if seen.stable_hash and seen.is_promoted else ""


def _paused_already(seen: ArgoSeen) -> str:
    return "It is paused already." if seen.spec_paused else ""


def _paused_by_nobody(seen: ArgoSeen) -> str:
    return "" if seen.spec_paused else "It is not paused by anybody: a pause of its own ends by promote."


_PROMOTE, _FULL, _SKIP = (frozenset({verb}) for verb in (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP))
_ABORT, _RETRY = frozenset({ArgoVerb.ABORT}), frozenset({ArgoVerb.RETRY})
_PAUSE, _RESUME = frozenset({ArgoVerb.PAUSE}), frozenset({ArgoVerb.RESUME})

TRAPS = (
    Trap("15a", _PROMOTE | _FULL | _SKIP | _RETRY, not_taken_up),
    Trap("15e", _PROMOTE | _FULL | _SKIP, _aborted),
    Trap("14d", _PROMOTE, _waiting_for_nobody),
    Trap("08l", _PROMOTE, _eating_a_pause),
    Trap("15b", _FULL, _promoted),
    Trap("15c", _FULL, _promoting),
    Trap("15e", _SKIP, _past_its_steps),
    Trap("05", _SKIP, _held),
    Trap("03", _ABORT, _aborted_already),
    Trap("15c", _ABORT, _past_an_abort),
    Trap("15e", _ABORT, _nothing_to_abort),
    Trap("15e", _RETRY, nothing_to_retry),
    Trap("09f", _RETRY, retried_past_its_gate),
    Trap("05", _PAUSE, _paused_already),
    Trap("05", _RESUME, _paused_by_nobody),
    Trap("15d", _SKIP | _RESUME, _just_promoted),
)
"""In the order in which they are told."""
