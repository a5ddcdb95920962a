"""Orphans: a claim of this installation on a workload whose rollout is not remembered, as after a lost database.

Nothing of its plan is known any more, but the workload itself carries what ran before. So it is taken up again as a rollout on its way
back, with its own card, under its own id, so that the claim and its fence go on.
"""

from dataclasses import replace
from datetime import datetime

from bot.argo.elsewhere import elsewhere
from bot.clock import Clock
from bot.config.config import Config, Environment
from bot.errors import Unsupported
from bot.observe import Observer
from bot.store.records import Saved
from bot.store.store import Store
from bot.tells import tells
from strategies.argo import sight
from strategies.events import Fact, Happening, What
from strategies.model import LEADSMAN, Claim, Native, Outcome, Revision, Rollout, Stage, Walk, WorkloadKind
from strategies.native.claims import base_of, claim_of
from strategies.native.containers import image_version
from strategies.native.sight import Objects, seen
from strategies.rollback import ROLLBACK

FOUND = "found in the cluster without any memory of it"
WHY = f"{FOUND}; the version before it comes back"


async def adopt(config: Config, store: Store, observer: Observer, clock: Clock) -> tuple[Saved, ...]:
    """Take up every orphan among the configured targets. Raises `LeadsmanError` where a cluster cannot be seen."""
    adopted = []
    for place in config.environments():
        orphan = await _orphan(config, observer, clock, place)
        if orphan is not None and await store.load(orphan.id) is None:
            adopted.append(await _taken_up(store, clock.now(), orphan))
    return tuple(adopted)


async def _orphan(config: Config, observer: Observer, clock: Clock, place: Environment) -> Rollout | None:
    """The rollout that a claim of this installation there is about, as far as the cluster remembers it."""
    if place.target.kind is WorkloadKind.ROLLOUT:
        return await _controlled(config, observer, clock, place)
    objects = await observer.objects(place.target, fresh=True)
    claim = claim_of(objects.stable)
    return _walked(config, clock, place, objects, claim) if is_claimed(config, claim) and claim else None


def is_claimed(config: Config, claim: Claim | None) -> bool:
    """Whether a claim is a live one of this installation."""
    return claim is not None and bool(claim.rollout) and claim.instance == config.instance


async def _controlled(config: Config, observer: Observer, clock: Clock, place: Environment) -> Rollout | None:
    """A Rollout goes on by itself, and where it stands is its controller's word: it only gets its card and its gates again."""
    try:
        objects = await observer.rollout(place.target, fresh=True)
    except Unsupported:
        return None
    looked = sight.seen(place.target, objects, clock.now())
    if not is_claimed(config, looked.claim) or looked.claim is None:
        return None
    rollout = elsewhere(config, place, looked, looked.claim.rollout)
    [walk] = rollout.walks
    base = base_of(objects.rollout or {})
    before = walk.base if base is None else _revision(base[0])
    return replace(rollout, by=LEADSMAN, reason=FOUND, walks=(replace(walk, base=before, fence=looked.claim.fence),))


async def _taken_up(store: Store, now: datetime, rollout: Rollout) -> Saved:
    reverting = rollout.stage is Stage.REVERTING
    what, facts = (What.REVERTING, {"why": WHY}) if reverting else (What.REQUESTED, _asked(rollout))
    happenings = (Happening(what, now, LEADSMAN, facts),)
    return await store.create(rollout, happenings, tells(rollout.id, happenings), at=now, due_at=now)


def _asked(rollout: Rollout) -> dict[str, Fact]:
    return {"version": rollout.candidate.version, "strategy": rollout.strategy, "reason": rollout.reason}


def _walked(config: Config, clock: Clock, place: Environment, objects: Objects, claim: Claim) -> Rollout | None:
    base = base_of(objects.stable or {})
    if base is None:
        return None
    now = clock.now()
    looked = seen(place.target, objects, now)
    image, replicas = base
    candidate = looked.canary.image if looked.canary.image and looked.canary.image != image else looked.stable.image
    walk = Walk(place.cluster, place.target, Native(ROLLBACK), _revision(image), replicas)
    return Rollout(
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


def _revision(image: str) -> Revision:
    """A revision read back from the image of a template."""
    name, _, digest = image.partition("@")
    return Revision(image_version(image), name, digest or None)
