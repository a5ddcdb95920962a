"""Why a rollout must not begin on a Rollout as it is: looked at before the start, and once more before the verb that it begins with."""

from typing import assert_never

from strategies.argo.driver import Start
from strategies.argo.seen import ArgoSeen
from strategies.argo.traps import deployed_past_its_gate, not_taken_up, nothing_to_retry, retried_past_its_gate
from strategies.model import Revision


def start_problem(start: Start, seen: ArgoSeen, candidate: Revision) -> str | None:
    """The sentence that forbids the start, and says what to do instead; None where nothing does."""
    if not seen.exists:
        return "There is no such Rollout. Create it first, or correct its name in the configuration."
    problem = "" if start is Start.ELSEWHERE else _unready(seen)
    problem = problem or _by_start(start, seen, candidate) or _kept(start, seen)
    return problem or shortcut(start, seen, candidate) or None


def _unready(seen: ArgoSeen) -> str:
    """Why nothing can be decided on what the controller says now; empty where it can."""
    unsaid = "The controller has not said yet which template it walks with. Look whether Argo Rollouts runs, and is not older than 0.9."
    return not_taken_up(seen) or ("" if seen.current_hash else unsaid)


def _by_start(start: Start, seen: ArgoSeen, candidate: Revision) -> str:
    match start:
        case Start.DEPLOY | Start.UNDO:
            return _there_already(seen, candidate) if candidate.runs_as(seen.image) else _moving(seen)
        case Start.RETRY:
            other = f"What was aborted is {seen.image}, not {candidate.version}: deploy {candidate.version} instead."
            return nothing_to_retry(seen) or ("" if candidate.runs_as(seen.image) else other)
        case Start.RESTART:
            moving = "Not while another version is on its way or was aborted: end that first, then restart."
            return "" if seen.is_promoted else moving
        case Start.ELSEWHERE:
            return ""
        case _ as unreachable:
            assert_never(unreachable)


def _there_already(seen: ArgoSeen, candidate: Revision) -> str:
    version = candidate.version
    if seen.is_promoted:
        return f"{version} already runs there: there is nothing to roll out."
    if seen.aborted:
        return f"{version} was aborted there, and the Rollout still asks for it: retry it instead."
    return f"{version} is already on its way there: promote or abort that instead."


def _moving(seen: ArgoSeen) -> str:
    if seen.aborted or seen.is_promoted or not seen.stable_hash:
        return ""
    return f"{seen.image} is on its way there, not through Leadsman: promote it to the end or abort it first."


def _kept(start: Start, seen: ArgoSeen) -> str:
    """Git owns the template: what would be changed in the cluster alone is taken back by Argo CD (T9)."""
    if start not in (Start.DEPLOY, Start.UNDO) or not seen.self_heals:
        return ""
    return (
        f"The Argo CD application {seen.keeper} keeps this Rollout as Git has it (selfHeal) and would take a change made here back. "
        "Change the version in Git instead; promote, abort, pause and retry stay possible here."
    )


def shortcut(start: Start, seen: ArgoSeen, candidate: Revision) -> str:
    """Why the start would bring the candidate live without its gate (blue/green, recorded cases 09f and 09i); empty where it would not."""
    if start is Start.RETRY:
        return retried_past_its_gate(seen)
    return deployed_past_its_gate(seen, candidate.image, candidate.pinned) if start is Start.DEPLOY else ""
