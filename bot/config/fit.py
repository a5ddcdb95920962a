"""Whether the parts of a configuration fit together: names that point at each other, questions somebody can answer."""

from collections.abc import Iterator, Mapping

from bot.config.document import Document, Place
from bot.config.names import choices, nearest
from bot.config.plans import plan_place
from bot.config.problem import ConfigProblem
from bot.config.shape import EnvironmentShape, File
from bot.config.shape_problems import show
from bot.config.templates import TemplateFile
from strategies.shares import unrouted
from strategies.steps import Gate, Plan


def fit_problems(
    file: File,
    document: Document,
    plans: Mapping[str, Plan],
    templates: Mapping[str, TemplateFile],
    gates: Mapping[tuple[str, str], Gate],
) -> tuple[ConfigProblem, ...]:
    """Everything that does not fit. `plans` has the strategies that could be read, `gates` those of environments."""
    fit = _Fit(file, document, plans, templates, gates)
    return (*fit.commands(), *fit.people(), *fit.gates(), *fit.environments(), *fit.workloads())


class _Fit:
    def __init__(
        self,
        file: File,
        document: Document,
        plans: Mapping[str, Plan],
        templates: Mapping[str, TemplateFile],
        gates: Mapping[tuple[str, str], Gate],
    ) -> None:
        self._gates = gates
        self._file = file
        self._document = document
        self._plans = plans
        self._templates = templates

    def commands(self) -> Iterator[ConfigProblem]:
        """Two commands of one name: Slack would send both to the same listener."""
        names: dict[str, str] = {}
        for key, name in self._file.slack.commands.model_dump().items():
            if name in names:
                place = ("slack", "commands", key)
                yield self._problem(
                    place, f"{name} is the command for {names[name]} too", "Give every command a name of its own."
                )
            names.setdefault(name, key)

    def people(self) -> Iterator[ConfigProblem]:
        """Somebody must be able to act."""
        if not any(self._file.roles.get(role) for role in ("deployer", "approver")):
            fix = 'Write deployer: ["@backend"] and approver: ["@sre"] under roles.'
            yield self._problem(
                ("roles",), "nobody may start a rollout: neither deployer nor approver has a member", fix
            )

    def gates(self) -> Iterator[ConfigProblem]:
        """Gates ask roles that exist and are large enough."""
        for name, plan in self._plans.items():
            for at, step in enumerate(plan.steps):
                if isinstance(step, Gate):
                    yield from self._gate(plan_place(self._document, name, ("steps", at, "gate")), step)
        for (app, environment), gate in self._gates.items():
            yield from self._gate(("apps", app, "environments", environment, "gate"), gate)

    def _gate(self, place: Place, gate: Gate) -> Iterator[ConfigProblem]:
        unknown = [role for role in gate.roles if role not in self._file.roles]
        for role in unknown:
            yield self._problem(place, f"there is no role {role!r}", self._instead(role, self._file.roles))
        members = {member for role in gate.roles for member in self._file.roles.get(role, ())}
        countable = not any(member == "*" or member.startswith("@") for member in members)
        if not unknown and countable and len(members) < gate.approvals:
            sentence = (
                f"it asks for {gate.approvals} approvals, but {' and '.join(gate.roles)} has {len(members)} in all"
            )
            yield self._problem(place, sentence, "Name more people or a group, or ask for fewer approvals.")

    def environments(self) -> Iterator[ConfigProblem]:
        """Clusters, strategies and Services that an environment names."""
        for place, environment in self._places():
            if environment.cluster not in self._file.clusters:
                fix = self._instead(environment.cluster, self._file.clusters)
                yield self._problem((*place, "cluster"), f"there is no cluster {environment.cluster!r}", fix)
            elif self._file.clusters[environment.cluster].prometheus is None:
                yield from self._unmeasured(place, environment)
            if environment.workload.rollout is None:
                yield from self._walked(place, environment)
            else:
                yield from self._driven(place, environment)

    def _walked(self, place: Place, environment: EnvironmentShape) -> Iterator[ConfigProblem]:
        """What Leadsman needs to walk a Deployment itself."""
        strategy = environment.strategy
        if strategy is None:
            fix = f"Write the name of one of the strategies: {choices(self._file.strategies) or 'there is none yet'}."
            yield self._problem((*place, "strategy"), "strategy is missing", fix)
        elif strategy not in self._file.strategies:
            fix = self._instead(strategy, self._file.strategies)
            yield self._problem((*place, "strategy"), f"there is no strategy {strategy!r}", fix)
        elif environment.traffic is None and strategy in self._plans:
            for wrong in unrouted(self._plans[strategy]):
                sentence = f"the strategy {strategy!r} does not fit ({wrong.place}): {wrong.sentence}"
                yield self._problem((*place, "strategy"), sentence, wrong.fix)
        if environment.gate is not None:
            fix = "Write it there, where people should be asked: - gate: {approvals: 1, from: [approver]}."
            yield self._problem((*place, "gate"), "the gates of a Deployment are steps of its strategy", fix)
        nginx = environment.traffic.nginx if environment.traffic else None
        if nginx is not None and nginx.stable_service == nginx.canary_service:
            fix = "Name a second Service that selects the canary's pods only."
            yield self._problem((*place, "traffic", "nginx", "canaryService"), "it is the stable Service too", fix)

    def _driven(self, place: Place, environment: EnvironmentShape) -> Iterator[ConfigProblem]:
        """A Rollout brings its own steps and its own router."""
        if environment.strategy is not None:
            fix = "Leave strategy out; what the Rollout's pauses ask of people stands under gate."
            yield self._problem((*place, "strategy"), "a Rollout has its own strategy", fix)
        if environment.traffic is not None:
            sentence = "a Rollout divides its traffic itself (spec.strategy.canary.trafficRouting)"
            yield self._problem((*place, "traffic"), sentence, "Leave traffic out.")

    def _unmeasured(self, place: Place, environment: EnvironmentShape) -> Iterator[ConfigProblem]:
        """A strategy that asks the cluster's Prometheus needs one."""
        plan = self._plans.get(environment.strategy or "")
        asked = [
            metric
            for analysis in (plan.analyses if plan else ())
            for name in analysis.templates
            if name in self._templates
            for metric in self._templates[name].template.metrics
        ]
        if any(not metric.address for metric in asked):
            sentence = f"the strategy {environment.strategy!r} measures, but {environment.cluster!r} has no Prometheus"
            fix = f"Add prometheus: http://… to clusters.{environment.cluster}."
            yield self._problem((*place, "cluster"), sentence, fix)

    def workloads(self) -> Iterator[ConfigProblem]:
        """One workload belongs to one app and environment: two rollouts would fight over it."""
        owners: dict[tuple[str, str, str, str], str] = {}
        for place, environment in self._places():
            deployment, rollout = environment.workload.deployment, environment.workload.rollout
            key, kind, name = ("rollout", "Rollout", rollout) if rollout else ("deployment", "Deployment", deployment)
            workload = (environment.cluster, environment.namespace, kind, name or "")
            if workload in owners:
                sentence = f"the {kind} {name!r} belongs to {owners[workload]} already"
                fix = f"Name another {kind}, or drop one of the two."
                yield self._problem((*place, "workload", key), sentence, fix)
            owners.setdefault(workload, f"{place[1]} in {place[3]}")

    def _places(self) -> Iterator[tuple[Place, EnvironmentShape]]:
        for app, whole in self._file.apps.items():
            for name, environment in whole.environments.items():
                yield ("apps", app, "environments", name), environment

    def _instead(self, name: str, known: Mapping[str, object]) -> str:
        likely = nearest(name, known, most=1)
        return f"Did you mean {likely[0]}?" if likely else f"Use one of: {choices(known) or 'there is none yet'}."

    def _problem(self, place: Place, sentence: str, fix: str) -> ConfigProblem:
        return ConfigProblem(self._document.mark(place), sentence, fix, show(place))
