"""Which revision of a Rollout `/rollback` goes back to."""

from collections.abc import Sequence

from strategies.argo.seen import ArgoSeen, RevisionSeen
from strategies.model import Revision


def revision_before(
    looked: ArgoSeen, known: Sequence[Revision], number: int | None, revision: int | None
) -> RevisionSeen | str:
    """The revision to go back to, or the sentence why there is none.

    `revision` names one by its number. `number` counts the versions that were live here (`known`, the newest first: 2 is
    the one before the last); the cluster may not keep it any more. Without either: while an aborted version is still
    asked for, the stable one; else the newest known version that does not run now; and where none is known, the one
    before the present one, as Argo's own undo takes it.
    """
    if not looked.exists:
        return "There is no such Rollout. Create it first, or correct its name in the configuration."
    if revision is not None:
        found = next((one for one in looked.revisions if one.number == revision), None)
        return found or f"Unable to find revision {revision} in the Rollout's history; it has {_numbers(looked)}."
    others = sorted((one for one in looked.revisions if one.pod_hash != looked.current_hash), key=_age)
    if number is None and looked.aborted:
        stable = next((one for one in others if one.pod_hash == looked.stable_hash), None)
        if stable is not None:
            return stable
    if number is None:
        version = next((one for one in known if not one.runs_as(looked.image)), None)
    else:
        version = known[number - 1] if 2 <= number <= len(known) else None
        if version is None:
            return "There is no earlier Healthy version of it known here."
    if version is None:
        return others[0] if others else "There is no earlier revision of it in the cluster."
    kept = next((one for one in others if version.runs_as(one.image)), None)
    return kept or f"No revision with {version.version} is left in the Rollout's history: deploy that version instead."


def _age(one: RevisionSeen) -> int:
    return -one.number


def _numbers(looked: ArgoSeen) -> str:
    numbers = sorted((one.number for one in looked.revisions), reverse=True)
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} older" if len(numbers) > 10 else shown or "none"
