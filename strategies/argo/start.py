"""Why a rollout must not begin on a Rollout as it is: looked at before the start, and once more before the verb that it begins with."""

from typing import assert_never

from strategies.argo.driver import Start
from strategies.argo.fasttrack import fast_track_of
from strategies.argo.seen import ArgoSeen
from strategies.argo.standing import is_taken_up
from strategies.model import Revision


def start_problem(start: Start, seen: ArgoSeen, candidate: Revision) -> str | None:
    """The sentence that forbids the start, and says what to do instead; None where nothing does."""
    if not seen.exists:
        return "There is no such Rollout. Create it first, or correct its name in the configuration."
    return _by_start(start, seen, candidate) or _kept(start, seen) or shortcut(start, seen, candidate)


def _unready(seen: ArgoSeen) -> str | None:
    """Why nothing can be decided on what the controller says now, or None."""
    if not is_taken_up(seen):
        return "The controller has not taken up the last change of the Rollout yet. Try again in a moment, or look whether it runs."
    if not seen.current_hash:
        return "The controller has not said yet which template it walks with. Look whether Argo Rollouts runs, and is not older than 0.9."
    return None


def _by_start(start: Start, seen: ArgoSeen, candidate: Revision) -> str | None:
    match start:
        case Start.ELSEWHERE:
            return None
        case Start.DEPLOY | Start.UNDO:
            there = _there_already(seen, candidate) if candidate.runs_as(seen.image) else _moving(seen)
            return _unready(seen) or there
        case Start.RETRY:
            if unready := _unready(seen):
                return unready
            if not seen.aborted or seen.current_hash == seen.stable_hash:
                return "Nothing to retry: the Rollout is not aborted. Deploy a version instead."
            if not candidate.runs_as(seen.image):
                return f"What was aborted is {seen.image}, not {candidate.version}: deploy {candidate.version} instead."
            return None
        case Start.RESTART:
            moving = "Not while another version is on its way or was aborted: end that first, then restart."
            return _unready(seen) or (moving if seen.current_hash != seen.stable_hash else None)
        case _ as unreachable:
            assert_never(unreachable)


def _there_already(seen: ArgoSeen, candidate: Revision) -> str:
    version = candidate.version
    if seen.current_hash == seen.stable_hash:
        return f"{version} already runs there: there is nothing to roll out."
    if seen.aborted:
        return f"{version} was aborted there, and the Rollout still asks for it: retry it instead."
    return f"{version} is already on its way there: promote or abort that instead."


def _moving(seen: ArgoSeen) -> str | None:
    if seen.aborted or seen.current_hash == seen.stable_hash or not seen.stable_hash:
        return None
    return f"{seen.image} is on its way there, not through Leadsman: promote it to the end or abort it first."


def _kept(start: Start, seen: ArgoSeen) -> str | None:
    """Git owns the template: what would be changed in the cluster alone is taken back by Argo CD (T9)."""
    if start not in (Start.DEPLOY, Start.UNDO) or not seen.self_heals:
        return None
    return (
        f"The Argo CD application {seen.keeper} keeps this Rollout as Git has it (selfHeal) and would take a change made here back. "
        "Change the version in Git instead; promote, abort, pause and retry stay possible here."
    )


def shortcut(start: Start, seen: ArgoSeen, candidate: Revision) -> str | None:
    """Why the start would bring the candidate live without its gate (blue/green, recorded cases 09f and 09i), or None."""
    if start is Start.RETRY and seen.aborted and seen.fast_track:
        return f"A retry now would skip the gate: {seen.fast_track}. Wait until then, or deploy another version."
    track = fast_track_of(seen, candidate.image, candidate.pinned) if start is Start.DEPLOY else ""
    return f"A deploy now would skip the gate: {track}. Wait until then." if track else None
