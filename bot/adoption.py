"""Orphans: a claim of this installation on a workload whose rollout is not remembered, as after a lost database.

Nothing of its plan is known any more, but the workload itself carries what ran before. So it is taken up again as a rollout on its way
back, with its own card, under its own id, so that the claim and its fence go on.
"""

from dataclasses import replace

from bot.clock import Clock
from bot.config.config import Config, Environment
from bot.observe import Observer
from bot.store.records import Saved
from bot.store.store import Store
from bot.tells import tells
from strategies.events import Happening, What
from strategies.model import LEADSMAN, Claim, Native, Outcome, Revision, Rollout, Stage, Walk
from strategies.native.claims import base_of, claim_of
from strategies.native.containers import image_version
from strategies.native.sight import Objects, seen
from strategies.rollback import ROLLBACK

WHY = "found in the cluster without any memory of it; the version before it comes back"


async def adopt(config: Config, store: Store, observer: Observer, clock: Clock) -> tuple[Saved, ...]:
    """Take up every orphan among the configured targets. Raises `LeadsmanError` where a cluster cannot be seen."""
    adopted = []
    for place in config.environments():
        objects = await observer.objects(place.target, fresh=True)
        claim = claim_of(objects.stable)
        if claim is None or not claim.rollout or claim.instance != config.instance:
            continue
        if await store.load(claim.rollout) is None:
            saved = await _taken_up(config, store, clock, place, objects, claim)
            adopted += [saved] if saved else []
    return tuple(adopted)


async def _taken_up(
    config: Config, store: Store, clock: Clock, place: Environment, objects: Objects, claim: Claim
) -> Saved | None:
    base = base_of(objects.stable or {})
    if base is None:
        return None
    now = clock.now()
    looked = seen(place.target, objects, now)
    image, replicas = base
    candidate = looked.canary.image if looked.canary.image and looked.canary.image != image else looked.stable.image
    walk = Walk(place.cluster, place.target, Native(ROLLBACK), _revision(image), replicas)
    rollout = Rollout(
        id=claim.rollout,
        instance=config.instance,
        app=place.app,
        environment=place.name,
        candidate=_revision(candidate or image),
        by=LEADSMAN,
        created=now,
        strategy="rollback",
        walks=(replace(walk, fence=claim.fence),),
        stage=Stage.REVERTING,
        ending=Outcome.ROLLED_BACK,
        why=WHY,
        started=now,
        policy=config.policy(place.app, place.name),
    )
    happenings = (Happening(What.REVERTING, now, LEADSMAN, {"why": WHY}),)
    return await store.create(rollout, happenings, tells(rollout.id, happenings), at=now, due_at=now)


def _revision(image: str) -> Revision:
    """A revision read back from the image of a template."""
    name, _, digest = image.partition("@")
    return Revision(image_version(image), name, digest or None)
