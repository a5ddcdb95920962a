"""A verb for a Rollout as it was decided, and the JSON patches it becomes.

The effect carries everything it was decided on. `verbs.patches` writes that into the patches as tests, so that the API server applies a
verb to exactly what the card showed, or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from strategies.argo.driver import ArgoVerb, PauseKey
from strategies.model import Claim


class Resource(StrEnum):
    """The kinds of object that a verb writes to, by their names in the API's paths."""

    ROLLOUTS = "rollouts"
    DEPLOYMENTS = "deployments"
    ANALYSIS_RUNS = "analysisruns"


@dataclass(frozen=True, slots=True)
class ArgoWrite:
    """Give a Rollout one verb, if it still is what the verb was decided on.

    expect_hash: `status.currentPodHash` as seen (empty: not tested). expect_claim: the claim as seen; None: there was none.
    expect_image: what our container was seen to ask for, for SET_IMAGE and UNDO (empty: not tested). expect_paused: `spec.paused` as seen,
    for PROMOTE and PROMOTE_FULL, which may end that pause too. pauses: all pause conditions as seen, for PROMOTE.
    step: `currentStepIndex` as seen, for PROMOTE and SKIP (None: not tested).
    image: what SET_IMAGE writes. revision: what UNDO goes back to (0: the second newest). run: the AnalysisRun for TERMINATE.
    restart_at: for RESTART.
    claim: the claim to write, on the Rollout, with any verb; in the same patch where the verb writes to the Rollout's main resource,
    otherwise in a patch before it. base: the base image and replicas to note beside it. A CLAIM with another number makes the controller
    look at the Rollout again.

    Raises ValueError for a verb without what it is about, which only a programming mistake leaves out.
    """

    walk: str
    verb: ArgoVerb
    expect_hash: str = ""
    expect_claim: Claim | None = None
    expect_image: str = ""
    expect_paused: bool = False
    pauses: tuple[PauseKey, ...] = ()
    step: int | None = None
    image: str = ""
    revision: int = 0
    run: str = ""
    restart_at: datetime | None = None
    claim: Claim | None = None
    base: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        needed = {
            ArgoVerb.SET_IMAGE: bool(self.image),
            ArgoVerb.SKIP: self.step is not None,
            ArgoVerb.RESTART: self.restart_at is not None,
            ArgoVerb.TERMINATE: bool(self.run),
        }
        if not needed.get(self.verb, True):
            raise ValueError(f"{self.verb} does not say of what")


@dataclass(frozen=True, slots=True)
class Patch:
    """One JSON patch (RFC 6902) of one object in the Rollout's namespace. `subresource`: `status`, or empty for the object itself."""

    kind: Resource
    name: str
    operations: tuple[Mapping[str, Any], ...]
    subresource: str = ""

    @property
    def fallback(self) -> "Patch | None":
        """What to send when the status subresource answers 404: the same to the object itself, as Rollouts before 0.10 want it.

        None where there is nothing else to try: then the object is gone.
        """
        return replace(self, subresource="") if self.subresource else None


@dataclass(frozen=True, slots=True)
class Changed:
    """The objects read for the patch are not what the verb was decided on, or not what it is good for: look again and decide again."""

    sentence: str
