"""What a look at a Rollout means for the rollout of ours that is about it.

The controller walks; we keep what its position was, ask people where it waits for them, and notice everything that was done without us.
Nothing is decided from a look at which the controller had not yet taken up the present specification, but the way back.
"""

from dataclasses import replace

from strategies.argo.asking import SOMEBODY, asked, guards, is_answered
from strategies.argo.authors import OURS
from strategies.argo.driver import Argo, ArgoVerb, Order, Start
from strategies.argo.evidence import evidenced, running
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.shown import RETRIED, still_asked_for
from strategies.argo.stalls import stalled
from strategies.argo.standing import (
    CONTROLLER,
    IN_CLUSTER,
    given_back,
    has_begun,
    inconclusive,
    is_done,
    is_home,
    is_other,
    is_others,
    is_retried,
    is_taken_up,
    percent,
    step_text,
)
from strategies.argo.start import shortcut
from strategies.asks import void
from strategies.decision import Turn, close
from strategies.events import ArgoObserved, What
from strategies.look import is_ours
from strategies.model import Actor, HoldKind, Outcome, Stage, Walk
from strategies.native.containers import image_version
from strategies.revert import revert
from strategies.walk import silenced

ONLY_OBSERVED = "Leadsman only observes here (mode: observe), so nothing was changed"


def driven(turn: Turn, event: ArgoObserved) -> Turn:
    """The turn after one look at a Rollout that our rollout is about."""
    before, seen = turn.rollout.walk(event.walk), event.seen
    if not seen.exists:
        why = f"The Rollout {before.target.workload} is gone: nothing is left to move or to take back."
        return close(void(turn, why), Outcome.CANCELLED, why)
    turn = _whose(turn, before, event)
    if turn.rollout.is_final or is_others(turn.rollout, seen):
        return silenced(turn, event)
    turn = _noted(turn, event)
    turn = _paused(turn, before, seen)
    turn = evidenced(turn, turn.rollout.walk(event.walk), seen)
    if turn.rollout.stage is not Stage.REVERTING and is_taken_up(seen):
        turn = _onward(turn, before, event)
    turn = stalled(turn, turn.rollout.walk(event.walk), event)
    return turn if turn.rollout.is_final else _ended(turn, event)


def _whose(turn: Turn, walk: Walk, event: ArgoObserved) -> Turn:
    """The claim: the number that our writes carry rises above what is there, and other hands are left alone."""
    claim = event.seen.claim
    if claim is not None and is_ours(turn.rollout, claim):
        return turn.with_walk(replace(walk, claimed=True, fence=max(walk.fence, claim.fence)))
    if claim is not None and claim.rollout:
        if walk.claimed:
            why = f"{claim.instance} has claimed the Rollout for its rollout {claim.rollout}"
            return turn.hold(HoldKind.FOREIGN, why)
        why = f"The Rollout {walk.target.workload} is claimed by {claim.instance} for its rollout {claim.rollout}."
        return close(turn.tell(What.NOT_STARTED, why=why), Outcome.REFUSED, why)
    known = walk.claimed or claim == given_back(turn.rollout, walk)
    if not event.writes or known or turn.rollout.stage is Stage.REVERTING:
        return turn
    return turn.with_walk(replace(walk, fence=max(walk.fence, (claim.fence if claim else 0) + 1)))


def _noted(turn: Turn, event: ArgoObserved) -> Turn:
    """The turn with what people's next presses are checked against, and with what the controller went past since the look before."""
    walk, seen = turn.rollout.walk(event.walk), event.seen
    argo = walk.argo
    turned = turn.rollout.stage is Stage.REVERTING or (seen.aborted and bool(argo.pod_hash))
    begun = not argo.pod_hash and has_begun(turn.rollout, walk, seen)
    pod_hash = seen.current_hash if begun else argo.pod_hash
    at = replace(
        argo,
        pod_hash=pod_hash,
        step=argo.step if turned else step_of(seen),
        at_hand=argo.at_hand if turned else step_text(seen, seen.step),
        pauses=tuple(pausing.key for pausing in seen.pauses),
        runs=running(seen),
        paused=seen.spec_paused,
        forward=event.clear,
        live=bool(pod_hash) and seen.stable_hash == pod_hash,
    )
    turn = turn.with_walk(replace(walk, driver=at))
    if begun:
        turn = turn.tell(What.BEGUN, hash=at.pod_hash, revision=seen.revision)
    walking = argo.pod_hash == seen.current_hash and turn.rollout.stage is Stage.WALKING and bool(argo.base_hash)
    return _moved(turn, argo, seen) if walking and at.step > argo.step else turn


def step_of(seen: ArgoSeen) -> int:
    """The position as a number: the controller's step, or for blue/green whether traffic is switched."""
    if seen.kind is Kind.BLUE_GREEN:
        return 1 if seen.weight_seen == 100 and seen.current_hash else 0
    return seen.step or 0


def _moved(turn: Turn, before: Argo, seen: ArgoSeen) -> Turn:
    """The weight that came in place since the look before, told once, however many steps that were."""
    weights = [text for text in seen.steps[before.step : seen.step] if text.startswith("setWeight: ")]
    if seen.kind is Kind.CANARY and not weights:
        return turn
    weight = percent(seen, int(weights[-1].removeprefix("setWeight: "))) if weights else 100
    return turn.tell(
        What.WEIGHT,
        weight=weight,
        share=percent(seen, seen.weight_seen),
        ready=seen.canary_ready,
        pods=seen.canary_pods,
    )


def _paused(turn: Turn, before: Walk, seen: ArgoSeen) -> Turn:
    """`spec.paused` as somebody else set or lifted it: a hold, or the end of one. What we wrote last ourselves is no news, also where
    people have wanted something else since."""
    if turn.rollout.stage is Stage.REVERTING or seen.manager == OURS:
        return turn
    ours = turn.rollout.hold(HoldKind.PERSON) is not None or before.argo.guarding
    if seen.spec_paused and not before.argo.paused and not ours:
        return turn.hold(HoldKind.CLUSTER, f"paused in the cluster by {author(seen).name}", author(seen))
    if seen.spec_paused or not before.argo.paused:
        return turn
    lifted = [hold for hold in turn.rollout.holds if hold.kind in (HoldKind.PERSON, HoldKind.CLUSTER)]
    if not lifted:
        return turn
    kept = tuple(hold for hold in turn.rollout.holds if hold not in lifted)
    kinds = ", ".join(hold.kind for hold in lifted)
    return turn.set(holds=kept).tell(What.RESUMED, author(seen), held_by=lifted[0].by.name, kinds=kinds)


def author(seen: ArgoSeen) -> Actor:
    """What changed the specification last, as far as the cluster tells: the client, never the person."""
    name = seen.manager
    return Actor(name, name, IN_CLUSTER) if name else SOMEBODY


def _onward(turn: Turn, before: Walk, event: ArgoObserved) -> Turn:
    """A look while the candidate is on its way: what was done without us first, then questions and orders."""
    walk, seen = turn.rollout.walk(event.walk), event.seen
    if not walk.argo.pod_hash:
        return _unbegun(turn, walk, event)
    if seen.current_hash != walk.argo.pod_hash:
        return turn if walk.home else _replaced(turn, walk, seen)
    if seen.aborted and seen.status == "Degraded" and not seen.is_promoted:
        if seen.abort_message:
            return revert(turn, f"aborted: {seen.abort_message}", CONTROLLER)
        return revert(turn, *_aborted(seen))
    if turn.rollout.stage is Stage.WALKING and not seen.is_promoted:
        turn = _promoting(turn, walk, seen)
    turn = _guarded(turn, turn.rollout.walk(walk.id), seen)
    turn = _ordered(turn, turn.rollout.walk(walk.id), seen)
    if turn.rollout.stage is not Stage.WALKING:
        return turn
    return silenced(_answered(asked(turn, before, seen), walk.id, seen), event)


def _aborted(seen: ArgoSeen) -> tuple[str, Actor]:
    """That somebody aborted it, and who, as far as the cluster tells: the client, or nobody that is known."""
    name = seen.aborted_by
    if not name:
        return "aborted outside Leadsman", SOMEBODY
    if name == OURS:
        return "aborted by hand, with leadsman abort --direct", Actor(name, name, IN_CLUSTER)
    return f"aborted with {name}, not through Leadsman", Actor(name, name, IN_CLUSTER)


def _unbegun(turn: Turn, walk: Walk, event: ArgoObserved) -> Turn:
    """Before the controller began with the candidate: whatever speaks against beginning ends it here."""
    seen = event.seen
    if not event.writes:
        return close(turn, Outcome.CANCELLED, ONLY_OBSERVED)
    if is_other(seen, walk.argo.found_hash):
        who = author(seen).name
        return revert(
            turn, f"{_version(seen)} was set by {who} before this could begin", author(seen), Outcome.SUPERSEDED
        )
    why = shortcut(walk.argo.start, seen, turn.rollout.candidate)
    return revert(turn.tell(What.DROPPED, verb=walk.argo.start, why=why), why) if why else turn


def _replaced(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    """Somebody set another template in mid-rollout: the one before, which is a way back, or a third."""
    who = author(seen)
    if seen.current_hash == walk.argo.base_hash:
        return revert(turn, f"taken back by {who.name}, not through Leadsman", who)
    return revert(turn, f"{_version(seen)} was set by {who.name} in mid-rollout", who, Outcome.SUPERSEDED)


def _version(seen: ArgoSeen) -> str:
    return image_version(seen.image) if seen.image else "another version"


def _promoting(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    """The way to the end without further steps: an undo of ours goes it by itself, and somebody else can have sent it there."""
    if seen.promote_full:
        turn = void(turn, "promoted to 100% elsewhere, not through Leadsman")
        turn = turn.tell(What.PROMOTED_FULL, SOMEBODY, reason="", step=walk.argo.step, elsewhere=True)
    elif walk.argo.start is not Start.UNDO:
        return turn
    return turn.set(stage=Stage.PROMOTING).tell(What.PROMOTING)


def _guarded(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    """Kept at its step by `spec.paused`, while an inconclusive analysis would carry it past the next pause (08l), and until the controller
    has read that it was promoted."""
    argo, standing = walk.argo, inconclusive(seen) is not None
    kept = guards(walk, seen) or (argo.guarding and (standing or seen.is_unpausing))
    if kept == argo.guarding:
        return turn
    turn = turn.with_walk(replace(walk, driver=replace(argo, guarding=kept)))
    note = (
        "kept at its step (spec.paused), so that the inconclusive analysis cannot carry it past the pause that follows"
    )
    return turn.tell(What.NOTED, note=note) if kept else turn


def _ordered(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    """The order that a person gave: sent while what it is about is there, done when that is gone, dropped when it was gone before."""
    order = walk.argo.order
    if order is None:
        return turn
    if _is_valid(order, walk, seen):
        may = not turn.rollout.holds and walk.argo.forward
        sent = replace(order, sent=order.sent or may)
        return turn.with_walk(replace(walk, driver=replace(walk.argo, order=sent)))
    turn = turn.with_walk(replace(walk, driver=replace(walk.argo, order=None)))
    why = "what it was about was over before it could be sent"
    return turn if order.sent else turn.tell(What.DROPPED, verb=order.verb, why=why)


def _answered(turn: Turn, walk_id: str, seen: ArgoSeen) -> Turn:
    """The promote that people's answers come to, for exactly the pauses that stand."""
    walk = turn.rollout.walk(walk_id)
    argo = walk.argo
    if turn.rollout.holds or not argo.forward or argo.order or not is_answered(turn.rollout, walk, seen):
        return turn
    order = Order(ArgoVerb.PROMOTE, argo.step, argo.pauses, sent=True)
    return turn.with_walk(replace(walk, driver=replace(argo, order=order)))


def _is_valid(order: Order, walk: Walk, seen: ArgoSeen) -> bool:
    if order.verb is ArgoVerb.TERMINATE:
        return order.run in walk.argo.runs
    pauses = {pausing.key for pausing in seen.pauses}
    return pauses == set(order.pauses) and walk.argo.step == order.step


def _ended(turn: Turn, event: ArgoObserved) -> Turn:
    """Ended means decided *and* seen at rest, with the claim given back. What was only observed is left to the controller."""
    walk, seen = turn.rollout.walk(event.walk), event.seen
    back = turn.rollout.stage is Stage.REVERTING
    if not back and is_done(turn.rollout, walk, seen):
        walk = replace(walk, home=True)
        turn = turn.with_walk(walk)
    if not event.writes and back:
        return close(turn, Outcome.CANCELLED, f"{turn.rollout.why}; {ONLY_OBSERVED}")
    if event.writes and seen.claim != given_back(turn.rollout, walk):
        return turn
    if not back:
        return close(turn, Outcome.HEALTHY) if walk.home else turn
    return _home(turn, walk, seen) if is_home(turn.rollout, walk, seen) else turn


def _home(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    """The end of a way back, and what it leaves behind, in a sentence."""
    rollout, argo = turn.rollout, walk.argo
    ending = rollout.ending or Outcome.ROLLED_BACK
    if argo.start is Start.RESTART:
        why = f"{rollout.why}; a restart cannot be taken back, the controller goes on with it"
        return close(turn, Outcome.CANCELLED, why)
    if not argo.base_hash:
        return close(turn, Outcome.CANCELLED, f"{rollout.why}; there is no version before it, so it stays as it is")
    if not argo.pod_hash and ending is Outcome.ROLLED_BACK:
        return close(turn, Outcome.CANCELLED)
    if seen.current_hash != argo.pod_hash:
        return close(turn, ending)
    if is_retried(rollout, walk, seen):
        return close(turn, ending, f"{rollout.why}{RETRIED}")
    return close(turn, ending, f"{rollout.why}; {still_asked_for(rollout.candidate.version)}")
