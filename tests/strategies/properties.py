"""What must never happen, as checks of one decision on a look: each raises AssertionError with the sentence that is broken.

They are used by the walk through every state of a small world, by random lives in a lagging one and by the told stories.
"""

from collections.abc import Callable, Iterator
from math import ceil

from strategies.activities import activity_at
from strategies.asks import asked_at
from strategies.effects import PatchRoute, PatchSide, Write
from strategies.events import Observed
from strategies.judge.run import native_verdict
from strategies.judge.verdict import Verdict
from strategies.model import AskEnd, Outcome, Rollout, Seen, Side, SideSeen, Stage, Walk
from strategies.steps import Analysis, Gate, Pause, SetWeight
from strategies.traffic import limits_of
from tests.strategies.world import World, attempt

Check = Callable[[Rollout, Observed, Rollout, tuple[Write, ...]], None]


def steps_passed(before: Rollout, event: Observed, after: Rollout) -> Iterator[tuple[Walk, int]]:
    """The steps that the looked-at walk went past."""
    old, new = before.walk(event.walk), after.walk(event.walk)
    for number in range(old.native.cursor, new.native.cursor):
        yield old, number


# 1. Forward only by proof or people


def forward_is_earned(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    for walk, number in steps_passed(before, event, after):
        step = walk.native.plan.steps[number]
        if isinstance(step, Gate):
            gate_is_answered(after, walk, number, step)
        elif isinstance(step, Analysis):
            analysis_has_passed(after, walk, number)
        elif isinstance(step, Pause):
            assert step.duration is not None, "an endless pause ended by itself"
    if before.stage is Stage.WALKING and after.stage is Stage.PROMOTING:
        for walk in after.walks:
            assert walk.native.cursor == len(walk.native.plan.steps), "promoted before the end of the plan"
    traffic_is_allowed(before, event, after, writes)


def gate_is_answered(after: Rollout, walk: Walk, number: int, gate: Gate) -> None:
    asks = [
        ask for ask in after.asks if ask.walk == walk.id and ask.binding.position == number and ask.activity is None
    ]
    assert asks and asks[-1].ended is AskEnd.APPROVED, "a gate was passed without its approval"
    voters = {vote.by.id for vote in asks[-1].yes}
    assert len(voters) >= gate.approvals, "a gate was passed with too few people"
    assert after.by.id not in voters or after.policy.own_approval, "the starter's own vote opened a gate"


def analysis_has_passed(after: Rollout, walk: Walk, number: int) -> None:
    activity = activity_at(after, walk, number)
    assert activity is not None, "an analysis was passed that never ran"
    assert activity.accepted or native_verdict(activity.run)[0] is Verdict.SUCCESSFUL, (
        "an analysis was passed without success"
    )
    good = [
        one
        for metric in activity.run.metrics
        for one in metric.measurements
        if one.ready and one.phase is Verdict.SUCCESSFUL
    ]
    assert activity.accepted or good, "no data was taken for success"
    assert activity.accepted or all(one.started_at >= activity.since + activity.window for one in good), (
        "its window reached back"
    )


def highest_allowed(rollout: Rollout, walk: Walk) -> int:
    """The greatest weight that the plan has come to: every setWeight up to the cursor."""
    if rollout.stage is Stage.PROMOTING:
        return 100
    reached = walk.native.plan.steps[: walk.native.cursor + 1]
    return max([0, *(step.weight for step in reached if isinstance(step, SetWeight))])


def traffic_is_allowed(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    walk, back = after.walk(event.walk), after.stage is Stage.REVERTING
    base_on_canary = walk.base.runs_as(event.seen.canary.image)
    for write in writes:
        if not isinstance(write, PatchRoute) or write.weight is None:
            continue
        if write.weight < write.expect_weight:
            given = back and base_on_canary and not walk.base.runs_as(event.seen.stable.image)
            assert not given, "an abort gave the candidate traffic"
        elif back:
            assert base_on_canary, "an abort gave the candidate traffic"
        else:
            assert write.weight <= highest_allowed(after, walk), "more traffic than the plan has come to"
            assert not after.holds, "traffic moved forward under a hold"
            assert event.clear, "traffic moved forward on an unclear look"


# 3. What serves keeps what it needs


def capacity_is_kept(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    walk, seen = after.walk(event.walk), event.seen
    for write in writes:
        if isinstance(write, PatchSide):
            side_keeps_enough(walk, seen, write, writes)
        elif isinstance(write, PatchRoute) and write.weight is not None:
            enough_takes_it(walk, seen, write.expect_weight, write.weight)


def needed(walk: Walk, share: int) -> int:
    """The ready pods that a share of the traffic in percent needs."""
    return ceil(walk.replicas * share / 100) - limits_of(walk).unavailable


def share_of(walk: Walk, seen: Seen, side: Side) -> int:
    weight = seen.weight or 0
    return weight if side is Side.CANARY else 100 - weight


def kept_ready(one: SideSeen, write: PatchSide | None) -> int:
    """The ready pods that stay after a write. Those beyond what is asked for already are on their way out."""
    if write is not None and write.image is not None and write.image != one.image:
        return 0
    return min(one.ready, one.replicas if write is None or write.replicas is None else write.replicas)


def side_keeps_enough(walk: Walk, seen: Seen, write: PatchSide, writes: tuple[Write, ...]) -> None:
    one = seen.side(write.side)
    kept = kept_ready(one, write)
    if kept >= kept_ready(one, None):
        return
    if walk.target.router is not None:
        assert kept >= needed(walk, share_of(walk, seen, write.side)), f"{write.side} was left with too few pods"
        return
    others = {other.side: other for other in writes if isinstance(other, PatchSide)}
    total = sum(kept_ready(seen.side(side), others.get(side)) for side in Side)
    assert total >= walk.replicas - limits_of(walk).unavailable, "both sides together were left with too few pods"


def enough_takes_it(walk: Walk, seen: Seen, old: int, new: int) -> None:
    """Whoever gains traffic is ready for it; from a side without pods it goes to any that has one."""
    gains, loses = (Side.CANARY, Side.STABLE) if new > old else (Side.STABLE, Side.CANARY)
    share = new if gains is Side.CANARY else 100 - new
    ready, left = seen.side(gains).ready, seen.side(loses).ready
    assert ready > 0, f"traffic went to {gains}, which has no ready pod"
    assert left == 0 or ready >= needed(walk, share), f"traffic went to {gains} before it was ready for it"


# 4. Never traffic for nobody, and only ever towards base


def lost_pods_lose_their_traffic(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    walk, seen = after.walk(event.walk), event.seen
    frozen = any(hold.kind in ("foreign", "memory") for hold in after.holds)
    if walk.target.router is None or frozen or after.stage is Stage.ENDED or seen.weight is None or walk.aim is None:
        return
    theirs = seen.stable.claim is not None and seen.stable.claim.rollout not in ("", after.id)
    towards_base = walk.base.runs_as(seen.stable.image) or after.stage is Stage.PROMOTING
    if seen.weight and not seen.canary.ready and seen.stable.ready and towards_base and not theirs:
        assert walk.aim.weight == 0, "traffic was left with a canary that has no ready pod"


# 5. What runs is what was approved


def approval_is_for_what_runs(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    for walk, number in steps_passed(before, event, after):
        if isinstance(walk.native.plan.steps[number], Gate):
            asks = [
                ask
                for ask in after.asks
                if ask.walk == walk.id and ask.binding.position == number and ask.activity is None
            ]
            binding = asks[-1].binding
            assert binding.version == after.candidate.version, "an approval of another version opened a gate"
            assert binding.digest in (None, after.candidate.digest), "an approval of another digest opened a gate"
    digests, candidate = event.seen.canary.digests, after.candidate
    forward = after.stage in (Stage.WALKING, Stage.PROMOTING) and candidate.runs_as(event.seen.canary.image)
    if forward and digests and candidate.digest and digests != {candidate.digest}:
        assert after.holds, "a tag that was pushed again was not held"


def revision_changes_in_silence(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    """A side's revision changes only while it serves nothing."""
    walk, seen = after.walk(event.walk), event.seen
    for write in writes:
        if isinstance(write, PatchSide) and write.image is not None and write.image != seen.side(write.side).image:
            one = seen.side(write.side)
            silent = not one.pods and not one.replicas
            routed = walk.target.router is not None and share_of(walk, seen, write.side) == 0
            assert silent or routed, f"{write.side} changed its revision while it served"
            settled = walk.shift is not None and (event.at - walk.shift.since).total_seconds() >= 5
            assert silent or settled, f"{write.side} changed its revision before its traffic had left"


# 7. Ended is ended, and at rest


def ended_is_at_rest(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    if before.is_final:
        assert after == before, "an ended rollout changed"
        assert not writes, "an ended rollout wrote"
    elif after.is_final and after.outcome not in (Outcome.REFUSED, Outcome.CANCELLED):
        walk, seen = after.walk(event.walk), event.seen
        revision = after.candidate if after.outcome is Outcome.HEALTHY else walk.base
        assert revision.runs_as(seen.stable.image), "it ended with another revision on the stable side"
        assert seen.stable.ready == seen.stable.replicas == walk.replicas, "it ended before stable was complete"
        assert not seen.canary.pods and not seen.weight, "it ended with something left on the canary"
        assert seen.stable.claim is None or not seen.stable.claim.rollout, "it ended with its claim still there"
        assert not any(ask.is_open for ask in after.asks), "it ended with an open question"
        assert not writes, "an ended rollout wrote"


def nothing_waits_for_ever(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    """Whatever is asked has a deadline, and a step that asks people has a question open or answered."""
    for ask in after.asks:
        assert ask.deadline > ask.opened, "a question without a deadline"
    if after.stage is Stage.WALKING and not after.holds and event.clear:
        walk = after.walk(event.walk)
        steps, cursor = walk.native.plan.steps, walk.native.cursor
        if cursor < len(steps) and isinstance(steps[cursor], Gate):
            assert asked_at(after, walk) is not None, "a gate asked nobody"


# 2 and 11. One pair of hands, and no effect outlives its decision


def only_our_own_is_written(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    claim = event.seen.stable.claim
    if claim is not None and claim.rollout and (claim.instance, claim.rollout) != (after.instance, after.id):
        assert not writes, "somebody else's workload was written"
    ours = claim is not None and (claim.instance, claim.rollout) == (after.instance, after.id)
    for write in writes:
        on_stable = isinstance(write, PatchSide) and write.side is Side.STABLE
        assert ours or on_stable, "something was made before the workload carried the claim"


def taking_back_waits_for_the_fence(
    before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]
) -> None:
    walk, seen = after.walk(event.walk), event.seen
    claims = [seen.stable.claim]
    claims += [seen.canary.claim] if seen.canary.image is not None else []
    claims += [seen.router_claim] if seen.weight is not None else []
    fenced = all(claim is not None and claim.fence == walk.fence for claim in claims)
    for write in writes:
        takes = (isinstance(write, PatchRoute) and write.weight is not None) or (
            isinstance(write, PatchSide)
            and (write.image is not None or (write.replicas is not None and write.replicas < write.expect_replicas))
        )
        assert fenced or not takes, "something was taken back before the fence was seen on every object"


CHECKS: tuple[Check, ...] = (
    forward_is_earned,
    capacity_is_kept,
    lost_pods_lose_their_traffic,
    approval_is_for_what_runs,
    revision_changes_in_silence,
    ended_is_at_rest,
    nothing_waits_for_ever,
    only_our_own_is_written,
    taking_back_waits_for_the_fence,
)


def check_all(before: Rollout, event: Observed, after: Rollout, writes: tuple[Write, ...]) -> None:
    for check in CHECKS:
        check(before, event, after, writes)


def inert(world: World, late: Write | None) -> bool:
    """Whether a write that still may arrive can change nothing that anybody is served by."""
    if late is None:
        return True
    after = attempt(world, late)
    same = (after.weight or 0) == (world.weight or 0) and after.canary.replicas == world.canary.replicas
    return same and after.stable._replace(claim=None) == world.stable._replace(claim=None)
