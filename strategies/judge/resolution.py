"""Templates and arguments made into what is measured: merged, filled in and checked, by Argo's rules."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from strategies.judge.metric import Metric, MetricText, RangeText, read_metric
from strategies.judge.pattern import Pattern
from strategies.judge.placeholder import Language, PlaceholderError, fill
from strategies.judge.template import Argument, Template, condition_problem
from strategies.problem import SpecProblem

KEPT_AT_LEAST = 200
"""How many measurements of a metric are kept: Argo's default is 10, a chart wants more."""
KEPT_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """What arguments may point at: the pod hash of each side, and fields of the workload by path (`metadata.name`)."""

    stable_hash: str = ""
    latest_hash: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StableQuery:
    """The question of `metric` asked about the stable side: the comparison line of a chart."""

    metric: str
    query: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How many measurements of `metric` a template wants kept."""

    metric: str
    limit: int


@dataclass(frozen=True, slots=True)
class ResolvedAnalysis:
    """Everything one run measures. `dry_run` holds the metrics that decide nothing."""

    metrics: tuple[Metric, ...]
    args: tuple[Argument, ...] = ()
    dry_run: tuple[str, ...] = ()
    retention: tuple[Kept, ...] = ()
    stable_queries: tuple[StableQuery, ...] = ()

    def metric(self, name: str) -> Metric:
        """The metric of that name. Raises KeyError."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)

    def stable_query(self, name: str) -> str | None:
        """The same question about the stable side, or None where the query cannot tell the sides apart."""
        return next((stable.query for stable in self.stable_queries if stable.metric == name), None)

    def kept(self, name: str) -> int:
        """How many measurements of the metric to keep."""
        wanted = next((kept.limit for kept in self.retention if kept.metric == name), 0)
        return min(max(wanted, KEPT_AT_LEAST), KEPT_AT_MOST)


@dataclass(frozen=True, slots=True)
class Merged:
    """Several templates as one, the placeholders still in it. Every argument has something to take a value from."""

    metrics: tuple[MetricText, ...]
    args: tuple[Argument, ...]
    dry_run: tuple[str, ...]
    retention: tuple[Kept, ...]


def resolve(
    templates: Sequence[Template],
    arguments: Sequence[Argument],
    facts: Facts,
    place: str = "",
) -> ResolvedAnalysis | tuple[SpecProblem, ...]:
    """The analysis that `templates` make with `arguments`, or everything that is wrong with it.

    The same template twice counts once. An argument that no template declares is left aside, as Argo does.
    """
    merged = merge(templates, arguments, place)
    if not isinstance(merged, Merged):
        return merged
    merging, args = _Merging(place), merged.args
    merging.known(args, facts)
    values = _values(args, facts)
    metrics = tuple(metric for text in merged.metrics if (metric := merging.filled(text, values)) is not None)
    if merging.problems:
        return tuple(merging.problems)
    stable = _stable_queries(merged.metrics, args, facts)
    return ResolvedAnalysis(metrics, args, merged.dry_run, merged.retention, stable)


def merge(
    templates: Sequence[Template], arguments: Sequence[Argument], place: str = ""
) -> Merged | tuple[SpecProblem, ...]:
    """`templates` as one, with `arguments`, before anything is filled in; or everything that does not fit together."""
    merging, chosen = _Merging(place), list(dict.fromkeys(templates))
    metrics = merging.metrics(chosen)
    merged = Merged(
        metrics,
        merging.arguments(chosen, arguments),
        merging.dry_run(chosen, metrics),
        merging.retention(chosen, metrics),
    )
    return tuple(merging.problems) or merged


def _values(args: Sequence[Argument], facts: Facts) -> dict[str, str]:
    hashes = {"Stable": facts.stable_hash, "Latest": facts.latest_hash}
    values = {}
    for arg in args:
        if arg.pod_template_hash is not None:
            values[arg.name] = hashes[arg.pod_template_hash]
        elif arg.from_field is not None:
            values[arg.name] = facts.fields.get(arg.from_field, "")
        else:
            values[arg.name] = arg.value or ""
    return values


def _stable_queries(texts: Sequence[MetricText], args: Sequence[Argument], facts: Facts) -> tuple[StableQuery, ...]:
    latest = [arg.name for arg in args if arg.pod_template_hash == "Latest"]
    values = _values(args, replace(facts, latest_hash=facts.stable_hash))
    return tuple(
        StableQuery(text.name, fill(text.query, values, Language.PROMQL))
        for text in texts
        if any(re.search(rf"\{{\{{\s*args\.{re.escape(name)}\s*\}}\}}", text.query) for name in latest)
    )


class _Merging:
    """Merges by Argo's rules and gathers what is wrong."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.problems: list[SpecProblem] = []

    def metrics(self, templates: Sequence[Template]) -> tuple[MetricText, ...]:
        """All metrics; a name may come once."""
        found: dict[str, MetricText] = {}
        for metric in (metric for template in templates for metric in template.metrics):
            if metric.name in found:
                self._problem(f"two metrics have the same name '{metric.name}'", "Rename one of them in its template.")
            found[metric.name] = metric
        if not found:
            self._problem("no metrics specified", "Name at least one template that has metrics.")
        return tuple(found.values())

    def arguments(self, templates: Sequence[Template], given: Sequence[Argument]) -> tuple[Argument, ...]:
        """Every declared argument with what was given for it, or its default; one without either is a problem."""
        merged: dict[str, Argument] = {}
        for arg in (arg for template in templates for arg in template.args):
            earlier = merged.get(arg.name)
            if earlier is not None and earlier.value is not None and arg.value not in (None, earlier.value):
                self._problem(
                    f"Argument `{arg.name}` specified multiple times with different values:"
                    f" '{earlier.value}', '{arg.value}'",
                    "Give both templates the same default, or rename one argument.",
                )
            if earlier is None or not earlier.is_given:
                merged[arg.name] = arg
        merged |= {arg.name: arg for arg in given if arg.name in merged and arg.is_given}
        for name, arg in merged.items():
            if not arg.is_given:
                self._problem(f"args.{name} was not resolved", f"Give {name} a value under args.")
        return tuple(merged.values())

    def known(self, args: Sequence[Argument], facts: Facts) -> None:
        """Check that what the arguments point at is there: an empty label would match other pods than it says."""
        for arg, value in zip(args, _values(args, facts).values(), strict=True):
            if arg.value is None and not value:
                source = arg.from_field or f"the pod hash {arg.pod_template_hash}"
                self._problem(
                    f"args.{arg.name} was not resolved", f"{source} has no value: give {arg.name} one under args."
                )

    def dry_run(self, templates: Sequence[Template], metrics: Sequence[MetricText]) -> tuple[str, ...]:
        """The metrics that decide nothing."""
        patterns = [pattern for template in templates for pattern in template.dry_run]
        self._twice(patterns, "Dry-Run")
        names = [name for at, text in enumerate(patterns) for name in self._matching(f"dryRun[{at}]", text, metrics)]
        return tuple(dict.fromkeys(names))

    def retention(self, templates: Sequence[Template], metrics: Sequence[MetricText]) -> tuple[Kept, ...]:
        """How many measurements of which metric are kept; a later rule wins."""
        rules = [rule for template in templates for rule in template.retention]
        self._twice([rule.pattern for rule in rules], "Measurement Retention")
        kept: dict[str, int] = {}
        for at, rule in enumerate(rules):
            kept |= dict.fromkeys(self._matching(f"measurementRetention[{at}]", rule.pattern, metrics), rule.limit)
        return tuple(Kept(name, limit) for name, limit in kept.items())

    def _twice(self, patterns: Sequence[str], rules: str) -> None:
        for pattern in dict.fromkeys(one for one in patterns if patterns.count(one) > 1):
            self._problem(f"two {rules} metric rules have the same name '{pattern}'", "Keep one of them.")

    def _matching(self, rule: str, pattern: str, metrics: Sequence[MetricText]) -> list[str]:
        """The names of the metrics that the pattern matches; there must be one."""
        names = [metric.name for metric in metrics if Pattern(pattern).search(metric.name)]
        if not names:
            self._problem(f"{rule}: Rule didn't match any metric name(s)", f"Correct {pattern!r} or leave it out.")
        return names

    def filled(self, text: MetricText, values: Mapping[str, str]) -> Metric | None:
        """The metric with its arguments put in and its numbers read."""
        try:
            full = _fill_metric(text, values)
        except PlaceholderError as error:
            self._problem(f"metric {text.name}: {error}", "Correct the argument or the template.")
            return None
        found = read_metric(full, f"{self._place}.{text.name}" if self._place else text.name, condition_problem)
        if isinstance(found, tuple):
            self.problems.extend(found)
            return None
        return found

    def _problem(self, sentence: str, fix: str) -> None:
        self.problems.append(SpecProblem(self._place, sentence, fix))


def _fill_metric(text: MetricText, values: Mapping[str, str]) -> MetricText:
    return each_text(text, lambda part, language: fill(part, values, language))


def each_text(text: MetricText, put: Callable[[str, Language], str]) -> MetricText:
    """The metric with every text that may hold a placeholder changed by `put`, which is told what the text is."""

    def plain(part: str | None) -> str | None:
        return None if part is None else put(part, Language.PLAIN)

    def condition(part: str | None) -> str | None:
        return None if part is None else put(part, Language.CONDITION)

    span = text.range
    return replace(
        text,
        address=put(text.address, Language.ADDRESS),
        query=put(text.query, Language.PROMQL),
        range=span and RangeText(*(put(part, Language.CONDITION) for part in (span.start, span.end, span.step))),
        interval=plain(text.interval),
        initial_delay=plain(text.initial_delay),
        count=plain(text.count),
        success=condition(text.success),
        failure=condition(text.failure),
        failure_limit=plain(text.failure_limit) or "0",
        inconclusive_limit=plain(text.inconclusive_limit) or "0",
        consecutive_error_limit=plain(text.consecutive_error_limit) or "4",
        consecutive_success_limit=plain(text.consecutive_success_limit) or "0",
    )
