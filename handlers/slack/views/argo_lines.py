"""The thread's lines about a walk of Argo's controller: its beginning, what was done without us, and orders that came to nothing."""

from handlers.slack.views.argo import after, began, began_elsewhere, client_name, sentence, switches
from handlers.slack.views.prose import Line, person, shorten
from strategies.argo.driver import Start
from strategies.argo.standing import CONTROLLER, is_by_others
from strategies.events import Happening
from strategies.model import Actor, Outcome, Rollout
from strategies.snapshot import Snapshot

_LONG = 300


def started(by: Actor, rollout: Rollout, shown: Snapshot, version: str) -> Line:
    """Who began it and how, and the way that its controller will go, once that was seen."""
    start = rollout.walks[0].argo.start
    begun = (
        (f"{version} was {began_elsewhere(by)}",) if start is Start.ELSEWHERE else began(start, (person(by),), version)
    )
    texts = [stop.text for stop in shown.rail if not stop.text.startswith("waiting")]
    stops = ["approval" if text.startswith("approval") else text for text in texts]
    way = f" Plan: {' → '.join(stops)}." if len(stops) > 1 and start is not Start.RESTART else ""
    return (*begun, f".{way}")


def begun(happening: Happening) -> Line:
    """The controller took the new template up."""
    return (f"Argo Rollouts has begun, as its revision {happening.facts.get('revision')}.",)


def dropped(happening: Happening) -> Line:
    """An order that was not sent, for what it was about was gone."""
    why = shorten(str(happening.facts.get("why")), _LONG)
    return (f"Not sent to Argo Rollouts: {happening.facts.get('verb')}. {sentence(why)}",)


def promoted_elsewhere(weight: int, shown: Snapshot) -> Line:
    """A pause that ended without us. The cluster keeps no trace of who did it."""
    at = "" if switches(shown) else f" at {weight}%"
    return (f"Promoted{at}, not through Leadsman. Argo Rollouts keeps no trace of who did it.",)


def promoted_full_elsewhere(version: str) -> Line:
    """A promotion to the end without us."""
    return (f"{version} was promoted to 100%, not through Leadsman. Argo Rollouts keeps no trace of who did it.",)


def turned_elsewhere(by: Actor, why: str, version: str, base: str) -> Line:
    """What turned a walk of the controller's back without us, and what becomes of it."""
    said = shorten(why, _LONG)
    if by.id == CONTROLLER.id:
        return (f"{version} failed: Argo Rollouts {said}. All traffic goes back to {base}.",)
    if said.startswith(("aborted", "taken back")):
        return (f"{version} was {said}. All traffic goes back to {base}.",)
    return (f"{version} is not followed any more: {sentence(said)}",)


def ended(rollout: Rollout, shown: Snapshot, version: str) -> Line:
    """The end of what does not end as a plan of our own does: () where it does."""
    why = shorten(rollout.why, _LONG)
    match rollout.outcome:
        case Outcome.HEALTHY if shown.start is Start.RESTART:
            return (f"Every pod of {version} is new.",)
        case Outcome.ROLLED_BACK if after(shown):
            return (after(shown),)
        case Outcome.SUPERSEDED if is_by_others(rollout.turned_by):
            return (f"{version} is over here. What comes after it has a card of its own.",)
        case Outcome.CANCELLED if rollout.walks[0].argo.pod_hash:
            return (sentence(why),)
        case _:
            return ()


def hand(by: Actor) -> str:
    """Who acted in the cluster, at the beginning of a sentence."""
    name = client_name(by.name)
    return name[:1].upper() + name[1:] if by.id == "unknown" else name
