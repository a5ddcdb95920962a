"""What must never happen to a walk of Argo's controller, as checks of one decision on a look."""

from collections.abc import Callable

from strategies.argo.asking import PASSED
from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.standing import is_others, is_taken_up
from strategies.argo.writes import ArgoWrite
from strategies.events import ArgoObserved
from strategies.model import AskEnd, AskKind, Rollout, Stage, Walk

FORWARD = frozenset(
    {
        ArgoVerb.SET_IMAGE,
        ArgoVerb.PROMOTE,
        ArgoVerb.PROMOTE_FULL,
        ArgoVerb.SKIP,
        ArgoVerb.RETRY,
        ArgoVerb.RESTART,
        ArgoVerb.RESUME,
    }
)

AHEAD = frozenset({ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP})

LOST: tuple[tuple[str, frozenset[ArgoVerb], Callable[[ArgoSeen], bool]], ...] = (
    ("15a", AHEAD | {ArgoVerb.RETRY}, lambda seen: not seen.observed),
    (
        "15e",
        AHEAD | {ArgoVerb.ABORT, ArgoVerb.RETRY, ArgoVerb.PAUSE},
        lambda seen: seen.current_hash == seen.stable_hash,
    ),
    ("15e", AHEAD | {ArgoVerb.PAUSE, ArgoVerb.ABORT}, lambda seen: seen.aborted),
    ("15e", frozenset({ArgoVerb.RETRY}), lambda seen: not seen.aborted),
    ("15c", AHEAD | {ArgoVerb.ABORT, ArgoVerb.PAUSE}, lambda seen: seen.promote_full),
    ("05", frozenset({ArgoVerb.PROMOTE, ArgoVerb.SKIP}), lambda seen: seen.spec_paused),
    (
        "15d",
        frozenset({ArgoVerb.PROMOTE, ArgoVerb.SKIP}),
        lambda seen: seen.controller_pause and not seen.pauses,
    ),
    ("15f", frozenset({ArgoVerb.PROMOTE}), lambda seen: not seen.pauses),
    ("02", frozenset({ArgoVerb.SKIP}), lambda seen: bool(seen.pauses)),
    (
        "09a",
        frozenset({ArgoVerb.SKIP}),
        lambda seen: seen.kind is Kind.BLUE_GREEN or (seen.step or 0) >= len(seen.steps),
    ),
    ("09f", frozenset({ArgoVerb.RETRY}), lambda seen: bool(seen.fast_track)),
)
"""When the controller was recorded to lose a verb, to do nothing, or to do something else than it says: the case, the verbs, when."""


def check(before: Rollout, event: ArgoObserved, after: Rollout, writes: tuple[ArgoWrite, ...]) -> None:
    """Everything at once."""
    ended_is_ended(before, after)
    assert len(writes) <= 1, "two verbs at once"
    for write in writes:
        walk = after.walk(event.walk)
        it_is_guarded(walk, event.seen, write)
        nothing_is_lost(after, walk, event.seen, write)
        other_hands_are_left_alone(after, event.seen)
        if after.stage is Stage.REVERTING:
            it_flees(after, walk, event.seen, write)
        else:
            forward_is_earned(after, walk, event, write)


def nothing_is_lost(after: Rollout, walk: Walk, seen: ArgoSeen, write: ArgoWrite) -> None:
    """No verb goes out that the controller was recorded to lose, or to take for something else. A promote ends our own pause too."""
    kept = write.verb is ArgoVerb.PROMOTE and walk.argo.guarding
    lost = [case for case, verbs, holds in LOST if write.verb in verbs and holds(seen)]
    assert not lost or kept, f"{write.verb}: {lost}"


def ended_is_ended(before: Rollout, after: Rollout) -> None:
    assert not before.is_final or after == before, "an ended rollout changed"


def it_is_guarded(walk: Walk, seen: ArgoSeen, write: ArgoWrite) -> None:
    assert write.expect_claim == seen.claim, "a write does not expect the claim that was seen"
    if write.verb is not ArgoVerb.CLAIM:
        assert write.expect_hash == seen.current_hash, "a verb can reach another revision"
    if write.verb in (ArgoVerb.PROMOTE, ArgoVerb.SKIP):
        assert set(write.pauses) == {one.key for one in seen.pauses}, "a verb can reach another pause"


def other_hands_are_left_alone(after: Rollout, seen: ArgoSeen) -> None:
    claim = seen.claim
    ours = claim is None or not claim.rollout or (claim.instance, claim.rollout) == (after.instance, after.id)
    assert ours, "somebody else's Rollout is written to"


def it_flees(after: Rollout, walk: Walk, seen: ArgoSeen, write: ArgoWrite) -> None:
    back = seen.current_hash == walk.argo.base_hash
    if write.verb in (ArgoVerb.PROMOTE_FULL, ArgoVerb.RESUME):
        assert back or seen.aborted, "the way back gave the candidate traffic"
    assert write.verb not in (ArgoVerb.PROMOTE, ArgoVerb.SKIP, ArgoVerb.RETRY), (
        "the way back gave the candidate traffic"
    )
    if write.verb is ArgoVerb.SET_IMAGE:
        assert not after.candidate.runs_as(write.image), "the way back asked for the candidate"


def forward_is_earned(after: Rollout, walk: Walk, event: ArgoObserved, write: ArgoWrite) -> None:
    assert write.verb is not ArgoVerb.ABORT, "aborted although it walks"
    if write.verb in FORWARD:
        assert not after.holds, "it went forward under a hold"
        assert event.clear, "it went forward on an unclear look"
    if write.verb in FORWARD - {ArgoVerb.RESUME}:
        assert is_taken_up(event.seen), "it went forward before the controller had taken up what is there"
    if write.verb is ArgoVerb.PROMOTE_FULL:
        assert after.stage is Stage.PROMOTING, "promoted to the end although nobody said so"
    if write.verb is ArgoVerb.PROMOTE:
        gates_are_answered(after, event.seen)
    if write.verb is ArgoVerb.SKIP:
        assert walk.argo.order is not None, "a step was skipped that nobody skipped"


def asked_for_every_pause(after: Rollout, seen: ArgoSeen) -> None:
    """While it walks, the open questions are exactly those of the pauses that only a person ends (the passed ones beside them)."""
    argo = after.walks[0].argo
    walks = after.stage is Stage.WALKING and is_taken_up(seen) and argo.pod_hash == seen.current_hash
    if not walks or argo.order or is_others(after, seen):
        return
    people = {one.key for one in seen.pauses if one.until is None}
    answered = {ask.pause for ask in after.asks if ask.ended is AskEnd.APPROVED}
    asked = {ask.pause for ask in after.asks if ask.is_open and ask.pause and ask.pause.reason != PASSED}
    assert asked == people - answered, "people are not asked about what waits for them"


def gates_are_answered(after: Rollout, seen: ArgoSeen) -> None:
    """A promote ends every pause at once, so each must have its own yes; none that ends by itself may be cut short by that.

    Somebody with the role can skip them all, which closes their questions, and anybody who may deploy ends a timed pause alone.
    """
    people = {one.key for one in seen.pauses if one.until is None}
    skipped = {ask.pause for ask in after.asks if ask.ended is AskEnd.VOID}
    if people <= skipped:
        return
    assert people == {one.key for one in seen.pauses}, "a pause of the plan was cut short"
    passed = {
        ask.pause for ask in after.asks if ask.pause and ask.pause.reason == PASSED and ask.ended is not AskEnd.VOID
    }
    for key in people | passed:
        asks = [ask for ask in after.asks if ask.pause == key and ask.ended is not AskEnd.VOID]
        assert asks and all(ask.ended is AskEnd.APPROVED for ask in asks), "a gate was passed without its approval"
        for ask in asks:
            voters = {vote.by.id for vote in ask.yes}
            assert len(voters) >= ask.approvals, "a gate was passed with too few people"
            assert after.by.id not in voters or after.policy.own_approval, "the starter's own vote opened a gate"
            assert ask.kind is AskKind.GATE or all(vote.reason for vote in ask.yes), (
                "unclear is accepted without a reason"
            )
