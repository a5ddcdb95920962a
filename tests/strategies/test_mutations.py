"""Each thing that must never happen, broken on purpose: a named change of the source, and the test that fails under it.

The changed module is compiled from its source with one piece replaced, in a fresh import of the machine and of the tests that hunt; the
machine that other tests run is left as it is.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutated", max_examples=1000, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck), print_blob=False,
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """In `module`, `old` becomes `new`; then the `hunter`, a test by module and name, must fail."""

    name: str
    module: str
    old: str
    new: str
    hunter: str
    given: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


ROUTER, PODS = {"routed": True}, {"routed": False}
SAFE = "test_exhaustive.test_whatever_crashes_or_comes_late_everybody_is_served_and_home_is_reached"
HELD = "test_exhaustive.test_holding_and_resuming_at_any_moment_turns_nobody_away"
LOST = "test_exhaustive.test_a_pod_lost_at_any_moment_is_taken_into_account_at_the_next_look"
BACK = "test_exhaustive.test_weight_that_a_plan_takes_back_is_not_brought_again_by_a_late_write"
STRANGE = "test_exhaustive.test_whatever_somebody_else_writes_there_is_a_way_home_or_people_are_asked"
CALM = "test_properties.test_in_a_calm_life_nobody_is_turned_away_and_home_is_reached"
HOME = "test_stories_home.test_an_abort_at_any_moment_brings_base_home_also_from_a_half_done_promotion"

FORWARD = (
    Mutation(
        "a gate is passed without its answer", "walk",
        "return ask is not None and ask.ended is AskEnd.APPROVED", "return ask is not None", HELD, ROUTER,
    ),
    Mutation(
        "silence passes the gate", "walk",
        "turn = turn.with_ask(replace(ask, ended=AskEnd.EXPIRED))\n", "return turn.with_ask(replace(ask, ended=AskEnd.APPROVED))\n",
        "test_stories.test_silence_at_a_gate_aborts_or_holds_but_never_passes",
    ),
    Mutation(
        "no data is success", "judge.run",
        "if run.phase is not Verdict.SUCCESSFUL or any(_good(result) for result in run.metrics if not result.dry_run):", "if True:",
        "test_stories_analysis.test_measurements_taken_without_a_ready_canary_pod_are_asked_of_people",
    ),
    Mutation(
        "an analysis that runs is an analysis that passed", "activities",
        "is Verdict.SUCCESSFUL\n", "is not Verdict.FAILED\n",
        "test_stories_analysis.test_a_good_version_is_measured_and_goes_on", ROUTER,
    ),
    Mutation(
        "background proof is ignored", "walk",
        "return has_proof(activity, walk, event.awake)", "return True",
        "test_stories_analysis.test_without_fresh_proof_neither_a_weight_nor_the_promotion_follows",
    ),
    Mutation(
        "a late measurement counts", "activities",
        " or activity.sequence != event.sequence", "",
        "test_stories_analysis.test_a_late_measurement_of_an_earlier_run_counts_for_nothing",
    ),
    Mutation(
        "a measurement looks back to before its weight", "activities",
        "yield activity, replace(one, at=max(one.at, activity.since + activity.window))", "yield activity, one",
        "test_stories_analysis.test_a_first_measurement_waits_for_as_long_as_its_query_reaches_back",
    ),
    Mutation(
        "promote goes past a gate", "commands",
        "        case Pause():\n            told", "        case Pause() | Gate():\n            told",
        "test_stories.test_promote_skips_neither_a_gate_nor_a_move_nor_the_end",
    ),
    Mutation(
        "promote twice moves two steps", "refusals",
        "if saw is None or saw == position(rollout):", "if True:",
        "test_stories.test_two_presses_never_move_two_steps",
    ),
    Mutation(
        "skipping needs no reason", "refusals",
        'return None if reason.strip() else f"Not {act}.', 'return None if True else f"Not {act}.',
        "test_stories.test_skipping_a_gate_needs_the_role_and_a_reason_and_closes_its_question",
    ),
)  # fmt: skip

ONE_HAND = (
    Mutation(
        "somebody else's workload is written", "effects",
        "return claim is not None and bool(claim.rollout) and not is_ours(rollout, claim)", "return False",
        "test_stories_strangers.test_a_verdict_that_turns_back_writes_nothing_in_other_hands",
    ),
    Mutation(
        "somebody else's claim is not noticed", "look",
        "if claim.rollout and not is_ours(turn.rollout, claim):", "if False:",
        "test_stories_strangers.test_another_installation_that_takes_the_claim_is_left_alone",
    ),
    Mutation("growth before the claim", "effects", "if seen.stable.claim == claim:", "if True:", SAFE, ROUTER),
    Mutation(
        "a start does not look at the claim", "machine",
        "if before_us or any(one.claimed for one in rollout.walks):", "if True:",
        "test_stories_home.test_a_deployment_that_another_installation_holds_is_not_touched",
    ),
    Mutation(
        "lost memory is not noticed", "look",
        "if claim.fence <= walk.fence or begins:", "if True:",
        "test_stories_strangers.test_a_database_restored_from_before_the_first_look_is_noticed_too",
    ),
    Mutation(
        "somebody's own image is overwritten", "look",
        "return not ours and (image or GONE) != walk.foreign and rollout.stage is not Stage.REVERTING", "return False",
        "test_stories_strangers.test_also_in_the_middle_of_a_move",
    ),
    Mutation(
        "a fight never ends", "look",
        "if len(lately) < REPAIRS:", "if True:",
        "test_stories_strangers.test_after_three_repairs_it_does_not_fight_on",
    ),
)  # fmt: skip

CAPACITY = (
    Mutation(
        "an abort brings the candidate home", "walk",
        "revision = turn.rollout.candidate if forward else walk.base\n    aim", "revision = turn.rollout.candidate\n    aim",
        HOME, ROUTER,
    ),
    Mutation(
        "an abort is refused while it goes live", "commands",
        '    if turn.rollout.stage is Stage.REVERTING:\n        return refused(turn.rollout, f"It is already',
        '    if turn.rollout.stage is not Stage.WALKING:\n        return refused(turn.rollout, f"It is already',
        HOME, ROUTER,
    ),
    Mutation(
        "stable shrinks before the canary is ready", "aim",
        "counts = advance(wanted, seen_counts(seen), available_counts(seen), walk.replicas, limits)", "counts = wanted",
        "test_stories.test_without_a_router_pods_go_only_as_others_get_ready",
    ),
    Mutation(
        "the way home does not wait for pods", "home",
        "counts = advance(wanted, seen_counts(seen), available_counts(seen), walk.replicas, limits_of(walk))", "counts = wanted",
        SAFE, PODS,
    ),
    Mutation(
        "the canary goes before its traffic", "aim",
        "counts.canary < now.canary.replicas and not _may_shrink(walk, seen, at):", "False:",
        "test_stories.test_a_plan_may_take_weight_back",
    ),
    Mutation(
        "revision changed while it serves", "home",
        "    if is_quiet(walk, seen, Side.STABLE, at):\n        return replace(now, stable=",
        "    if seen.canary.ready:\n        return replace(now, stable=",
        "test_stories.test_a_good_canary_goes_live_with_two_approvals", ROUTER,
    ),
    Mutation(
        "a weight is believed at once", "traffic",
        "at - walk.shift.since >= SETTLE", "at >= walk.shift.since", SAFE, ROUTER,
    ),
    Mutation(
        "a share is moved to a side before it is ready for it", "traffic",
        "return min(100, 100 * (ready + limits_of(walk).unavailable) // walk.replicas)", "return 100", SAFE, ROUTER,
    ),
)  # fmt: skip

TRAFFIC = (
    Mutation(
        "weight is raised without ready pods", "aim",
        "ready = seen.canary.ready >= _routed_counts(walk, seen).canary", "ready = True", CALM,
    ),
    Mutation(
        "a canary without pods keeps its traffic", "aim",
        "    if seen.canary.ready == 0:\n        return 0 if seen.stable.ready else now\n", "", LOST, ROUTER,
    ),
    Mutation(
        "a canary without pods keeps its traffic while it goes live", "home",
        "    if not urgent and now.weight and seen.canary.ready == 0 and seen.stable.ready:\n        return replace(now, weight=0)\n", "",
        "test_stories_home.test_a_canary_that_falls_over_while_it_goes_live_gives_its_traffic_back",
    ),
    Mutation(
        "an abort gives the candidate traffic", "home",
        "if not urgent and now.weight and", "if now.weight and",
        "test_stories_home.test_base_on_the_canary_side_that_falls_over_never_gives_the_candidate_traffic",
    ),
)  # fmt: skip

BINDING = (
    Mutation(
        "a digest change is not held", "look",
        'turn = revoked(turn, f"{candidate.version} was pushed again")\n', "return turn\n",
        "test_stories_strangers.test_a_tag_that_is_pushed_again_is_held_and_voids_what_was_approved", ROUTER,
    ),
    Mutation(
        "an approval survives another digest", "look",
        '    turn = revoked(turn, f"{candidate.version} was pushed again")\n', "",
        "test_stories_strangers.test_an_approval_that_has_not_opened_its_gate_yet_is_void_too",
    ),
    Mutation(
        "a digest that was pushed again is gone on with", "commands",
        "if (repushed := rollout.hold(HoldKind.DIGEST)) is not None:", "if (repushed := rollout.hold(HoldKind.DIGEST)) is None and False:",
        "test_stories_strangers.test_a_tag_that_is_pushed_again_is_held_and_voids_what_was_approved", ROUTER,
    ),
)  # fmt: skip

ROLES = (
    Mutation(
        "the starter's own vote counts", "asks",
        "if yes and who.actor.id == rollout.by.id and not rollout.policy.own_approval:", "if False:",
        "test_stories.test_votes_count_once_from_people_with_the_role_who_did_not_start_it",
    ),
    Mutation(
        "one person counts twice", "asks",
        "if yes and any(vote.by.id == who.actor.id for vote in ask.yes):", "if False:",
        "test_stories.test_votes_count_once_from_people_with_the_role_who_did_not_start_it",
    ),
    Mutation(
        "anybody may vote", "asks",
        "if not who.roles & set(ask.roles):", "if False:", "test_properties.test_nobody_acts_without_the_role",
    ),
    Mutation(
        "anybody may act", "refusals",
        "if not needed or event.by.roles & set(needed):", "if True:", "test_properties.test_nobody_acts_without_the_role",
    ),
    Mutation(
        "a button is drawn that the act refuses", "allowed",
        "if any(decide(rollout, made(at, who, ask)).refusal is None for ask in asks)", "",
        "test_properties.test_what_is_allowed_is_exactly_what_is_accepted",
    ),
)  # fmt: skip

ENDED = (
    Mutation(
        "ended can change", "machine",
        "    if turn.rollout.stage not in MOVING:\n        return turn\n    turn = _unclaimed",
        "    turn = turn.set(ended=None)\n    turn = _unclaimed", SAFE, ROUTER,
    ),
    Mutation(
        "an act changes what has ended", "refusals",
        "    if not rollout.is_final:\n        return None\n", "    return None\n",
        "test_stories_home.test_an_abort_on_the_way_back_is_refused_and_so_is_everything_that_is_not_home",
    ),
    Mutation("it ends before the claim is given back", "walk", "not claim.rollout and claim.fence", "claim.fence", SAFE, ROUTER),
    Mutation("it ends before stable is at rest", "home", "        and stable.settled\n", "", LOST, PODS),
    Mutation(
        "a question waits for ever", "walk",
        "if event.at < deadline_of(ask, event.awake):", "if True:",
        "test_stories.test_silence_at_a_gate_aborts_or_holds_but_never_passes",
    ),
    Mutation(
        "people are reminded again and again", "asks",
        "turn.with_ask(replace(ask, reminded=passed)).tell(What.REMINDED, **facts)", "turn.tell(What.REMINDED, **facts)",
        "test_stories.test_what_people_were_not_reminded_of_in_our_absence_is_made_good_once",
    ),
    Mutation(
        "nothing wakes for a reminder", "due",
        "next_reminder(ask, awake) or deadline_of(ask, awake)", "deadline_of(ask, awake)",
        "test_stories.test_people_are_reminded_at_half_time_and_a_quarter_of_an_hour_before_the_deadline", ROUTER,
    ),
    Mutation(
        "broken pods wait for ever", "due",
        "times.append(max(walk.waiting, awake) + walk.native.plan.progress_deadline)", "pass",
        "test_stories_home.test_a_version_whose_pods_never_get_ready_goes_home_by_itself", ROUTER,
    ),
)  # fmt: skip

FENCE = (
    Mutation(
        "the fence is not raised when pods go", "aim",
        "        \"canary\": new.canary.replicas < old.canary.replicas,\n", "", BACK, PODS,
    ),
    Mutation(
        "the fence is not raised when weight goes", "aim",
        "        \"weight\": new.weight < old.weight,\n", "", BACK, ROUTER,
    ),
    Mutation(
        "the fence is not raised when something is given again", "aim",
        "raised = walk.aim is None or takes_back(walk.aim, aim) or bool(again)", "raised = walk.aim is None or takes_back(walk.aim, aim)",
        BACK, PODS,
    ),
    Mutation(
        "the fence is not raised at a turn", "aim",
        "raised = walk.aim is None or takes_back(walk.aim, aim) or bool(again)",
        "raised = walk.fence == 0 or (walk.aim is not None and takes_back(walk.aim, aim))", SAFE, ROUTER,
    ),
    Mutation(
        "what takes back does not wait for the fence", "effects",
        "return stable and canary and route", "return True", SAFE, ROUTER,
    ),
    Mutation(
        "the fence is written to the workload alone", "effects",
        "canary = seen.canary.image is None or seen.canary.claim == claim", "canary = True", SAFE, PODS,
    ),
)  # fmt: skip

AWAY = (
    Mutation(
        "an unclear look moves forward", "walk",
        "return event.clear and not rollout.holds", "return not rollout.holds",
        "test_stories.test_nothing_moves_forward_while_the_clock_is_not_to_be_trusted",
    ),
    Mutation(
        "a hold does not stop a move under way", "walk",
        "    if not may_move(turn.rollout, event):\n        aim = kept(walk, aim, event.seen)\n    return turn.with_walk(aimed(walk",
        "    return turn.with_walk(aimed(walk",
        "test_stories.test_a_hold_in_the_middle_of_a_move_stops_the_traffic_where_it_is",
    ),
    Mutation(
        "a hold does not stop it going live", "walk",
        "    if forward and not may_move(turn.rollout, event):\n", "    if False:\n",
        "test_stories.test_a_hold_while_it_goes_live_stops_that_too_and_may_be_lifted",
    ),
    Mutation(
        "proof from before an outage is enough", "activities",
        "fresh_success(activity.run, max(walk.in_place, awake))", "fresh_success(activity.run, walk.in_place)",
        "test_stories_analysis.test_after_an_outage_the_guard_must_have_measured_again",
    ),
    Mutation(
        "a verdict from before an outage is enough", "activities",
        "return not activity.accepted and completed is not None and completed < awake", "return False",
        "test_stories_analysis.test_a_verdict_from_before_an_outage_is_measured_anew",
    ),
    Mutation(
        "no grace after an outage", "asks",
        "return max(ask.deadline, awake + GRACE) if ask.opened < awake and ask.deadline <= awake else ask.deadline", "return ask.deadline",
        "test_stories.test_a_deadline_that_fell_into_our_absence_leaves_people_a_quarter_of_an_hour",
    ),
    Mutation(
        "our absence counts as lack of progress", "walk",
        "at - max(walk.waiting, awake) >=", "at - walk.waiting >=",
        "test_stories_home.test_the_progress_deadline_does_not_count_our_absence",
    ),
)  # fmt: skip

MUTATIONS: Sequence[Mutation] = (
    *FORWARD, *ONE_HAND, *CAPACITY, *TRAFFIC, *BINDING, *ROLES, *ENDED, *FENCE, *AWAY,
)  # fmt: skip


class _Changed(SourceFileLoader):
    """Loads a module from its source with one piece replaced."""

    def __init__(self, fullname: str, path: str, mutation: Mutation) -> None:
        super().__init__(fullname, path)
        self._mutation = mutation

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode()
        if source.count(self._mutation.old) != 1:
            raise RuntimeError(f"{fullname} does not say this exactly once: {self._mutation.old!r}")
        return compile(source.replace(self._mutation.old, self._mutation.new), self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, mutation: Mutation) -> None:
        self._mutation = mutation
        self._name = f"strategies.{mutation.module}"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Changed(fullname, spec.origin, self._mutation)
        return spec


@contextmanager
def mutated(mutation: Mutation) -> Iterator[None]:
    """The machine and the tests that hunt are imported anew, with the mutation; afterwards all is as before."""
    import tests

    ours = {
        name: module
        for name, module in sys.modules.items()
        if name.split(".")[0] == "strategies" or name.startswith("tests.strategies")
    }
    package, profile, finder = tests.strategies, settings.get_current_profile_name(), _Finder(mutation)  # type: ignore[attr-defined]
    for name in ours:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    settings.load_profile("mutated")
    try:
        yield
    finally:
        settings.load_profile(profile)
        sys.meta_path.remove(finder)
        for name in [
            one for one in sys.modules if one.split(".")[0] == "strategies" or one.startswith("tests.strategies")
        ]:
            del sys.modules[name]
        sys.modules.update(ours)
        tests.strategies = package  # type: ignore[attr-defined]


def fails_under(mutation: Mutation) -> None:
    """The hunter fails where the mutation is."""
    module, _, name = mutation.hunter.rpartition(".")
    with mutated(mutation):
        hunter = getattr(importlib.import_module(f"tests.strategies.{module}"), name)
        with pytest.raises((AssertionError, LookupError, StopIteration, ExceptionGroup)):
            hunter(**mutation.given)


def is_a_test(mutation: Mutation) -> None:
    """The hunter exists, so that it fails for what it is about."""
    module, _, name = mutation.hunter.rpartition(".")
    assert callable(getattr(importlib.import_module(f"tests.strategies.{module}"), name))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_test_fails_where(mutation: Mutation) -> None:
    fails_under(mutation)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_the_hunter_is_a_test(mutation: Mutation) -> None:
    is_a_test(mutation)
