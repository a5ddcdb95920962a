"""AnalysisTemplates and ClusterAnalysisTemplates, read as Argo Rollouts' users have them.

Ours on top are the unit of each metric (annotation `leadsman.dev/units`) and a clear refusal of what we cannot measure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from strategies.judge.conditions import ConditionError, compile_condition
from strategies.judge.document import Node
from strategies.judge.metric import MetricText, RangeText, read_metric
from strategies.judge.pattern import Pattern
from strategies.judge.pattern_syntax import PatternError
from strategies.judge.unit import ANNOTATION, Unit, read_units
from strategies.problem import SpecProblem

KINDS = ("AnalysisTemplate", "ClusterAnalysisTemplate")
_CREDENTIALS = ("authentication", "headers", "insecure")
_OWN_SERVER = (
    "Leave address and this out, and the metric is asked of the cluster's own Prometheus from the configuration."
)
PodHash = Literal["Stable", "Latest"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A named value for templates: given, read from a field of the workload, or the pod hash of one side.

    At most one of `value`, `from_field` and `pod_template_hash` is set; none means that the caller must give it.
    """

    name: str
    value: str | None = None
    from_field: str | None = None
    pod_template_hash: PodHash | None = None

    @property
    def is_given(self) -> bool:
        """Whether there is anything to take a value from."""
        return not (self.value is None and self.from_field is None and self.pod_template_hash is None)


@dataclass(frozen=True, slots=True)
class Retention:
    """Keep `limit` measurements of the metrics whose name matches `pattern`; 0 keeps Argo's default."""

    pattern: str
    limit: int


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `dry_run` holds patterns of metric names that are measured but decide nothing."""

    name: str
    kind: str
    args: tuple[Argument, ...]
    metrics: tuple[MetricText, ...]
    dry_run: tuple[str, ...] = ()
    retention: tuple[Retention, ...] = ()

    @property
    def is_cluster(self) -> bool:
        """Whether it is cluster-scoped: a plan then names it with `clusterScope: true`."""
        return self.kind == "ClusterAnalysisTemplate"

    @property
    def without_unit(self) -> tuple[str, ...]:
        """The metrics that the annotation says nothing about."""
        return tuple(metric.name for metric in self.metrics if metric.unit is None)


def parse(document: Mapping[str, object]) -> Template | tuple[SpecProblem, ...]:
    """The template in a document as parsed from YAML, or everything that is wrong with it, for a rollout of ours."""
    root = Node.root(document)
    kind = root.get("kind").text()
    if kind not in KINDS:
        root.get("kind").problem(f"kind is {kind!r}", f"Use one of {' or '.join(KINDS)}.")
        return root.problems()
    template = read_template(root)
    _refuse_what_we_cannot_measure(root.get("spec"))
    return root.problems() or template


def condition_problem(text: str) -> str | None:
    """What is wrong with a condition, or None."""
    try:
        compile_condition(text)
    except ConditionError as error:
        return str(error)
    return None


def read_template(root: Node, check_condition: Callable[[str], str | None] = condition_problem) -> Template:
    """The template in a document of one of the `KINDS`, by Argo's rules alone; mistakes are noted at the root.

    Other providers than Prometheus have an empty query here. A template may be made of other `templates` only.
    """
    metadata, spec = root.get("metadata"), root.get("spec")
    metrics = _metrics(spec.get("metrics"), check_condition, needed=not spec.get("templates").is_given)
    return Template(
        name=metadata.get("name").required_text(),
        kind=root.get("kind").text() or "",
        args=tuple(_argument(item) for item in spec.get("args").items()),
        metrics=_with_units(metadata.get("annotations").get(ANNOTATION), metrics),
        dry_run=tuple(read_pattern(item.get("metricName")) for item in spec.get("dryRun").items()),
        retention=read_retention(spec.get("measurementRetention")),
    )


def read_retention(node: Node) -> tuple[Retention, ...]:
    """The rules under `measurementRetention`."""
    return tuple(
        Retention(read_pattern(item.get("metricName")), item.get("limit").whole() or 0) for item in node.items()
    )


def _argument(node: Node) -> Argument:
    """One entry of a template's `args`. Argo lets a template take its value from a field or a Secret, not from pods.

    What a Secret holds is not known here and stands as its key.
    """
    argument, source = Argument(node.get("name").required_text()), node.get("valueFrom")
    if source.is_given and node.get("value").is_given:
        node.problem(f"arg {argument.name} has both Value and ValueFrom fields", "Keep one of value and valueFrom.")
    value = node.get("value").scalar()
    return replace(
        argument,
        value=source.get("secretKeyRef").get("key").text() if value is None else value,
        from_field=source.get("fieldRef").get("fieldPath").text(),
    )


def _refuse_what_we_cannot_measure(spec: Node) -> None:
    """Note what Argo's controller can do and we cannot."""
    if spec.get("templates").is_given:
        spec.get("templates").problem(
            "a template made of other templates is not supported", "Name those templates in the plan instead."
        )
    for item in spec.get("args").items():
        secret = item.get("valueFrom").get("secretKeyRef")
        if secret.is_given:
            secret.problem("values from a Secret are not supported", "Give the value, or leave it out of the query.")
    for item in spec.get("metrics").items():
        _refuse_other_providers(item.get("provider"))


def _refuse_other_providers(node: Node) -> None:
    names = node.keys()
    if len(names) == 1 and names != ("prometheus",):
        node.problem(f"the provider {names[0]!r} is not supported", "Measure it with provider.prometheus and a query.")
    asked = node.get("prometheus")
    for key in _CREDENTIALS:
        if _says_anything(asked.get(key).value):
            asked.get(key).problem(f"{key} in a template is not supported", _OWN_SERVER)


def read_pattern(node: Node) -> str:
    """A pattern of metric names, as `dryRun` and `measurementRetention` have them."""
    text = node.required_text()
    try:
        Pattern(text)
    except PatternError as error:
        node.problem(str(error), "Write the metric's name, or a pattern such as latency-.*")
    return text


def _metrics(node: Node, check_condition: Callable[[str], str | None], *, needed: bool) -> tuple[MetricText, ...]:
    items = node.items()
    if needed and not items:
        node.problem("no metrics specified", "Add at least one metric.")
    metrics: list[MetricText] = []
    for item in items:
        metric = _metric_text(item)
        if metric.name and metric.name in {earlier.name for earlier in metrics}:
            item.get("name").problem(f"duplicate name '{metric.name}'", "Give every metric a name of its own.")
        metrics.append(metric)
        found = read_metric(metric, item.place, check_condition)
        if isinstance(found, tuple):
            item.add(found)
    return tuple(metrics)


def _metric_text(node: Node) -> MetricText:
    asked = _provider(node.get("provider"))
    return MetricText(
        name=node.get("name").required_text(),
        address=asked.get("address").text() or "",
        query=asked.get("query").required_text() if asked.is_given else "",
        range=_range_text(asked.get("rangeQuery")),
        interval=node.get("interval").text(),
        initial_delay=node.get("initialDelay").text(),
        count=node.get("count").scalar(),
        success=node.get("successCondition").text(),
        failure=node.get("failureCondition").text(),
        failure_limit=node.get("failureLimit").scalar() or "0",
        inconclusive_limit=node.get("inconclusiveLimit").scalar() or "0",
        consecutive_error_limit=node.get("consecutiveErrorLimit").scalar() or "4",
        consecutive_success_limit=node.get("consecutiveSuccessLimit").scalar() or "0",
    )


def _range_text(node: Node) -> RangeText | None:
    if not node.is_given:
        return None
    return RangeText(*(node.get(field).required_text() for field in ("start", "end", "step")))


def _provider(node: Node) -> Node:
    """The `prometheus` part of a metric's provider; exactly one provider must be named."""
    names = node.keys()
    if not names:
        node.problem("no provider specified", "Add provider.prometheus with a query.")
    elif len(names) > 1:
        node.problem("multiple providers specified", f"Keep one of {', '.join(names)}.")
    return node.get("prometheus")


def _says_anything(value: object) -> bool:
    """Whether there is more to `value` than the empty mappings that a cluster fills in."""
    if isinstance(value, Mapping):
        return any(map(_says_anything, value.values()))
    return bool(value)


def _with_units(node: Node, metrics: Sequence[MetricText]) -> tuple[MetricText, ...]:
    units: Mapping[str, Unit]
    units, problems = read_units(node.text() or "", [metric.name for metric in metrics], node.place)
    node.add(problems)
    return tuple(replace(metric, unit=units.get(metric.name)) for metric in metrics)
