"""A Rollout of Argo's as it was seen at one moment: everything that is decided on or shown on a card. `tree` shows more.

Words and numbers are the controller's and the kubectl plugin's own, so that Leadsman never says something else than they do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from strategies.argo.driver import ArgoVerb, PauseKey
from strategies.judge.run import Run
from strategies.model import Claim


class Kind(StrEnum):
    """The two strategies of a Rollout."""

    CANARY = "Canary"
    BLUE_GREEN = "BlueGreen"


class RunKind(StrEnum):
    """What an AnalysisRun belongs to, by its label `rollout-type`, or the Experiment that owns it."""

    STEP = "Step"
    BACKGROUND = "Background"
    PRE_PROMOTION = "PrePromotion"
    POST_PROMOTION = "PostPromotion"
    EXPERIMENT = "Experiment"


@dataclass(frozen=True, slots=True)
class Pausing:
    """One entry of `status.pauseConditions`. `until`: when it ends by itself; None: a person must end it."""

    key: PauseKey
    started: datetime
    until: datetime | None

    @property
    def needs_person(self) -> bool:
        """Whether it stands until a person promotes, by the controller's own rule (`requiresManualAction`)."""
        return self.until is None


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One AnalysisRun of the present revision. `step`: the step it belongs to, where it has one (0-based)."""

    name: str
    kind: RunKind
    pod_hash: str
    run: Run
    step: int | None = None


@dataclass(frozen=True, slots=True)
class RevisionSeen:
    """One ReplicaSet of the Rollout. `ready` counts available pods. `sides`: stable, canary, active, preview, as the plugin marks them."""

    number: int
    pod_hash: str
    image: str
    replicas: int
    ready: int
    sides: tuple[str, ...] = ()
    scaled_down_at: datetime | None = None
    """When the controller will scale it to 0 (`scale-down-deadline`), where that is set."""
    kept_up: bool = False
    """Whether it is up only until it is scaled down: it has such a deadline, or is about to be given one."""
    in_window: bool = False
    """Whether the Rollout's `rollbackWindow` brings it back past every step and analysis, as a change of the image alone would."""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArgoSeen:
    """One Rollout at `at`. `uid` empty: there is no such Rollout, and nothing else here means anything.

    status, message: as the plugin prints them (delivery-semantics: not observed, waiting for unpause, then the stored ones).
    observed: the controller has seen the present spec. image: what the template asks for in our container; `stable_image` what the
    stable ReplicaSet runs (None: not known). current_hash, stable_hash: `status.currentPodHash` and `stableRS`.
    step: `currentStepIndex` (None for blue/green or no steps), `steps` their texts as the plugin writes them.
    weight_wanted, weight_seen: the plugin's SetWeight and ActualWeight, of `whole` (100, or a router's `maxTrafficWeight`); for blue/green
    0 or 100, what the active Service selects.
    desired, ready: pods of the Rollout, of all its revisions; every `ready` counts available pods. durations: of each step that pauses
    for a time. aborted: `status.abort`, abort_message: why, without the controller's standing words, empty for a person's abort, and for
    any until `phase` is Degraded; aborted_by: the client that set it, while managedFields still tell.
    invalid, timed_out: what the controller says is wrong with the present spec, and that its pods did not come up in time.
    fast_track: why the next retry, or deploy of the template that was left behind, would go live without its gate (blue/green, traps 09f
    and 09i), and until when; for one image ask `fasttrack.fast_track_of`. gated: a new revision of this blue/green has to pass a person,
    a delay or an analysis first. by_hand: a person has to promote it. analysed: the analyses that its spec has around the switch.
    legal: what Argo CD would offer now. manager: the client that changed the spec last, as far as managedFields tell.
    keeper: the Argo CD application that tracks it, `self_heals` whether it would undo a change. restart_at, restarted_at: `spec.restartAt`
    and `status.restartedAt`. problem: why pods cannot come up, in one sentence for people.
    """

    at: datetime
    uid: str = ""
    kind: Kind = Kind.CANARY
    generation: int = 0
    observed: bool = False
    status: str = ""
    message: str = ""
    phase: str = ""
    image: str | None = None
    stable_image: str | None = None
    current_hash: str = ""
    stable_hash: str = ""
    revision: int = 0
    step: int | None = None
    steps: tuple[str, ...] = ()
    durations: tuple[timedelta | None, ...] = ()
    weight_wanted: int = 0
    weight_seen: int = 0
    whole: int = 100
    routed: bool = False
    desired: int = 0
    ready: int = 0
    stable_ready: int = 0
    canary_ready: int = 0
    canary_pods: int = 0
    pauses: tuple[Pausing, ...] = ()
    controller_pause: bool = False
    spec_paused: bool = False
    aborted: bool = False
    abort_message: str = ""
    aborted_by: str = ""
    promote_full: bool = False
    restart_at: datetime | None = None
    restarted_at: datetime | None = None
    invalid: str = ""
    timed_out: str = ""
    problem: str = ""
    runs: tuple[RunSeen, ...] = ()
    experiment: str = ""
    revisions: tuple[RevisionSeen, ...] = ()
    legal: frozenset[ArgoVerb] = frozenset()
    gated: bool = False
    by_hand: bool = False
    analysed: frozenset[RunKind] = frozenset()
    fast_track: str = ""
    claim: Claim | None = None
    manager: str = ""
    keeper: str = ""
    self_heals: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is such a Rollout."""
        return bool(self.uid)

    @property
    def is_promoted(self) -> bool:
        """Whether the newest template that the controller walks with is the stable one."""
        return self.current_hash == self.stable_hash

    @property
    def is_unpausing(self) -> bool:
        """Whether somebody ended the pause and the controller has not acted on it yet."""
        return self.controller_pause and not self.pauses
