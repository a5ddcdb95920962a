"""`leadsman abort --direct`: bring a Deployment home with nothing but a kubeconfig, when bot, Slack and database are
gone.

Everything that is needed stands on the Deployment: the claim, and the image and replicas there were before. The same
machine walks home as in the bot, under a raised fence, so that nothing an old process still sends can land; a bot that
comes back sees the higher fence and that it was brought home by hand.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.argo.direct import abort_rollout
from bot.clock import Clock
from bot.clusters import Clusters
from bot.errors import PermanentError, TemporaryError
from bot.observe import Observer
from bot.perform import Performer
from strategies.effects import effects
from strategies.events import Observed
from strategies.machine import decide
from strategies.model import Actor, Claim, Native, Outcome, Revision, Rollout, Seen, Stage, Target, Walk, WorkloadKind
from strategies.native.claims import base_of, claim_of
from strategies.native.containers import image_version
from strategies.native.sight import seen
from strategies.steps import Plan

_LOOK_EVERY = 1.0
_LONGEST_PAUSE = 30.0
Tell = Callable[[str], None]
Thing = Mapping[str, Any]


async def bring_home(target: Target, clusters: Clusters, clock: Clock, tell: Tell) -> None:
    """Bring the base revision of a claimed Deployment back to serve everything, and give the claim back. Returns when
    it is at rest. A Rollout is aborted, and its own controller brings it back.

    `tell` is called with lines for the person who waits. Raises `PermanentError` where there is nothing to bring home,
    or where it cannot be known what home is; an outage of the cluster is told and waited for. Safe to stop and to start
    again.
    """
    if target.kind is WorkloadKind.ROLLOUT:
        return await abort_rollout(target, clusters, clock, tell)
    observer, performer = Observer(clusters, clock), Performer(clusters, clock)
    rollout = _remembered(target, (await observer.objects(target, fresh=True)).stable, clock)
    base = rollout.walks[0].base
    tell(f"Bringing {target.namespace}/{target.workload} home to {base.image}, claimed by rollout {rollout.id}.")
    line = ""
    while True:
        try:
            looked = seen(target, await observer.objects(target, fresh=True), clock.now())
            line = _told(looked, line, tell)
            rollout = await _step(rollout, looked, clock, performer, tell)
        except TemporaryError as error:
            tell(str(error))
            await clock.sleep(min(error.delay or _LOOK_EVERY, _LONGEST_PAUSE))
            continue
        if rollout.is_final:
            tell(f"{target.namespace}/{target.workload} runs {base.image} again; the claim is given back.")
            return None
        await clock.sleep(_LOOK_EVERY)


async def _step(rollout: Rollout, looked: Seen, clock: Clock, performer: Performer, tell: Tell) -> Rollout:
    """One look decided on, and its writes done."""
    at = clock.now()
    decision = decide(rollout, Observed(at, rollout.walks[0].id, looked, awake=at))
    for hold in decision.rollout.holds:
        raise PermanentError(f"Stopped: {hold.reason}. Look at the Deployment, then start this again.")
    walk = decision.rollout.walks[0]
    for effect in effects(decision.rollout, walk, looked, at):
        outcome = await performer.perform(effect, walk.target)
        tell(outcome.request if outcome.applied else f"{outcome.request}: {outcome.sentence}")
    return decision.rollout


def _remembered(target: Target, stable: Thing | None, clock: Clock) -> Rollout:
    """The rollout that holds the Deployment, as far as its annotations remember it: already on its way back."""
    name = f"Deployment {target.namespace}/{target.workload} in cluster {target.cluster}"
    if stable is None:
        raise PermanentError(f"There is no {name}. Correct the configuration, or create it again.")
    claim, base = claim_of(stable), base_of(stable)
    if claim is None or not claim.rollout:
        raise PermanentError(f"{name} is held by no rollout: there is nothing to bring home.")
    if not claim.instance:
        raise PermanentError(
            f"{name} carries a claim that cannot be read ({claim.rollout}). Take that annotation away by hand."
        )
    if base is None:
        raise PermanentError(
            f"{name} does not say what ran before: its base annotations are gone. Set the image by hand, then take the claim away."
        )
    return _rollout(target, claim, base, clock.now())


def _rollout(target: Target, claim: Claim, base: tuple[str, int], at: datetime) -> Rollout:
    text, replicas = base
    image, _, digest = text.partition("@")
    walk = Walk(
        id="direct",
        target=target,
        driver=Native(Plan(strategy="rollback", steps=())),
        base=Revision(image_version(text), image, digest or None),
        replicas=replicas,
    )
    return Rollout(
        id=claim.rollout,
        instance=claim.instance,
        app=target.workload,
        environment=target.namespace,
        candidate=Revision("unknown", ""),
        by=Actor(id="direct", name="somebody with a kubeconfig", surface="command line"),
        created=at,
        strategy="rollback",
        walks=(walk,),
        stage=Stage.REVERTING,
        ending=Outcome.ROLLED_BACK,
    )


def _told(looked: Seen, before: str, tell: Tell) -> str:
    """Tell what is seen where that has changed."""
    stable, canary = looked.stable, looked.canary
    weight = "" if looked.weight is None else f", {looked.weight}% of the traffic to the canary"
    line = f"stable {stable.image}: {stable.ready} of {stable.replicas} ready; canary: {canary.pods} pods{weight}"
    if line != before:
        tell(line)
    if (stable.problem or canary.problem) and line != before:
        tell(stable.problem or canary.problem)
    return line
