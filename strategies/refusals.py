"""Why a person may not do something now: the sentence for each case that means the same whoever walks, and for every act."""

from strategies.events import Approve, Command, MeasureAgain, Position, Promote, PromoteFull, Reject, Skip, Terminate
from strategies.model import Rollout, Stage, Who
from strategies.position import position

NOTHING = "Nothing changed."


def act_problem(rollout: Rollout, event: Command) -> str | None:
    """Why nobody, or not this person, may do anything of this kind now, or None."""
    return _role_problem(rollout, event) or _over(rollout)


def needed_roles(rollout: Rollout, event: type[Command]) -> tuple[str, ...]:
    """The roles of which a person needs one for this kind of act. A question's own roles are checked with its vote."""
    if event in (Approve, Reject):
        return ()
    bypass = event in (Skip, PromoteFull, MeasureAgain, Terminate)
    return rollout.policy.approvers if bypass else rollout.policy.deployers


def _role_problem(rollout: Rollout, event: Command) -> str | None:
    """Why this person may not do this at all, or None."""
    needed = needed_roles(rollout, type(event))
    if not needed or event.by.roles & set(needed):
        return None
    return f"Not done. {missing_role(rollout, event.by, needed)} {NOTHING}"


def missing_role(rollout: Rollout, who: Who, needed: tuple[str, ...]) -> str:
    """The sentence for a person without the role."""
    has = ", ".join(sorted(who.roles)) or "no role"
    return f"This needs the {' or '.join(needed)} role in {rollout.environment}; you have {has}."


def _over(rollout: Rollout) -> str | None:
    if not rollout.is_final:
        return None
    name, ended = f"{rollout.app} in {rollout.environment}", rollout.outcome
    return f"Too late: the rollout of {rollout.candidate.version} to {name} has ended ({ended}). {NOTHING}"


def _stale(rollout: Rollout, saw: Position | None) -> str | None:
    """Why what the person saw is gone, or None. Without a position the command is about what is now."""
    if saw is None or saw == position(rollout):
        return None
    return f"Not done: {rollout.app} in {rollout.environment} has moved on since you looked. {NOTHING}"


def step_problem(rollout: Rollout, event: Promote | PromoteFull | Skip) -> str | None:
    """Why no verb of a step may be given now: no reason where one is owed, no step, another one than was seen, or a hold."""
    verb, done = ("skip", "skipped") if isinstance(event, Skip) else ("promote", "promoted")
    owed = None if isinstance(event, Promote) else reasonless(event.reason, done)
    return owed or walking(rollout, verb) or _stale(rollout, event.saw) or _held(rollout)


def walking(rollout: Rollout, verb: str) -> str | None:
    """Why there is no step to act on in this stage, or None."""
    if rollout.stage is Stage.WALKING:
        return None
    state = {
        Stage.QUEUED: "it still waits in the queue",
        Stage.PREFLIGHT: "it has not started yet",
        Stage.PROMOTING: "it is already going to 100%",
        Stage.REVERTING: "it is on its way back",
    }[rollout.stage]
    return f"Nothing to {verb}: {state}. {NOTHING}"


def _held(rollout: Rollout) -> str | None:
    """Who or what holds it, as a refusal, or None."""
    if not rollout.holds:
        return None
    hold = rollout.holds[0]
    why = f" (“{hold.reason}”)" if hold.reason else ""
    return f"Not done: it is held by {hold.by.name}{why}. Resume it first. {NOTHING}"


def reasonless(reason: str, act: str) -> str | None:
    """The refusal of an act that needs a reason and has none, or None."""
    return None if reason.strip() else f"Not {act}. Say why in a few words, so that the audit can show it. {NOTHING}"
