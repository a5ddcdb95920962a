"""A walk of Argo's controller as people see it: its steps as a rail, weights in percent, pods, and when it goes on by itself."""

from dataclasses import replace

from strategies.argo.driver import Argo
from strategies.argo.seen import ArgoSeen, Kind, RunKind
from strategies.argo.standing import for_people, percent, step_text
from strategies.drawn import Drawn, Place, Pods, Stop, placed
from strategies.model import Ask, Outcome, Rollout, Stage, Walk
from strategies.steps import Analysis, Pause, SetWeight, Step

UNSEEN = Drawn((), 0, 0, None, 100, 0, None, None, None, None)
"""Before anything was seen."""


def argo_drawn(rollout: Rollout, walk: Walk, seen: ArgoSeen | None) -> Drawn:
    """The walk by what was last seen."""
    if seen is None or not seen.exists:
        return UNSEEN
    argo = walk.argo if walk.argo.pod_hash else replace(walk.argo, step=0)
    until = [pausing.until for pausing in seen.pauses if pausing.until is not None]
    waits = rollout.stage is Stage.WALKING and not rollout.holds and until and not for_people(seen)
    back = rollout.stage in (Stage.REVERTING, Stage.ENDED) and rollout.outcome is not Outcome.HEALTHY
    return Drawn(
        rail=_blue_green(rollout, argo, seen) if seen.kind is Kind.BLUE_GREEN else _canary(rollout, argo, seen),
        step=min(argo.step + 1, len(seen.steps)),
        steps=len(seen.steps),
        at_hand=_step(argo, seen),
        next_weight=_next_weight(argo, seen),
        weight_wanted=0 if back or not argo.pod_hash else percent(seen, seen.weight_wanted),
        weight_seen=_share(argo, seen),
        stable=Pods(seen.stable_ready, seen.desired),
        canary=Pods(seen.canary_ready, seen.canary_pods),
        next_at=min(until) if waits else None,
        status=f"{seen.status} – {seen.message}" if seen.message else seen.status,
    )


RETRIED = ", and retried there"
"""The end of why one ended that was aborted and begun anew, both without us."""


def still_asked_for(version: str) -> str:
    """What an abort leaves behind, and what mends it: the controller keeps asking for the aborted version until it is given another."""
    return f"the Rollout still asks for {version}: roll it back, or deploy another version"


def left_behind(rollout: Rollout) -> str:
    """The sentence about what an ended rollout left behind; empty if nothing."""
    sentence = still_asked_for(rollout.candidate.version)
    return sentence if rollout.is_argo and rollout.is_final and rollout.why.endswith(f"; {sentence}") else ""


def _share(argo: Argo, seen: ArgoSeen) -> int:
    """The candidate's share: the newest template's, unless that is no longer the candidate's."""
    if seen.stable_hash == argo.pod_hash == seen.current_hash:
        return 100
    weight = percent(seen, seen.weight_seen)
    if argo.pod_hash and seen.current_hash != argo.pod_hash and seen.stable_hash == argo.pod_hash:
        return 100 - weight
    return weight if seen.current_hash == argo.pod_hash else 0


def _step(argo: Argo, seen: ArgoSeen) -> Step | None:
    """The step at hand in the plan's own words; kinds that it has no word for are moves or measurements like the others."""
    text = argo.at_hand
    if not text:
        return Pause() if for_people(seen) else None
    if text.startswith("pause"):
        durations = seen.durations[argo.step : argo.step + 1]
        return Pause(durations[0] if durations else None)
    if text in ("analysis", "experiment"):
        return Analysis(())
    return SetWeight(percent(seen, seen.weight_wanted))


def _next_weight(argo: Argo, seen: ArgoSeen) -> int:
    weights = (_weight(text) for text in seen.steps[argo.step + 1 :])
    return next((percent(seen, weight) for weight in weights if weight is not None), 100)


def _weight(text: str) -> int | None:
    return int(text.removeprefix("setWeight: ")) if text.startswith("setWeight: ") else None


def _canary(rollout: Rollout, argo: Argo, seen: ArgoSeen) -> tuple[Stop, ...]:
    """Its steps as stops: a pause that ends by itself is shown only while it lasts, a move of routes or scales too."""
    now, walking = (len(seen.steps) if rollout.stage is Stage.PROMOTING else argo.step), _is_walking(rollout, argo)
    stops = [
        Stop(stop, placed(rollout, number, now, walking=walking))
        for number in range(len(seen.steps))
        if (stop := _stop_text(rollout, argo, seen, number))
    ]
    if not seen.steps or _weight(seen.steps[-1]) != seen.whole:
        stops.append(Stop("100%", _last(rollout, argo, seen)))
    return tuple(stops)


def _stop_text(rollout: Rollout, argo: Argo, seen: ArgoSeen, number: int) -> str:
    text, at_hand = step_text(seen, number), number == argo.step and rollout.stage is Stage.WALKING
    weight = _weight(text)
    if weight is not None:
        return f"{percent(seen, weight)}%"
    if text == "pause":
        return _approval(_ask(rollout)) if at_hand else "approval"
    if text in ("analysis", "experiment"):
        return "checks" if text == "analysis" else text
    if not at_hand:
        return ""
    return f"waiting at {percent(seen, seen.weight_seen)}%" if text.startswith("pause") else text


def _ask(rollout: Rollout) -> Ask | None:
    return next((ask for ask in rollout.asks if ask.is_open), None)


def _approval(ask: Ask | None) -> str:
    return f"approval {len(ask.yes)}/{ask.approvals}" if ask is not None else "approval"


def _last(rollout: Rollout, argo: Argo, seen: ArgoSeen) -> Place:
    if rollout.outcome is Outcome.HEALTHY:
        return Place.DONE
    if rollout.stage in (Stage.REVERTING, Stage.ENDED):
        return Place.FAILED if argo.step >= len(seen.steps) else Place.NOT_REACHED
    last = _is_walking(rollout, argo) and argo.step >= len(seen.steps)
    return Place.NOW if rollout.stage is Stage.PROMOTING or last else Place.NEXT


def _is_walking(rollout: Rollout, argo: Argo) -> bool:
    """Whether the controller is under way with the candidate."""
    return rollout.stage is Stage.WALKING and bool(argo.pod_hash)


def _blue_green(rollout: Rollout, argo: Argo, seen: ArgoSeen) -> tuple[Stop, ...]:
    """The way of a blue/green: what is looked at before the switch, the switch, and what is looked at after it."""
    kinds = {*seen.analysed, *(one.kind for one in seen.runs if one.pod_hash == argo.pod_hash)}
    stops = ["preview"]
    stops += ["checks"] if RunKind.PRE_PROMOTION in kinds else []
    stops += [_approval(_ask(rollout))] if seen.by_hand or seen.pauses or rollout.asks else []
    stops += ["switch"]
    stops += ["checks"] if RunKind.POST_PROMOTION in kinds else []
    now = _stop_at_hand(argo, seen, stops)
    walking = _is_walking(rollout, argo)
    return tuple(Stop(text, placed(rollout, number, now, walking=walking)) for number, text in enumerate(stops))


def _stop_at_hand(argo: Argo, seen: ArgoSeen, stops: list[str]) -> int:
    switch = stops.index("switch")
    if argo.step:
        return len(stops) - 1 if stops[-1] == "checks" else switch
    if for_people(seen) or seen.pauses:
        return switch - 1
    before = any(one.kind is RunKind.PRE_PROMOTION for one in seen.runs if one.pod_hash == argo.pod_hash)
    return 1 if before else 0
