"""The desk: where new rollouts begin. `/deploy`, `/rollback` and retry come here from every surface.

Everything that can be refused is refused here, before anything exists: unknown names, a version that is no tag, a missing role, what
preflight finds. A rollout that is made has its first audit entry and its card in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.argo.revisions import revision_before
from bot.clock import Clock
from bot.config.config import ARGO, Config, Environment, Unknown
from bot.config.names import valid_tag
from bot.engine import Engine
from bot.ports import Gatekeeper
from bot.starting import Preflight, Request, in_the_way
from bot.store.errors import Occupied
from bot.store.records import AuditEntry
from bot.store.store import Store
from bot.tells import tells
from strategies.argo.driver import Argo, Start
from strategies.argo.seen import ArgoSeen
from strategies.events import Abort, Fact, Happening, Replace, What
from strategies.model import Native, Outcome, Policy, Revision, Rollout, Stage, Walk, Who, WorkloadKind
from strategies.native.containers import image_version
from strategies.refusals import NOTHING
from strategies.rollback import ROLLBACK


class WhenBusy(StrEnum):
    """What to do when another rollout of the app and environment is live."""

    ASK = "ask"
    QUEUE = "queue"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Started:
    """A new rollout, moving or queued."""

    rollout: Rollout


@dataclass(frozen=True, slots=True)
class Refused:
    """No rollout was made, and why. `nearest` are names that were probably meant."""

    sentence: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Busy:
    """Another rollout is live: Replace it, queue behind it, or keep it and forget this."""

    live: Rollout
    version: str


@dataclass(frozen=True, slots=True)
class Reverting:
    """`/rollback` while a rollout is live aborts it."""

    live: Rollout


Answer = Started | Refused | Busy | Reverting


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for. `carry` is the environment whose Healthy version is taken over (`--from`)."""

    app: str
    version: str | None
    environment: str | None
    by: Who
    reason: str = ""
    carry: str | None = None
    busy: WhenBusy = WhenBusy.ASK
    delivery: int | None = None


class Desk:
    """Begins rollouts."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        config: Callable[[], Config],
        gatekeeper: Gatekeeper,
        clock: Clock,
        ids: Callable[[], str],
    ) -> None:
        """`config` gives the configuration in force, `ids` a new rollout id each time."""
        self._engine = engine
        self._store = store
        self._config = config
        self._gatekeeper = gatekeeper
        self._clock = clock
        self._ids = ids

    async def deploy(self, wish: Wish) -> Answer:
        """Begin a rollout of a version with the environment's own strategy."""
        place = self._place(wish)
        if isinstance(place, Refused):
            return await self._refused(wish, place)
        candidate = await self._candidate(wish, place)
        if isinstance(candidate, Refused):
            return await self._refused(wish, candidate)
        driver = self._config().driver_for(place.app, place.name)
        return await self._begin(wish, place, candidate, driver)

    async def rollback(self, wish: Wish, number: int | None = None, revision: int | None = None) -> Answer:
        """Abort the live rollout there; without one, go back to the version that was Healthy before (`number` 2), or earlier.

        `revision`: back to that revision of a Rollout, by its number in the cluster.
        """
        place = self._place(wish)
        if isinstance(place, Refused):
            return await self._refused(wish, place)
        live = await self._store.live(place.app, place.name)
        if live is not None:
            decision = await self._engine.act(
                live.id, lambda at: Abort(at, wish.by, wish.reason), delivery=wish.delivery
            )
            return Refused(decision.refusal.sentence) if decision.refusal else Reverting(decision.rollout)
        found = await self._version_before(place, number, revision)
        if isinstance(found, Refused):
            return await self._refused(wish, found)
        return await self._begin(wish, place, *found)

    async def restart(self, wish: Wish) -> Answer:
        """Replace the pods of a Rollout one after the other, with the version that runs."""
        place = self._place(wish)
        if isinstance(place, Refused):
            return await self._refused(wish, place)
        if place.target.kind is not WorkloadKind.ROLLOUT:
            name = f"deployment/{place.target.workload} -n {place.target.namespace}"
            sentence = f"Not started. {place.app} in {place.name} is a Deployment: `kubectl rollout restart {name}` restarts it."
            return await self._refused(wish, Refused(f"{sentence} {NOTHING}"))
        looked = await self._looked(place)
        image = looked.stable_image or looked.image or ""
        driver = self._config().argo(place.app, place.name, Start.RESTART)
        return await self._begin(wish, place, Revision(image_version(image), image), driver)

    async def retry(self, wish: Wish) -> Answer:
        """Begin the last version anew that did not go live there; of a Rollout the one that it was aborted with."""
        place = self._place(wish)
        if isinstance(place, Refused):
            return await self._refused(wish, place)
        if place.target.kind is WorkloadKind.ROLLOUT and (aborted := _aborted(await self._looked(place))):
            return await self._begin(wish, place, aborted, self._config().argo(place.app, place.name, Start.RETRY))
        last = await self._store.history(place.app, place.name, 1)
        if not last or not last[0].is_final or last[0].outcome is Outcome.HEALTHY:
            return await self._refused(
                wish, Refused(f"Nothing to retry in {place.name}: the last rollout went live. {NOTHING}")
            )
        return await self.deploy(replace(wish, version=last[0].candidate.version))

    async def preview(self, wish: Wish) -> tuple[Environment, Native | Argo, Preflight] | Refused:
        """What a deploy would do and what speaks against it, without doing anything (`/rollout plan`)."""
        place = self._place(wish, role=False)
        if isinstance(place, Refused):
            return place
        candidate = await self._candidate(wish, place)
        if isinstance(candidate, Refused):
            return candidate
        driver = self._config().driver_for(place.app, place.name)
        rollout = self._new(wish, place, candidate, driver, Stage.PREFLIGHT)
        found = await self._gatekeeper.check(Request.of(rollout, rollout.walks[0]))
        live = await self._store.live(place.app, place.name)
        return place, driver, in_the_way(found, live, candidate.version) if live else found

    def _place(self, wish: Wish, *, role: bool = True) -> Environment | Refused:
        """The environment that is meant, if the person may act there."""
        found = self._config().environment(wish.app, wish.environment)
        if isinstance(found, Unknown):
            return Refused(found.sentence, found.nearest)
        policy = self._config().policy(found.app, found.name)
        if role and not wish.by.roles & set(policy.deployers):
            has = ", ".join(sorted(wish.by.roles)) or "no role"
            needed = " or ".join(policy.deployers)
            return Refused(f"Not started. Deploying to {found.name} needs the {needed} role; you have {has}. {NOTHING}")
        return found

    async def _candidate(self, wish: Wish, place: Environment) -> Revision | Refused:
        if wish.carry is not None:
            return await self._carried(place, wish.carry)
        version = wish.version or ""
        if not valid_tag(version):
            shown = version[:80]
            return Refused(
                f"Not started. “{shown}” is no valid version: use a tag of letters, digits, dots, hyphens and "
                f"underscores, such as v1.4.2. {NOTHING}"
            )
        return self._config().revision(place.app, version)

    async def _carried(self, place: Environment, origin: str) -> Revision | Refused:
        found = self._config().environment(place.app, origin)
        if isinstance(found, Unknown):
            return Refused(found.sentence, found.nearest)
        healthy = await self._store.last_healthy(place.app, found.name)
        if not healthy:
            return Refused(f"Not started. No rollout of {place.app} ended Healthy in {found.name} yet. {NOTHING}")
        candidate = healthy[0].candidate
        return self._config().revision(place.app, candidate.version)

    async def _healthy_before(self, place: Environment, number: int) -> Revision | Refused:
        """The version that was live `number` − 1 changes ago."""
        versions = await self._versions(place, number)
        if not 2 <= number <= len(versions):
            return Refused(
                f"Not started. There is no earlier Healthy version of {place.app} in {place.name}. {NOTHING}"
            )
        return versions[number - 1]

    async def _versions(self, place: Environment, number: int) -> list[Revision]:
        """What was live there, the newest first: what ended Healthy, and before the first of them what it replaced."""
        healthy = await self._store.last_healthy(place.app, place.name, max(number, 2))
        versions = [rollout.candidate for rollout in healthy]
        return [*versions, healthy[-1].walks[0].base] if healthy else versions

    async def _version_before(
        self, place: Environment, number: int | None, revision: int | None
    ) -> tuple[Revision, Native | Argo] | Refused:
        """The version to go back to, and the way there."""
        if place.target.kind is WorkloadKind.ROLLOUT:
            looked = await self._looked(place)
            known = () if revision is not None else await self._versions(place, number or 2)
            found = revision_before(looked, known, number, revision)
            if isinstance(found, str):
                return Refused(f"Not started. {found} {NOTHING}")
            driver = replace(self._config().argo(place.app, place.name, Start.UNDO), revision=found.number)
            return Revision(image_version(found.image), found.image), driver
        if revision is not None:
            sentence = "Revisions are numbered for Rollouts only; name how many versions to go back with --to."
            return Refused(f"Not started. {sentence} {NOTHING}")
        healthy = await self._healthy_before(place, number or 2)
        return healthy if isinstance(healthy, Refused) else (healthy, Native(ROLLBACK))

    async def _looked(self, place: Environment) -> ArgoSeen:
        """The place's Rollout as it is now. Raises `LeadsmanError` when it cannot be seen."""
        looked = await self._engine.look(place.target)
        if not isinstance(looked, ArgoSeen):
            raise TypeError(f"{place.target.workload} is no Rollout")
        return looked

    async def _begin(self, wish: Wish, place: Environment, candidate: Revision, driver: Native | Argo) -> Answer:
        live = await self._store.live(place.app, place.name)
        if live is not None:
            return await self._beside(wish, place, candidate, driver, live)
        rollout = self._new(wish, place, candidate, driver, Stage.PREFLIGHT)
        checked = await self._gatekeeper.check(Request.of(rollout, rollout.walks[0]))
        if checked.problems:
            why = " ".join(str(problem) for problem in checked.problems)
            return await self._refused(wish, Refused(f"Not started. {why} {NOTHING}"))
        if checked.base is not None:
            walks = tuple(replace(walk, base=checked.base, replicas=checked.replicas) for walk in rollout.walks)
            rollout = replace(rollout, walks=walks)
        try:
            return await self._created(wish, rollout, {})
        except Occupied as occupied:
            other = await self._store.load(occupied.rollout_id)
            if other is None:
                raise
            return Busy(other.rollout, candidate.version)

    async def _beside(
        self, wish: Wish, place: Environment, candidate: Revision, driver: Native | Argo, live: Rollout
    ) -> Answer:
        """Another rollout has the place: what becomes of it is the person's choice."""
        if wish.busy is WhenBusy.ASK:
            return Busy(live, candidate.version)
        queued = replace(self._new(wish, place, candidate, driver, Stage.QUEUED), after=live.id)
        if wish.busy is WhenBusy.REPLACE:
            decision = await self._engine.act(live.id, lambda at: Replace(at, wish.by, candidate.version, queued.id))
            if decision.refusal is not None:
                return Refused(decision.refusal.sentence)
        return await self._created(wish, queued, {"after": live.id})

    async def _created(self, wish: Wish, rollout: Rollout, facts: dict[str, Fact]) -> Started:
        now = rollout.created
        told = {"version": rollout.candidate.version, "strategy": rollout.strategy, "reason": wish.reason, **facts}
        happenings = [Happening(What.REQUESTED, now, wish.by.actor, told)]
        if rollout.stage is Stage.QUEUED:
            happenings.append(Happening(What.QUEUED, now, wish.by.actor, told))
        saved = await self._store.create(
            rollout, happenings, tells(rollout.id, happenings), at=now, due_at=now, delivery=wish.delivery
        )
        self._engine.wake(rollout.id)
        self._engine.saved(saved)
        return Started(rollout)

    def _new(self, wish: Wish, place: Environment, candidate: Revision, driver: Native | Argo, stage: Stage) -> Rollout:
        config = self._config()
        walk = Walk(place.cluster, place.target, driver, Revision("", ""), 1)
        policy: Policy = config.policy(place.app, place.name)
        return Rollout(
            id=self._ids(),
            instance=config.instance,
            app=place.app,
            environment=place.name,
            candidate=candidate,
            by=wish.by.actor,
            created=self._clock.now(),
            strategy=driver.plan.strategy if isinstance(driver, Native) else ARGO,
            walks=(walk,),
            stage=stage,
            reason=wish.reason,
            templates=config.templates_of(driver),
            policy=policy,
        )

    async def _refused(self, wish: Wish, refused: Refused) -> Refused:
        facts: dict[str, Fact] = {
            "app": wish.app,
            "environment": wish.environment,
            "version": wish.version,
            "why": refused.sentence,
        }
        now = self._clock.now()
        entry = AuditEntry("refused", now, wish.by.actor, facts)
        await self._store.audit([entry], app=wish.app, environment=wish.environment, at=now, delivery=wish.delivery)
        return refused


def _aborted(looked: ArgoSeen) -> Revision | None:
    """The version that was aborted there, by whomever, and is still what the Rollout asks for."""
    if not looked.aborted or looked.current_hash == looked.stable_hash or looked.image is None:
        return None
    return Revision(image_version(looked.image), looked.image)
