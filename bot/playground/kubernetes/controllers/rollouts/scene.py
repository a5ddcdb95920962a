"""What one step of the controller sees, and what it is about to say."""

from dataclasses import dataclass, field
from typing import Any

from bot.playground.kubernetes.controllers.rollouts import hashes, sets
from bot.playground.kubernetes.controllers.rollouts.pauses import INCONCLUSIVE, Pauses, find
from bot.playground.kubernetes.controllers.rollouts.spec import Spec

Obj = dict[str, Any]
CurrentRuns = dict[str, Obj]


@dataclass(slots=True)
class Scene:
    """`rollout` stays as it was at the beginning; `sets` are the controller's own copies, by name, oldest first.

    `new` is the status to come. `runs` are the AnalysisRuns that the status names, by their place in it; `other_runs` the rest.
    `experiment` is the one that the status names, or that was begun in this step.
    """

    rollout: Obj
    spec: Spec
    sets: dict[str, Obj]
    newest_name: str
    stable_name: str
    pauses: Pauses
    new: Obj = field(default_factory=dict)
    runs: CurrentRuns = field(default_factory=dict)
    other_runs: list[Obj] = field(default_factory=list)
    experiment: Obj | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        meta = self.rollout["metadata"]
        return meta["namespace"], meta["name"]

    @property
    def status(self) -> Obj:
        """The status at the beginning."""
        found: Obj = self.rollout.get("status") or {}
        return found

    @property
    def canary_status(self) -> Obj:
        """The canary's part of the status at the beginning."""
        found: Obj = self.status.get("canary") or {}
        return found

    @property
    def blue_green_status(self) -> Obj:
        """Blue/green's part of the status at the beginning."""
        found: Obj = self.status.get("blueGreen") or {}
        return found

    @property
    def all(self) -> list[Obj]:
        """All ReplicaSets."""
        return list(self.sets.values())

    @property
    def newest(self) -> Obj | None:
        """The ReplicaSet of the present template."""
        return self.sets.get(self.newest_name)

    @property
    def stable(self) -> Obj | None:
        """The ReplicaSet that was promoted last."""
        return self.sets.get(self.stable_name)

    @property
    def has_other_stable(self) -> bool:
        """Whether there is a stable ReplicaSet that is not the newest."""
        return bool(self.stable_name) and self.stable_name != self.newest_name

    @property
    def older(self) -> list[Obj]:
        """All but the newest."""
        return [rs for name, rs in self.sets.items() if name != self.newest_name]

    @property
    def others(self) -> list[Obj]:
        """Neither newest nor stable."""
        return [rs for name, rs in self.sets.items() if name not in (self.newest_name, self.stable_name)]

    @property
    def step(self) -> Obj | None:
        """The present step; None past the last."""
        index = self.index
        return self.spec.steps[index] if index is not None and index < len(self.spec.steps) else None

    @property
    def index(self) -> int | None:
        """The present step's number from 0; None for a plan without steps."""
        return (self.status.get("currentStepIndex") or 0) if self.spec.steps else None

    @property
    def fully_promoted(self) -> bool:
        """Whether the stable ReplicaSet is the one that is wanted, as the status has it."""
        return bool(self.status.get("stableRS", "") == self.status.get("currentPodHash", ""))

    @property
    def halted(self) -> bool:
        """Whether nothing may move: somebody paused everything, or an analysis was inconclusive."""
        return self.spec.paused or find(self.status, INCONCLUSIVE) is not None

    @property
    def template_changed(self) -> bool:
        """Whether the wanted ReplicaSet is another than the status says."""
        known = self.status.get("currentPodHash", "")
        return bool(known) and known != sets.hash_of(self.newest)

    @property
    def template_or_steps_changed(self) -> bool:
        """Whether a canary must begin anew."""
        known = self.status.get("currentStepHash", "")
        return not known or known != hashes.step_hash(self.spec.steps) or self.template_changed

    @property
    def within_rollback_window(self) -> bool:
        """Whether this goes back to an older ReplicaSet with few enough between it and the stable one."""
        newest, stable = self.newest, self.stable
        revisions = (self.spec.raw.get("rollbackWindow") or {}).get("revisions", 0)
        if newest is None or stable is None or revisions <= 0 or not sets.created(newest) < sets.created(stable):
            return False
        between = [rs for rs in self.all if sets.created(newest) < sets.created(rs) < sets.created(stable)]
        return len(between) < int(revisions)

    def with_hash(self, digest: str) -> Obj | None:
        """The ReplicaSet with a hash; None for the empty one."""
        return next((rs for rs in self.all if digest and sets.hash_of(rs) == digest), None)
