"""The nouns of a rollout: what is remembered of it, and what is seen of the world it changes.

Everything here is frozen data. What is *remembered* (`Rollout`) is saved in one row; what is *seen* (`Seen`) is an argument of every
decision and is never decided from when it is old. Times are aware datetimes that came in with an event.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from strategies.argo.driver import Argo, PauseKey
from strategies.judge.run import Run
from strategies.judge.template import Template
from strategies.steps import Plan, SetCanaryScale, Silence


class Side(StrEnum):
    """One of the two groups of pods that traffic is divided between."""

    STABLE = "stable"
    CANARY = "canary"


class Stage(StrEnum):
    """Where a rollout is in its life. Stored; the phase shown to people is computed from it (`strategies.phase`)."""

    QUEUED = "queued"
    PREFLIGHT = "preflight"
    WALKING = "walking"
    PROMOTING = "promoting"
    REVERTING = "reverting"
    ENDED = "ended"


LIVE = frozenset({Stage.PREFLIGHT, Stage.WALKING, Stage.PROMOTING, Stage.REVERTING})
"""The stages of which one app and environment holds at most one rollout."""


MOVING = frozenset({Stage.WALKING, Stage.PROMOTING, Stage.REVERTING})
"""The stages in which the target is looked at and changed."""


class Outcome(StrEnum):
    """How a rollout ended."""

    HEALTHY = "healthy"  # the candidate serves everything
    ROLLED_BACK = "rolled-back"  # something failed or somebody aborted; the base revision serves everything
    CANCELLED = "cancelled"  # aborted before anything moved
    SUPERSEDED = "superseded"  # another version took its place; the base revision served everything in between
    REFUSED = "refused"  # preflight found a reason not to start


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: a person in Slack (`U…`), a token of the API, a field manager in the cluster, or Leadsman itself."""

    id: str
    name: str
    surface: str = "slack"
    email: str | None = None


LEADSMAN = Actor(id="leadsman", name="Leadsman", surface="leadsman")


@dataclass(frozen=True, slots=True)
class Who:
    """A person at the moment of an act, with the roles looked up for it."""

    actor: Actor
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of an app: the word people use for it, its image, and the digest once it is known."""

    version: str
    image: str
    digest: str | None = None

    @property
    def pinned(self) -> str:
        """The image with its digest, so that a re-pushed tag cannot change what runs."""
        return f"{self.image}@{self.digest}" if self.digest and "@" not in self.image else self.image

    def runs_as(self, image: str | None) -> bool:
        """Whether a template with this image runs this revision."""
        return image is not None and image in (self.image, self.pinned)


@dataclass(frozen=True, slots=True)
class Nginx:
    """Traffic is divided by ingress-nginx: a canary Ingress with a weight beside the user's own."""

    ingress: str
    stable_service: str
    canary_service: str


class WorkloadKind(StrEnum):
    """The kinds of workload that can be rolled out."""

    DEPLOYMENT = "Deployment"
    ROLLOUT = "Rollout"


@dataclass(frozen=True, slots=True)
class Target:
    """What is changed, and where: one container of one workload in one namespace of one cluster.

    `kind` says who walks: a Deployment is walked by Leadsman itself, a Rollout by Argo's controller. `router` belongs to
    a Deployment; without one its shares go by pod counts. A Rollout has its own.
    """

    cluster: str
    namespace: str
    workload: str
    container: str
    router: Nginx | None = None
    kind: WorkloadKind = WorkloadKind.DEPLOYMENT


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose hands are on an object: the annotation `leadsman.dev/rollout: instance/id/fence`. An empty id: nobody's, any more."""

    instance: str
    rollout: str
    fence: int


@dataclass(frozen=True, slots=True)
class SideSeen:
    """One side's Deployment as it was seen.

    `replicas` is asked for (spec), `ready` counts available pods of the present template, `pods` all that exist, also old or unready ones.
    `settled`: the status describes the present generation, and every pod is of the present template and available.
    `digests` are those of the running pods of the present template, `template_hash` is its pod-template-hash.
    `image` None: there is no such Deployment. `problem`: why pods cannot come up, in one sentence for people.
    """

    image: str | None = None
    replicas: int = 0
    ready: int = 0
    pods: int = 0
    settled: bool = True
    digests: frozenset[str] = frozenset()
    template_hash: str = ""
    claim: Claim | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One target as it was seen at one moment.

    `weight` is the canary's share at the router (None: no router, or no canary route yet); `router_claim` belongs to the canary route.
    `manager` names who changed the workload last, where the cluster tells. `astray`: why requests do not reach the sides as
    they should, as a look straight from the API server finds it.
    """

    at: datetime
    stable: SideSeen
    canary: SideSeen = field(default_factory=SideSeen)
    weight: int | None = None
    router_claim: Claim | None = None
    manager: str = ""
    astray: str = ""

    def side(self, side: Side) -> SideSeen:
        """The given side as it was seen."""
        return self.stable if side is Side.STABLE else self.canary


@dataclass(frozen=True, slots=True)
class SideAim:
    """What one side should be: the image of its template and how many pods."""

    image: str
    replicas: int


@dataclass(frozen=True, slots=True)
class Aim:
    """What a walk wants of the world next. `weight`: the canary's wanted share at the router; without one, the nominal share."""

    stable: SideAim
    canary: SideAim
    weight: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A weight as the router showed it, and since when without a break."""

    weight: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Native:
    """Leadsman walks the plan itself: `cursor` is the step at hand (0-based; len(steps): all done), reached at `arrived`."""

    plan: Plan
    cursor: int = 0
    arrived: datetime | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """One target's way through the plan.

    base: what ran before, and must come back after an abort. replicas: its pods at the start.
    weight: the canary's share that the plan now wants.
    aim, fence: what was last wanted of the world, and the number that every write about it carries.
    taken: what was taken back under this fence, by name (stable, canary, weight).
    waiting: since when the world is not yet as the aim wants it; converged: it was seen equal to it.
    in_place: since when the present weight is seen, settled and served by a ready canary pod; measurements count from then.
    scale: the setCanaryScale in force. foreign: somebody else's image on the stable side that people were told of.
    repairs: when foreign writes were repaired lately. stuck: people were told that nothing moves.
    home: the world was seen at rest with the revision that the ending asks for. claimed: the workload was seen to carry our claim.
    """

    id: str
    target: Target
    driver: Native | Argo
    base: Revision
    replicas: int
    weight: int = 0
    aim: Aim | None = None
    fence: int = 0
    taken: tuple[str, ...] = ()
    waiting: datetime | None = None
    converged: bool = False
    shift: Shift | None = None
    in_place: datetime | None = None
    scale: SetCanaryScale | None = None
    foreign: str = ""
    repairs: tuple[datetime, ...] = ()
    stuck: bool = False
    home: bool = False
    claimed: bool = False

    @property
    def native(self) -> Native:
        """The plan that Leadsman walks itself. Raises TypeError for a walk of a controller's, which only a programming mistake asks for."""
        if not isinstance(self.driver, Native):
            raise TypeError(f"{self.target.workload} is walked by its controller")
        return self.driver

    @property
    def argo(self) -> Argo:
        """What is remembered of a walk of Argo's controller. Raises TypeError for one of our own."""
        if not isinstance(self.driver, Argo):
            raise TypeError(f"{self.target.workload} is walked by Leadsman")
        return self.driver


@dataclass(frozen=True, slots=True)
class Activity:
    """An analysis at work: `step` it belongs to (None: in the background), its run, and the number that late measurements are told by.

    `since` is the walk's `in_place` it measures from: when that moves, the run begins anew under the next `sequence`.
    """

    id: str
    walk: str
    step: int | None
    run: Run
    since: datetime
    window: timedelta
    sequence: int = 0
    closed: bool = False
    accepted: bool = False


class AskKind(StrEnum):
    """What is asked of people."""

    GATE = "gate"
    INCONCLUSIVE = "inconclusive"


class AskEnd(StrEnum):
    """How a question ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's answer."""

    by: Actor
    at: datetime
    yes: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """What exactly an answer counts for: the position, the revision down to its digest, the weight seen and the weight it would allow."""

    position: int
    version: str
    digest: str | None
    weight: int
    allows: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to people. It counts only for its binding; silence never means yes. `held`: nobody answered in time, it waits on.

    `pause`: the pause of Argo's controller that it is about; None once that is over. `reminded`: how many of the moments
    at which people are reminded of it have passed and been told.
    """

    id: str
    kind: AskKind
    walk: str
    binding: Binding
    approvals: int
    roles: tuple[str, ...]
    opened: datetime
    deadline: datetime
    silence: Silence
    activity: str | None = None
    votes: tuple[Vote, ...] = ()
    ended: AskEnd | None = None
    held: bool = False
    pause: PauseKey | None = None
    reminded: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.ended is None

    @property
    def yes(self) -> tuple[Vote, ...]:
        """The votes for it."""
        return tuple(vote for vote in self.votes if vote.yes)


class HoldKind(StrEnum):
    """Why nothing goes forward."""

    PERSON = "person"
    CLUSTER = "cluster"  # somebody set spec.paused of a Rollout
    DIGEST = "digest"
    FOREIGN = "foreign"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Hold:
    """A stop to forward moves (never to going home): who or what set it, why, and when."""

    kind: HoldKind
    by: Actor
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules frozen at the start: whether the starter may approve, who may start and who may skip, and a number for the audit."""

    own_approval: bool = False
    deployers: tuple[str, ...] = ("deployer", "approver")
    approvers: tuple[str, ...] = ("approver",)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One attempt to bring one app in one environment from one revision to another.

    `instance` names the installation; `count` numbers the asks and activities made so far. `templates` are those its
    analyses name, as they were at the start.
    `why` is the sentence for what turned it back, `turned_by` who did, and `ending` the outcome it then heads for.
    `successor` is the id of the rollout that it first made room for.
    """

    id: str
    instance: str
    app: str
    environment: str
    candidate: Revision
    by: Actor
    created: datetime
    strategy: str
    walks: tuple[Walk, ...]
    stage: Stage = Stage.QUEUED
    outcome: Outcome | None = None
    reason: str = ""
    why: str = ""
    turned_by: Actor | None = None
    ending: Outcome | None = None
    holds: tuple[Hold, ...] = ()
    asks: tuple[Ask, ...] = ()
    activities: tuple[Activity, ...] = ()
    templates: tuple[Template, ...] = ()
    policy: Policy = field(default_factory=Policy)
    count: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    rollback_of: str | None = None
    successor: str | None = None
    after: str | None = None
    """The id of the live rollout it waits for, while queued."""

    @property
    def is_final(self) -> bool:
        """Ended is ended."""
        return self.stage is Stage.ENDED

    def walk(self, walk_id: str) -> Walk:
        """The walk of that id. Raises StopIteration for an unknown one, which only a programming mistake can ask for."""
        return next(walk for walk in self.walks if walk.id == walk_id)

    def ask(self, ask_id: str) -> Ask | None:
        """The ask of that id, open or not."""
        return next((ask for ask in self.asks if ask.id == ask_id), None)

    def activity(self, activity_id: str) -> Activity | None:
        """The activity of that id, closed or not."""
        return next((activity for activity in self.activities if activity.id == activity_id), None)

    @property
    def is_argo(self) -> bool:
        """Whether Argo's controller walks."""
        return any(isinstance(walk.driver, Argo) for walk in self.walks)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was ever wanted of the world for it: there is nothing to bring back."""
        return all(walk.fence == 0 for walk in self.walks)

    def hold(self, kind: HoldKind) -> Hold | None:
        """The hold of that kind, if there is one."""
        return next((hold for hold in self.holds if hold.kind is kind), None)
