"""`leadsman abort --direct` for a Rollout: abort it with nothing but a kubeconfig, when bot, Slack and database are gone.

Argo's controller walks back by itself. The claim's number is raised first, so that nothing an old process still sends
can land, and the claim is given back once the version before has all traffic.
"""

from collections.abc import Callable

from bot.argo.perform import described, give
from bot.clock import Clock
from bot.clusters import Clusters, cluster_of
from bot.errors import PermanentError, PreconditionFailed, TemporaryError
from bot.observe import Observer
from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import ArgoSeen
from strategies.argo.sight import seen
from strategies.argo.writes import ArgoWrite
from strategies.model import Claim, Target

_LOOK_EVERY = 1.0
_LONGEST_PAUSE = 30.0
_WALK = "direct"
Tell = Callable[[str], None]


async def abort_rollout(target: Target, clusters: Clusters, clock: Clock, tell: Tell) -> None:
    """Abort what a Rollout is under way to, and return when the version before has all traffic.

    `tell` is called with lines for the person who waits. Raises `PermanentError` where there is nothing to abort, or where
    an abort would be ignored; an outage of the cluster is told and waited for. Safe to stop and to start again.
    """
    kubernetes, observer = cluster_of(clusters, target.cluster).kubernetes, Observer(clusters, clock)
    fence, line = 0, ""
    while True:
        try:
            looked = seen(target, await observer.rollout(target, fresh=True), clock.now())
            _refuse(looked, target)
            fence = fence or _fence(looked) + 1
            line = _told(looked, line, tell)
            if effect := _wanted(looked, fence):
                tell(described(effect, target))
                await give(kubernetes, effect, target, clock.now())
            elif _is_at_rest(looked):
                name = f"{target.namespace}/{target.workload}"
                tell(f"{name} serves {looked.stable_image} again; it still asks for {looked.image}.")
                return
        except PreconditionFailed as changed:
            tell(str(changed))
        except TemporaryError as error:
            tell(str(error))
            await clock.sleep(min(error.delay or _LOOK_EVERY, _LONGEST_PAUSE))
            continue
        await clock.sleep(_LOOK_EVERY)


def _refuse(looked: ArgoSeen, target: Target) -> None:
    name = f"Rollout {target.namespace}/{target.workload} in cluster {target.cluster}"
    undo = f"kubectl argo rollouts undo {target.workload} -n {target.namespace}"
    if not looked.exists:
        raise PermanentError(f"There is no {name}. Correct the configuration, or create it again.")
    if looked.aborted:
        return
    if looked.observed and looked.current_hash == looked.stable_hash:
        raise PermanentError(
            f"{name} is under way to nothing: there is nothing to abort. The version before comes back with `{undo}`."
        )
    if looked.promote_full:
        raise PermanentError(
            f"{name} was promoted to the end, and its controller ignores an abort then. The way back is `{undo}`."
        )


def _wanted(looked: ArgoSeen, fence: int) -> ArgoWrite | None:
    """What to write next: the abort, and at rest the claim given back. None while only the controller has something to do."""
    claim = looked.claim
    held = claim is not None and bool(claim.rollout)
    if not looked.aborted:
        raised = Claim(claim.instance, claim.rollout, fence) if claim and held else None
        return ArgoWrite(_WALK, ArgoVerb.ABORT, looked.current_hash, claim, claim=raised)
    if claim is None or not held or not _is_at_rest(looked):
        return None
    return ArgoWrite(_WALK, ArgoVerb.CLAIM, "", claim, claim=Claim(claim.instance, "", fence))


def _fence(looked: ArgoSeen) -> int:
    return looked.claim.fence if looked.claim else 0


def _is_at_rest(looked: ArgoSeen) -> bool:
    return looked.weight_seen == 0 and looked.stable_ready >= looked.desired


def _told(looked: ArgoSeen, before: str, tell: Tell) -> str:
    """Tell what is seen where that has changed."""
    line = (
        f"{looked.status}{f': {looked.message}' if looked.message else ''}; {looked.weight_seen}% of the traffic to "
        f"{looked.image}, {looked.stable_ready} of {looked.desired} pods of {looked.stable_image} ready"
    )
    if line != before:
        tell(line)
    return line
