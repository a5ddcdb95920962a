"""A small Argo Rollouts: one Rollout and a controller that does one thing at a time, as the recorded one does it.

Verbs land only where everything holds that they were decided on, as an API server's `test` operations see to it. Pods get ready at once,
so that a weight is there as soon as it is set; what the controller measures is said by `verdict`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from strategies.argo.driver import ArgoVerb, PauseKey
from strategies.argo.seen import ArgoSeen, Kind, Pausing, RevisionSeen, RunKind, RunSeen
from strategies.argo.writes import ArgoWrite
from strategies.judge.measurement import Measurement
from strategies.judge.metric import Metric, PrometheusQuery
from strategies.judge.resolution import ResolvedAnalysis
from strategies.judge.run import MetricResult, Run
from strategies.judge.verdict import Verdict
from strategies.model import Claim

T0 = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
V1, V2, V3 = "ghcr.io/acme/checkout:v1", "ghcr.io/acme/checkout:v2", "ghcr.io/acme/checkout:v3"
REPLICAS = 4


def hash_of(image: str) -> str:
    """The pod template hash of an image."""
    return f"hash-{image.rpartition(':')[2]}"


@dataclass
class Pause:
    """A pause condition. `until`: when it ends by itself."""

    reason: str
    started: datetime
    until: datetime | None


@dataclass
class ArgoWorld:
    """The Rollout, what its controller made of it, and the clock that it runs by."""

    steps: tuple[str, ...]
    kind: Kind = Kind.CANARY
    routed: bool = True
    whole: int = 100
    gated: bool = True
    at: datetime = T0
    running: bool = True
    exists: bool = True
    image: str = V1
    generation: int = 1
    observed: int = 1
    spec_paused: bool = False
    current: str = hash_of(V1)
    stable: str = hash_of(V1)
    step: int = -1
    weight: int = 100
    pauses: list[Pause] = field(default_factory=list)
    controller_pause: bool = False
    aborted: bool = False
    abort_message: str = ""
    noticed: bool = True
    promote_full: bool = False
    restart_at: datetime | None = None
    restarted_at: datetime | None = None
    invalid: str = ""
    timed_out: str = ""
    problem: str = ""
    background: Verdict | None = None
    verdict: Verdict = Verdict.SUCCESSFUL
    runs: list[RunSeen] = field(default_factory=list)
    claim: Claim | None = None
    revisions: list[tuple[int, str, str]] = field(default_factory=lambda: [(1, hash_of(V1), V1)])
    manager: str = "kubectl"
    left_up: str = ""
    keeper: str = ""
    self_heals: bool = False

    def __post_init__(self) -> None:
        self.step = len(self.steps) if self.step < 0 else self.step

    # What is seen

    def seen(self) -> ArgoSeen:
        if not self.exists:
            return ArgoSeen(at=self.at)
        status, message = self._status()
        pausings = tuple(
            Pausing(PauseKey(self.current, one.reason, one.started.isoformat()), one.started, one.until)
            for one in self.pauses
        )
        at_rest = self.current == self.stable
        canary = 0 if at_rest else max(1, REPLICAS * self.weight // 100) if self.weight else 0
        return ArgoSeen(
            at=self.at, uid="uid", kind=self.kind, generation=self.generation, observed=self.is_observed, status=status,
            message=message, phase=self._phase(), image=self.image, stable_image=self._image(self.stable),
            current_hash=self.current, stable_hash=self.stable, revision=self.revisions[-1][0],
            step=self.step if self.kind is Kind.CANARY else None, steps=self.steps if self.kind is Kind.CANARY else (),
            weight_wanted=self.weight, weight_seen=self.weight, routed=self.routed, whole=self.whole,
            desired=REPLICAS, ready=REPLICAS + canary,
            stable_ready=REPLICAS, canary_ready=canary, canary_pods=canary, pauses=pausings,
            controller_pause=self.controller_pause, spec_paused=self.spec_paused, aborted=self.aborted,
            abort_message=self.abort_message, promote_full=self.promote_full, restart_at=self.restart_at,
            restarted_at=self.restarted_at, invalid=self.invalid, timed_out=self.timed_out, problem=self.problem,
            runs=tuple(self.runs),
            revisions=tuple(
                RevisionSeen(number, pod_hash, image, 1, 1, kept_up=pod_hash == self.left_up)
                for number, pod_hash, image in reversed(self.revisions)
            ),
            gated=self.gated, legal=self._legal(), claim=self.claim, manager=self.manager,
            fast_track="revision 2 is still up" if self.left_up else "", keeper=self.keeper,
            self_heals=self.self_heals,
        )  # fmt: skip

    def _legal(self) -> frozenset[ArgoVerb]:
        offered = {
            ArgoVerb.PROMOTE: bool(self.pauses),
            ArgoVerb.PROMOTE_FULL: self.current != self.stable,
            ArgoVerb.SKIP: self.step < len(self.steps),
        }
        return frozenset(verb for verb, is_offered in offered.items() if is_offered)

    @property
    def is_observed(self) -> bool:
        return self.generation == self.observed

    def _image(self, pod_hash: str) -> str | None:
        return next((image for _, one, image in self.revisions if one == pod_hash), None)

    def _phase(self) -> str:
        if self.invalid or self.timed_out or (self.aborted and self.noticed):
            return "Degraded"
        if self.spec_paused or self.pauses:
            return "Paused"
        return "Healthy" if self.current == self.stable and not self._restarts() else "Progressing"

    def _restarts(self) -> bool:
        return self.restart_at != self.restarted_at

    def _status(self) -> tuple[str, str]:
        if not self.is_observed:
            return "Progressing", "waiting for rollout spec update to be observed"
        if self.controller_pause and not self.pauses:
            return "Progressing", "waiting for rollout to unpause"
        return self._phase(), self.pauses[0].reason if self.pauses else ""

    # What is written

    def takes(self, write: ArgoWrite) -> bool:
        """Whether the write landed: everything it was decided on holds."""
        keys = {PauseKey(self.current, one.reason, one.started.isoformat()) for one in self.pauses}
        stale = (
            (write.expect_hash and write.expect_hash != self.current)
            or write.expect_claim != self.claim
            or (write.verb is ArgoVerb.SET_IMAGE and write.expect_image != self.image)
            or (write.verb in (ArgoVerb.PROMOTE, ArgoVerb.SKIP) and (set(write.pauses) != keys))
            or (write.verb is ArgoVerb.SKIP and write.step != self.step)
        )
        if stale:
            return False
        self.claim = write.claim or self.claim
        self._do(write)
        return True

    def _do(self, write: ArgoWrite) -> None:
        match write.verb:
            case ArgoVerb.SET_IMAGE:
                self.sets(write.image)
            case ArgoVerb.UNDO:
                self.sets(next(image for number, _, image in self.revisions if number == write.revision))
            case ArgoVerb.PAUSE | ArgoVerb.RESUME:
                self.pauses_spec(paused=write.verb is ArgoVerb.PAUSE)
            case ArgoVerb.PROMOTE:
                self.promotes()
            case ArgoVerb.SKIP:
                self.step = min(self.step + 1, len(self.steps))
            case ArgoVerb.PROMOTE_FULL:
                self.promote_full = self.current != self.stable
            case ArgoVerb.ABORT:
                self.aborts()
            case ArgoVerb.RETRY:
                self.aborted = False
            case ArgoVerb.RESTART:
                assert write.restart_at is not None
                self.restart_at = write.restart_at.replace(microsecond=0)
                self.generation += 1
            case ArgoVerb.TERMINATE:
                self.runs = [
                    run_seen(one, Verdict.SUCCESSFUL, self.at) if one.name == write.run else one for one in self.runs
                ]
            case ArgoVerb.CLAIM:
                pass

    # What anybody does

    def sets(self, image: str) -> None:
        self.generation += self.image != image
        self.image = image

    def begins_with(self, image: str) -> None:
        """Somebody sets an image, and the controller begins with it."""
        self.sets(image)
        for _ in range(4):
            if self.current != hash_of(image):
                self.reconciles()
        assert self.current == hash_of(image)

    def pauses_spec(self, *, paused: bool) -> None:
        self.generation += self.spec_paused != paused
        self.spec_paused = paused

    def promotes(self) -> None:
        """`kubectl argo rollouts promote` at a pause: the conditions go, `controllerPause` stays."""
        inconclusive_step = (
            self.pauses and self.pauses[0].reason == "InconclusiveAnalysisRun" and self._text() == "analysis"
        )
        self.pauses = []
        if inconclusive_step:
            self.controller_pause, self.step = False, self.step + 1

    def aborts(self, message: str = "") -> None:
        self.aborted, self.noticed, self.abort_message = True, False, message

    def _text(self) -> str:
        return self.steps[self.step] if self.step < len(self.steps) else ""

    # What the controller does

    def reconciles(self) -> bool:
        """One step of the controller's. Whether anything changed."""
        before = repr(self)
        if self.running and self.exists:
            self._reconcile()
        return repr(self) != before

    def _reconcile(self) -> None:
        if self.observed != self.generation:
            self.observed = self.generation
            return
        if self.invalid:
            return
        if hash_of(self.image) != self.current:
            self._resets()
            return
        if self._restarts():
            self.restarted_at = self.restart_at
            return
        if self.promote_full:
            self.pauses, self.controller_pause, self.aborted, self.step = [], False, False, len(self.steps)
        if (self.step >= len(self.steps) and self.kind is Kind.CANARY) or self.promote_full:
            self.stable, self.weight, self.promote_full = self.current, 100, False
            self.pauses, self.controller_pause = [], False
            return
        if self.aborted:
            if self.current != self.stable:
                self.pauses, self.controller_pause, self.noticed, self.step = [], False, True, 0
                self.weight = self.weight if self.spec_paused else 0
            return
        self.noticed = True
        self._measures()
        if self.pauses and self.pauses[-1].reason == "InconclusiveAnalysisRun" and self._text() == "analysis":
            return
        if self.kind is Kind.BLUE_GREEN:
            self._previews()
        elif not self.spec_paused:
            self._steps()
        if not self.pauses:
            self.controller_pause = False

    def _resets(self) -> None:
        self.current = hash_of(self.image)
        number = max(one for one, _, _ in self.revisions) + 1
        self.revisions = [one for one in self.revisions if one[1] != self.current]
        self.revisions.append((number, self.current, self.image))
        self.pauses, self.controller_pause, self.aborted, self.promote_full, self.noticed = (
            [],
            False,
            False,
            False,
            True,
        )
        self.abort_message, self.runs = "", []
        back = self.current == self.stable
        self.step, self.weight = (len(self.steps), 100) if back else (0, 0)

    def _measures(self) -> None:
        """A background run whose verdict is unclear pauses everything, each time anew after a promote."""
        if self.background is Verdict.INCONCLUSIVE and not any(
            one.reason == "InconclusiveAnalysisRun" for one in self.pauses
        ):
            self.measured("background", RunKind.BACKGROUND, Verdict.INCONCLUSIVE)
            self.pauses.append(Pause("InconclusiveAnalysisRun", self.at, None))
            self.controller_pause = True

    def measured(self, name: str, kind: RunKind, verdict: Verdict, values: tuple[str, ...] = ("[0.9]",)) -> None:
        """A run as it stands now."""
        run = RunSeen(name, kind, self.current, run_of(verdict, values, self.at), self.step)
        self.runs = [*(one for one in self.runs if one.name != name), run]

    def _steps(self) -> None:
        text, halted = self._text(), any(one.reason == "InconclusiveAnalysisRun" for one in self.pauses)
        condition = next((one for one in self.pauses if one.reason == "CanaryPauseStep"), None)
        if text.startswith("setWeight: "):
            self.weight = self.weight if halted else int(text.removeprefix("setWeight: "))
            reached = self.weight == int(text.removeprefix("setWeight: "))
            self.step += reached
        elif text.startswith("pause"):
            passed = self.controller_pause and condition is None
            over = condition is not None and condition.until is not None and self.at >= condition.until
            if passed or over:
                self.step += 1
                self.pauses = [one for one in self.pauses if one is not condition]
            elif condition is None:
                minutes = int(text.removeprefix("pause: ").removesuffix("m")) if ":" in text else None
                until = None if minutes is None else self.at + timedelta(minutes=minutes)
                self.pauses.append(Pause("CanaryPauseStep", self.at, until))
                self.controller_pause = True
        elif text == "analysis":
            self._analyses()

    def _analyses(self) -> None:
        name = f"{self.current}-{self.step}"
        self.measured(name, RunKind.STEP, self.verdict)
        if self.verdict is Verdict.SUCCESSFUL:
            self.step += 1
        elif self.verdict is Verdict.FAILED:
            self.aborts("Step-based analysis phase error/failed")
        elif self.verdict is Verdict.INCONCLUSIVE:
            self.pauses.append(Pause("InconclusiveAnalysisRun", self.at, None))
            self.controller_pause = True

    def _previews(self) -> None:
        condition = bool(self.pauses)
        if self.current == self.stable or self.spec_paused:
            return
        if not self.gated or (self.controller_pause and not condition):
            self.weight, self.stable, self.controller_pause = 100, self.current, False
        elif not condition:
            self.pauses.append(Pause("BlueGreenPause", self.at, None))
            self.controller_pause = True


def run_of(verdict: Verdict, values: tuple[str, ...], at: datetime) -> Run:
    """A run of one metric with these values."""
    metric = Metric("rate", PrometheusQuery("", "rate"), count=len(values) or 1)
    good = Verdict.SUCCESSFUL if verdict in (Verdict.RUNNING, Verdict.SUCCESSFUL) else verdict
    measurements = tuple(Measurement("rate", number, T0, T0, good, value) for number, value in enumerate(values, 1))
    result = MetricResult("rate", phase=verdict, count=len(values), measurements=measurements)
    over = at if verdict.is_completed else None
    return Run(ResolvedAnalysis((metric,)), (result,), verdict, "", T0, completed_at=over)


def run_seen(one: RunSeen, verdict: Verdict, at: datetime) -> RunSeen:
    """The same run with another verdict."""
    values = tuple(measurement.value for measurement in one.run.metrics[0].measurements)
    return RunSeen(one.name, one.kind, one.pod_hash, run_of(verdict, values, at), one.step)
