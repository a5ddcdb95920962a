"""A verb sent to a Rollout: the objects are read again, the guarded patches written for them as they are, and sent in their order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.adapters.kubernetes import ANALYSIS_RUNS, DEPLOYMENTS, ROLLOUTS, Kind, Kubernetes
from bot.argo.objects import read
from bot.errors import Conflict, NotFound, PermanentError, PreconditionFailed, Unsupported
from strategies.argo.driver import ArgoVerb
from strategies.argo.verbs import patches
from strategies.argo.writes import ArgoWrite, Changed, Patch, Resource
from strategies.events import Refusal
from strategies.model import Target
from strategies.native.claims import claim_text

_KINDS: Mapping[Resource, Kind] = {
    Resource.ROLLOUTS: ROLLOUTS,
    Resource.DEPLOYMENTS: DEPLOYMENTS,
    Resource.ANALYSIS_RUNS: ANALYSIS_RUNS,
}


async def give(kubernetes: Kubernetes, effect: ArgoWrite, target: Target, at: datetime) -> str:
    """Do one verb, `at` now; what was done, in a sentence.

    Raises `PreconditionFailed` where the Rollout is not what the verb was decided on, `PermanentError` where the verb is
    refused for it, and what the cluster's own refusals are.
    """
    made = patches(effect, target, await read(kubernetes, target), at)
    match made:
        case Changed(sentence):
            raise PreconditionFailed(f"{sentence} It is looked at again and decided anew.")
        case Refusal(sentence):
            raise PermanentError(sentence)
    for taken, patch in enumerate(made):
        try:
            await _send(kubernetes, target.namespace, patch)
        except PreconditionFailed as changed:
            if not taken:
                raise
            raise PreconditionFailed(f"{taken} of its {len(made)} patches were taken, then: {changed}") from None
    return f"Rollout {target.namespace}/{target.workload}: {effect.verb} was sent."


async def _send(kubernetes: Kubernetes, namespace: str, patch: Patch) -> None:
    """One patch; where it is for the status and the cluster has no such subresource, the same to the object itself."""
    kind = _KINDS[patch.kind]
    try:
        await kubernetes.patch(kind, namespace, patch.name, patch.operations, subresource=patch.subresource)
    except Conflict as conflict:
        raise PreconditionFailed(str(conflict)) from None
    except (NotFound, Unsupported):
        if patch.fallback is None:
            raise
        await _send(kubernetes, namespace, patch.fallback)


def described(effect: ArgoWrite, target: Target) -> str:
    """One line for the audit: the verb, the object, its arguments and what it was decided on."""
    told = ", ".join(f"{key} {value}" for key, value in _facts(effect).items() if value not in (None, ""))
    line = f"{effect.verb} {ROLLOUTS.resource} {target.namespace}/{target.workload}"
    return f"{line}: {told}" if told else line


def _facts(effect: ArgoWrite) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "claim": None if effect.claim is None else claim_text(effect.claim),
        "base": None if effect.base is None else f"{effect.base[0]} × {effect.base[1]}",
        "image": effect.image,
        "revision": (effect.revision or "before") if effect.verb is ArgoVerb.UNDO else None,
        "analysisrun": effect.run,
        "at": None if effect.restart_at is None else effect.restart_at.isoformat(),
    }
    seen = {
        "if the pod hash is": effect.expect_hash,
        "if the step is": effect.step,
        "if it pauses for": " and ".join(f"{one.reason} since {one.started}" for one in effect.pauses),
    }
    return arguments | seen
