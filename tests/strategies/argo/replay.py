"""Plays a recording to the machine: every Rollout that begins to move is given a rollout of ours, which sees every look to its end.

The recorded cluster cannot take our writes, so of them only the claim is seen: it is put into the looks that follow.
"""

from dataclasses import dataclass, field, replace

from strategies.argo.driver import Argo, Start
from strategies.argo.seen import ArgoSeen
from strategies.argo.sight import seen as sight
from strategies.argo.standing import is_taken_up
from strategies.argo.writes import ArgoWrite
from strategies.effects import effects
from strategies.events import ArgoObserved, Begin, Found, Happening, Preflighted
from strategies.machine import decide
from strategies.model import Claim, Revision, Rollout, Walk
from strategies.snapshot import snapshot
from tests.strategies.argo.properties import asked_for_every_pause, check
from tests.strategies.argo.recording import Moment, Recording
from tests.strategies.argo.story import TARGET, WALK
from tests.strategies.story import ALICE

LOOKS = 6


@dataclass
class Replay:
    """One recording as it goes by. `ended` holds what became of each rollout of ours, in order; `shown` each of them as it was after every
    look, with that look; `alone` the looks at a Rollout that none of ours was about."""

    recording: Recording
    live: dict[str, Rollout] = field(default_factory=dict)
    ended: list[Rollout] = field(default_factory=list)
    heard: list[Happening] = field(default_factory=list)
    writes: list[ArgoWrite] = field(default_factory=list)
    shown: list[tuple[Rollout, ArgoSeen]] = field(default_factory=list)
    alone: list[ArgoSeen] = field(default_factory=list)
    _claims: dict[str, Claim] = field(default_factory=dict)
    _looked: dict[str, ArgoSeen] = field(default_factory=dict)

    def plays(self) -> "Replay":
        for moment in self.recording.moments():
            if moment.kind == "event" and moment.entry["watch"] != "events":
                names = [one["metadata"]["name"] for one in moment.cluster.of("rollouts")]
                for name in [moment.rollout] if moment.rollout else names:
                    self._goes_by(moment, name)
        return self

    def _goes_by(self, moment: Moment, name: str) -> None:
        seen = sight(replace(TARGET, workload=name), moment.cluster.objects(name), moment.at)
        same = replace(seen, at=self.recording.start)
        if self._looked.get(name) == same:
            return
        self._looked[name] = same
        if name not in self.live and not self._adopts(name, seen):
            self.alone.append(seen)
            return
        for _ in range(LOOKS):
            if not self._looks(name, replace(seen, claim=self._claims.get(name))):
                return

    def _adopts(self, name: str, seen: ArgoSeen) -> bool:
        last = next((one.walks[0].argo.pod_hash for one in reversed(self.ended) if one.app == name), "")
        if not is_taken_up(seen) or seen.current_hash in (seen.stable_hash, last):
            return False
        walk = Walk(WALK, replace(TARGET, workload=name), Argo(Start.ELSEWHERE), Revision("", ""), 1)
        rollout = Rollout(
            f"ro{len(self.ended)}", "one", name, "prod", _revision(seen.image), ALICE.actor, seen.at, "argo", (walk,)
        )  # fmt: skip
        found = Found(WALK, _revision(seen.stable_image), seen.desired, seen)
        rollout = decide(rollout, Begin(seen.at)).rollout
        self.live[name] = decide(rollout, Preflighted(seen.at, (), (found,))).rollout
        return True

    def _looks(self, name: str, seen: ArgoSeen) -> bool:
        """One look. Whether the claim changed by it, so that there is more to see."""
        event = ArgoObserved(seen.at, WALK, seen, self.recording.start)
        before = self.live[name]
        decision = decide(before, event)
        after = decision.rollout
        again = decide(after, event)
        assert again.rollout == after and not again.happenings, "the same look twice is not the same as once"
        self.heard += decision.happenings
        writes = tuple(one for one in effects(after, after.walks[0], seen, seen.at) if isinstance(one, ArgoWrite))
        check(before, event, after, writes)
        asked_for_every_pause(after, seen)
        assert snapshot(after, seen, seen.at).phase.sentence or after.is_final
        self.shown.append((after, seen))
        self.writes += writes
        self.live[name] = after
        if after.is_final:
            self.ended.append(self.live.pop(name))
            return False
        claims = [one.claim for one in writes if one.claim is not None]
        for claim in claims:
            self._claims[name] = claim
        return bool(claims)


def _revision(image: str | None) -> Revision:
    return Revision((image or "").rpartition(":")[2], image or "")
