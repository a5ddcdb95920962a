"""What can happen to a rollout: commands by people, observations of the world, and measurements. Times and authors come in with them.

A command carries what its author saw (`Position`, or an ask's id). `Happening` is the other direction:
what became of it, to be told and audited.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from strategies.argo.seen import ArgoSeen
from strategies.judge.measurement import Sample
from strategies.judge.template import Template
from strategies.model import Actor, Revision, Seen, Stage, Who


@dataclass(frozen=True, slots=True)
class Position:
    """Where a rollout stood when somebody looked: stage, and each walk's cursor, or its controller's step. Buttons and typed commands
    carry it."""

    stage: Stage
    cursors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Promote:
    """End the pause at hand. Never skips an unfinished analysis or a gate."""

    at: datetime
    by: Who
    saw: Position | None = None


@dataclass(frozen=True, slots=True)
class PromoteFull:
    """Go to the end at once, past every remaining step. Needs the approver's role and a reason."""

    at: datetime
    by: Who
    reason: str
    saw: Position | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave the step at hand (a pause, an analysis or a gate) undone. Needs the approver's role and a reason."""

    at: datetime
    by: Who
    reason: str
    saw: Position | None = None


@dataclass(frozen=True, slots=True)
class Abort:
    """Bring the base revision back. Never refused as stale while the rollout lives."""

    at: datetime
    by: Who
    reason: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Make room for another version: bring the base revision back, then end as superseded by `version`, which `successor` rolls out."""

    at: datetime
    by: Who
    version: str
    successor: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop forward moves until somebody resumes (`/rollout pause`)."""

    at: datetime
    by: Who
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """Lift every hold (`/rollout resume`)."""

    at: datetime
    by: Who


@dataclass(frozen=True, slots=True)
class Approve:
    """Say yes to an ask. Accepting an inconclusive analysis needs a reason."""

    at: datetime
    by: Who
    ask: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """Say no to an ask: one no closes it and aborts."""

    at: datetime
    by: Who
    ask: str
    reason: str


@dataclass(frozen=True, slots=True)
class MeasureAgain:
    """The other answer to an inconclusive analysis: throw its measurements away and begin again."""

    at: datetime
    by: Who
    ask: str


@dataclass(frozen=True, slots=True)
class Terminate:
    """End an AnalysisRun of Argo's controller as if its time were up. Needs the approver's role and a reason.

    `run` is its name; empty: the one that runs.
    """

    at: datetime
    by: Who
    reason: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """A queued rollout's turn has come, or a new one found its place free: preflight starts."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """One walk's target as preflight found it: what serves now, with how many pods, and the look itself."""

    walk: str
    base: Revision
    replicas: int
    seen: Seen | ArgoSeen


@dataclass(frozen=True, slots=True)
class Preflighted:
    """What preflight found: `problems` are sentences that forbid the start; `found` has every walk's target when there are none.

    `notes` are sentences to know that forbid nothing. `templates` are those that the plan names and that lie in the cluster.
    """

    at: datetime
    problems: tuple[str, ...]
    found: tuple[Found, ...] = ()
    notes: tuple[str, ...] = ()
    templates: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """A fresh look at one walk's target.

    `awake` is since when the engine has been awake without a break. `clear` False: the wall clock jumped or the look is
    not fresh, so nothing moves forward now. `writes` False: this installation only observes, so what is decided is
    never written.
    """

    at: datetime
    walk: str
    seen: Seen
    awake: datetime
    clear: bool = True
    writes: bool = True


@dataclass(frozen=True, slots=True)
class ArgoObserved:
    """A fresh look at a Rollout that Argo's controller walks. The fields are those of `Observed`."""

    at: datetime
    walk: str
    seen: ArgoSeen
    awake: datetime
    clear: bool = True
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of an activity. Matched by `sequence`, never by timing; a late one of an earlier run counts for nothing."""

    at: datetime
    activity: str
    sequence: int
    sample: Sample


@dataclass(frozen=True, slots=True)
class Blocked:
    """A write that only a person can make possible: why it failed, in a sentence."""

    at: datetime
    walk: str
    why: str


@dataclass(frozen=True, slots=True)
class Undone:
    """A write that the world took is wanted again: somebody undid it, perhaps before we looked. `seen`: the look that shows it."""

    at: datetime
    walk: str
    seen: Seen


AnyDriver = Abort | Replace | Hold | Resume | Approve | Reject
"""The commands that mean the same whoever walks."""

Command = Promote | PromoteFull | Skip | MeasureAgain | Terminate | AnyDriver
Look = Observed | ArgoObserved
Event = Command | Begin | Preflighted | Look | Measured | Blocked | Undone


class What(StrEnum):
    """The kinds of happenings: the words of the audit and of the thread's log."""

    REQUESTED = "requested"
    QUEUED = "queued"
    STARTED = "started"
    NOTED = "noted"
    NOT_STARTED = "not-started"
    WEIGHT = "weight"
    PROMOTED = "promoted"
    PROMOTED_FULL = "promoted-full"
    SKIPPED = "skipped"
    ANALYSIS_STARTED = "analysis-started"
    ANALYSIS_AGAIN = "analysis-again"
    MEASURED = "measured"
    ANALYSIS_PASSED = "analysis-passed"
    ANALYSIS_FAILED = "analysis-failed"
    ANALYSIS_INCONCLUSIVE = "analysis-inconclusive"
    ASKED = "asked"
    REMINDED = "reminded"
    APPROVED = "approved"
    GATE_OPEN = "gate-open"
    REJECTED = "rejected"
    ASK_EXPIRED = "ask-expired"
    ASK_VOID = "ask-void"
    HELD = "held"
    RESUMED = "resumed"
    DIGEST = "digest"
    FOREIGN_WRITE = "foreign-write"
    REPAIRED = "repaired"
    STUCK = "stuck"
    BEGUN = "begun"
    DROPPED = "dropped"
    TERMINATED = "terminated"
    PROMOTING = "promoting"
    REVERTING = "reverting"
    ABORTED = "aborted"
    REPLACED = "replaced"
    ENDED = "ended"


Fact = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, in facts, never in layout: the audit stores it, the thread tells it, each in its own words."""

    what: What
    at: datetime
    by: Actor
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command did nothing: a sentence for the person who gave it. Nothing changed."""

    sentence: str
