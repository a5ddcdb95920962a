"""The shape of the configuration: which keys there are, and what each may hold.

Field descriptions are the second half of an error's sentence: what to write there.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from bot.config.names import valid_label, valid_repository, valid_subdomain, valid_word

_CHANNEL = re.compile(r"#[^\s#@<>,A-Z]{1,80}|[CG][A-Z0-9]{6,20}")
_COMMAND = re.compile(r"/[a-z0-9][a-z0-9_-]{0,30}")
_MEMBER = re.compile(r"\*|@[a-z0-9][a-z0-9._-]*|[UW][A-Z0-9]{6,20}|[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def _said(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("said", "{sentence}", {"sentence": sentence})


def _rule(holds: Callable[[str], object], what: str) -> AfterValidator:
    """Texts for which `holds` is true; the others are told that they are not `what`."""

    def check(text: str) -> str:
        if not holds(text):
            raise _said(f"{text[:80]!r} is not {what}")
        return text

    return AfterValidator(check)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _no_password(text: str) -> str:
    """An address as it may stand in a file that many can read. Never quotes the text: it may hold a password."""
    if not _is_address(text):
        raise _said("this is not an http or https address")
    if "@" in urlsplit(text).netloc:
        raise _said("a password in the configuration can be read by many")
    return text


def _as_list(value: object) -> object:
    """One text counts as a list of one."""
    return [value] if isinstance(value, str) else value


Word = Annotated[str, _rule(valid_word, "a name of small letters, digits and hyphens")]
Label = Annotated[str, _rule(valid_label, "a Kubernetes name")]
ObjectName = Annotated[str, _rule(valid_subdomain, "a Kubernetes name")]
Channel = Annotated[str, _rule(_CHANNEL.fullmatch, "a channel")]
Command = Annotated[str, _rule(_COMMAND.fullmatch, "a slash command")]
Member = Annotated[str, _rule(_MEMBER.fullmatch, "a group, a user id or an e-mail address")]
Repository = Annotated[str, _rule(valid_repository, "an image without tag or digest")]
Address = Annotated[str, AfterValidator(_no_password)]
Instance = Annotated[
    str, _rule(lambda text: len(text) <= 40 and valid_label(text), "a short name of small letters, digits and hyphens")
]


class Chart(StrEnum):
    """When a card carries its chart."""

    DECISIONS = "decisions"
    ALWAYS = "always"
    NEVER = "never"


class Mode(StrEnum):
    """Whether Leadsman acts (`run`), or shows and decides but patches nothing (`observe`)."""

    RUN = "run"
    OBSERVE = "observe"


class Part(BaseModel):
    """A mapping of the configuration: unknown keys are refused, nothing is converted, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class Commands(Part):
    """The names of the slash commands; workspaces share them with other apps."""

    deploy: Command = Field("/deploy", description="Write a command such as /deploy.")
    promote: Command = Field("/promote", description="Write a command such as /promote.")
    abort: Command = Field("/abort", description="Write a command such as /abort.")
    rollback: Command = Field("/rollback", description="Write a command such as /rollback.")
    rollout: Command = Field("/rollout", description="Write a command such as /rollout.")


class Slack(Part):
    """Where and how Leadsman speaks in Slack."""

    channel: Channel = Field(description='Write a channel such as "#deploys" (in quotes) or C0123456789.')
    commands: Commands = Field(Commands(), description="Write the commands whose names differ, such as deploy: /ship.")


class Cluster(Part):
    """How a cluster is reached. Neither context nor kubeconfig: the one that Leadsman runs in, else the present context."""

    context: str | None = Field(None, description="Write the name of a context of the kubeconfig.")
    kubeconfig: str | None = Field(None, description="Write the path of a kubeconfig file.")
    prometheus: Address | None = Field(
        None, description="Write its address without a password, such as http://prometheus.monitoring:9090."
    )


class Workload(Part):
    """What is rolled out: one container of one Deployment, or of one Rollout of Argo's."""

    deployment: ObjectName | None = Field(None, description="Write the name of the Deployment.")
    rollout: ObjectName | None = Field(None, description="Write the name of the Argo Rollout.")
    workload_ref: ObjectName | None = Field(
        None, description="Write the name of the Deployment that the Rollout takes its pods from (spec.workloadRef)."
    )
    container: Label = Field(description="Write the name of the container that runs the image.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "Workload":
        if self.deployment is not None and self.rollout is not None:
            raise _said("it names a Deployment and a Rollout, and only one of the two can be rolled out")
        if self.deployment is None and self.rollout is None:
            raise _said("it names neither a Deployment nor a Rollout")
        if self.workload_ref is not None and self.rollout is None:
            raise _said("workloadRef belongs to a Rollout, and it names none")
        return self


class NginxTraffic(Part):
    """Traffic by ingress-nginx: weights on a canary Ingress beside yours."""

    ingress: ObjectName = Field(description="Write the name of the Ingress that serves the app today.")
    stable_service: Label = Field(description="Write the Service that the Ingress sends to today.")
    canary_service: Label = Field(description="Write a second Service, for the canary's pods.")


class Traffic(Part):
    """What divides the traffic. Left out: the number of pods does."""

    nginx: NginxTraffic = Field(description="Write nginx: {ingress: …, stableService: …, canaryService: …}.")


class EnvironmentShape(Part):
    """One place an app runs in."""

    cluster: Word = Field(description="Write the name of one of the clusters.")
    namespace: Label = Field(description="Write the namespace of the workload.")
    workload: Workload = Field(
        description="Write workload: {deployment: NAME, container: NAME}, or {rollout: NAME, container: NAME} for Argo Rollouts."
    )
    traffic: Traffic | None = Field(None, description="Write nginx: {…} under traffic, or leave it out.")
    strategy: Word | None = Field(None, description="Write the name of one of the strategies.")
    gate: dict[str, object] | None = Field(
        None, description="Write gate: {approvals: 2, from: [approver], deadline: 4h, onDeadline: abort}."
    )
    own_approval: bool = Field(default=False, description="Write true if people may approve what they started.")
    channel: Channel | None = Field(None, description='Write a channel such as "#deploys" (in quotes) or C0123456789.')


class AppSlack(Part):
    """Where an app's cards go, if not to the common channel."""

    channel: Channel = Field(description='Write a channel such as "#deploys" (in quotes) or C0123456789.')


class App(Part):
    """Something people deploy by name."""

    image: Repository = Field(description="Write the image without a tag, such as ghcr.io/acme/checkout.")
    slack: AppSlack | None = Field(None, description='Write slack: {channel: "#deploys"}.')
    environments: dict[Word, EnvironmentShape] = Field(min_length=1, description="Write at least one, such as prod.")


class Card(Part):
    """How cards look."""

    chart: Chart = Field(Chart.DECISIONS, strict=False, description="Write decisions, always or never.")


class File(Part):
    """The whole configuration. `strategies` and gates are checked by `strategies.spec`."""

    slack: Slack = Field(description='Write slack: {channel: "#deploys"}.')
    instance: Instance = Field("leadsman", description="Write small letters, digits and hyphens, such as leadsman.")
    mode: Mode = Field(Mode.RUN, strict=False, description="Write run or observe.")
    clusters: dict[Word, Cluster] = Field(
        min_length=1, description="Write at least one, such as prod-eu: {context: prod-eu}."
    )
    roles: dict[Word, list[Member]] = Field(description='Write who has which role, such as approver: ["@sre"].')
    strategies: dict[Word, dict[str, object]] = Field(
        default_factory=dict, description="Write at least one, with its steps."
    )
    apps: dict[Word, App] = Field(min_length=1, description="Write at least one app with its image and environments.")
    analysis_templates: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="Write the files of the AnalysisTemplates, such as ./analysis/*.yaml."
    )
    card: Card = Field(Card(), description="Write card: {chart: decisions}.")
