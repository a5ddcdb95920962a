"""The configuration as the rest of the program asks for it. Frozen: a reload makes another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config.document import Document
from bot.config.names import choices, nearest
from bot.config.problem import Mark
from bot.config.shape import App, Card, Cluster, Commands, EnvironmentShape, File, Mode
from strategies.argo.driver import Argo, Start
from strategies.judge.resolution import Facts, ResolvedAnalysis, resolve
from strategies.judge.template import Template
from strategies.model import Native, Nginx, Policy, Revision, Target, WorkloadKind
from strategies.problem import SpecProblem
from strategies.steps import Analysis, Gate, Plan

ARGO = "Argo Rollouts"
"""What stands for the strategy's name where a Rollout has its own."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the configuration does not have. `nearest`: known names that were probably meant, best first."""

    sentence: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """One app in one environment. `strategy` is the name of the plan, or `ARGO`. `workload_ref`: the Deployment that its
    Rollout takes its pods from; empty for none.
    """

    app: str
    name: str
    image: str
    cluster: str
    strategy: str
    channel: str
    target: Target
    own_approval: bool = False
    workload_ref: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """One valid configuration.

    gates: what the pauses of Rollouts ask of people, by app and environment, where that is written.
    version: a short hash of everything in it, for the audit. normal: its content without layout and comments.
    files: what it was read from. document: the same with the line of
    every key.
    """

    file: File
    plans: Mapping[str, Plan]
    templates: Mapping[str, Template]
    gates: Mapping[tuple[str, str], Gate]
    version: str
    normal: Mapping[str, object]
    files: tuple[Path, ...]
    document: Document

    @property
    def instance(self) -> str:
        """The name of this installation, part of every claim."""
        return self.file.instance

    @property
    def observes(self) -> bool:
        """Whether nothing may be patched."""
        return self.file.mode is Mode.OBSERVE

    @property
    def commands(self) -> Commands:
        """The names of the slash commands."""
        return self.file.slack.commands

    @property
    def channel(self) -> str:
        """The channel of what has none of its own."""
        return self.file.slack.channel

    @property
    def clusters(self) -> Mapping[str, Cluster]:
        """The clusters by name."""
        return self.file.clusters

    def kubeconfig(self, cluster: str) -> str | None:
        """The cluster's own kubeconfig file, its path counted from the configuration's folder. Raises KeyError."""
        path = self.clusters[cluster].kubeconfig
        return None if path is None else str(self.files[0].parent / Path(path).expanduser())

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        """The members of each role as written: `@group`, user id, e-mail or `*`."""
        return {role: tuple(members) for role, members in self.file.roles.items()}

    @property
    def card(self) -> Card:
        """How cards look."""
        return self.file.card

    @property
    def apps(self) -> Mapping[str, App]:
        """The apps by name."""
        return self.file.apps

    def app(self, name: str) -> App | Unknown:
        """The app of that name."""
        if name in self.apps:
            return self.apps[name]
        return _unknown(f"No app “{name[:80]}”.", name, self.apps, "Known apps")

    def environments(self) -> tuple[Environment, ...]:
        """Every environment of every app, in the order of the file."""
        return tuple(self._environment(app, name) for app, found in self.apps.items() for name in found.environments)

    def environment(self, app: str, name: str | None) -> Environment | Unknown:
        """The environment of the app. `name` may be None only where the app has just one."""
        found = self.app(app)
        if isinstance(found, Unknown):
            return found
        if name is None:
            if len(found.environments) == 1:
                return self._environment(app, next(iter(found.environments)))
            known = tuple(found.environments)
            return Unknown(f"{app} runs in more than one environment. Say which: {choices(known)}.", known)
        if name in found.environments:
            return self._environment(app, name)
        return _unknown(f"{app} has no environment “{name[:80]}”.", name, found.environments, "It has")

    def driver_for(self, app: str, environment: str) -> Native | Argo:
        """How a deploy there goes: by the plan of the environment's strategy, or by Argo's controller.

        Raises KeyError for names that are not known.
        """
        strategy = self._shape(app, environment).strategy
        return self.argo(app, environment, Start.DEPLOY) if strategy is None else Native(self.plans[strategy])

    def templates_of(self, driver: Native | Argo) -> tuple[Template, ...]:
        """The templates that a plan names, as far as the configuration has them; none for a Rollout, which has its own."""
        analyses = driver.plan.analyses if isinstance(driver, Native) else ()
        names = dict.fromkeys(name for analysis in analyses for name in analysis.templates)
        return tuple(self.templates[name] for name in names if name in self.templates)

    def argo(self, app: str, environment: str, start: Start) -> Argo:
        """How a walk of Argo's controller there begins."""
        return Argo(start, self.gates.get((app, environment), Gate()))

    def target(self, app: str, environment: str) -> Target:
        """What a rollout there changes. Raises KeyError for names that are not known."""
        return self._environment(app, environment).target

    def policy(self, app: str, environment: str) -> Policy:
        """The rules that a rollout there starts with. Raises KeyError for names that are not known."""
        return Policy(own_approval=self._shape(app, environment).own_approval, version=self.version)

    def revision(self, app: str, version: str) -> Revision:
        """The revision that people mean by `version`, a valid tag. Raises KeyError for an app that is not known."""
        return Revision(version, f"{self.apps[app].image}:{version}")

    def analysis(self, asked: Analysis, facts: Facts) -> ResolvedAnalysis | tuple[SpecProblem, ...]:
        """What an analysis of a plan of this configuration measures."""
        return resolve([self.templates[name] for name in asked.templates], asked.args, facts)

    def mark(self, *place: str | int) -> Mark:
        """Where in the files a key stands, or the nearest one around it."""
        return self.document.mark(place)

    def _shape(self, app: str, environment: str) -> EnvironmentShape:
        return self.apps[app].environments[environment]

    def _environment(self, app: str, name: str) -> Environment:
        whole, shape = self.apps[app], self._shape(app, name)
        nginx = shape.traffic.nginx if shape.traffic else None
        return Environment(
            app=app,
            name=name,
            image=whole.image,
            cluster=shape.cluster,
            strategy=shape.strategy or ARGO,
            channel=shape.channel or (whole.slack.channel if whole.slack else self.channel),
            target=Target(
                cluster=shape.cluster,
                namespace=shape.namespace,
                workload=shape.workload.deployment or shape.workload.rollout or "",
                container=shape.workload.container,
                router=Nginx(nginx.ingress, nginx.stable_service, nginx.canary_service) if nginx else None,
                kind=WorkloadKind.ROLLOUT if shape.workload.rollout else WorkloadKind.DEPLOYMENT,
            ),
            own_approval=shape.own_approval,
            workload_ref=shape.workload.workload_ref or "",
        )


def _unknown(sentence: str, name: str, known: Mapping[str, object], all_of_them: str) -> Unknown:
    likely = nearest(name, known)
    hint = f"Did you mean {' or '.join(likely)}?" if likely else f"{all_of_them}: {choices(known)}."
    return Unknown(f"{sentence} {hint}", likely)
