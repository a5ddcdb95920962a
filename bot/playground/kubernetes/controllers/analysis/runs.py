"""The controller of AnalysisRuns."""

import re
from datetime import datetime, timedelta
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.analysis import providers, verdicts
from bot.playground.kubernetes.controllers.analysis.arguments import ArgumentError, resolved
from bot.playground.kubernetes.controllers.analysis.checks import effective_count, metrics_fault
from bot.playground.kubernetes.controllers.analysis.providers import ERROR, FAILED, Fetch, unreachable
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import PANICS, WorkQueue
from bot.playground.kubernetes.controllers.rollouts.durations import seconds_of
from bot.playground.kubernetes.registry import Registry, Write, own_copy
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import DELETED, Event, Key

Obj = dict[str, Any]

_RUNS = resources.named("AnalysisRun")
_WRITE = Write("rollouts-controller")
_ERROR_RETRY = 10.0
_KEPT = 10
_HIDDEN = "*****"


class RunController:
    """Takes the measurements of AnalysisRuns. `fetch` asks Prometheus and web addresses; without it nothing is reachable."""

    def __init__(self, registry: Registry, fetch: Fetch | None = None) -> None:
        self._registry = registry
        self.fetch: Fetch = unreachable if fetch is None else fetch
        self._events = Recorder(registry, "rollouts-controller")
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync, failures=(ApiError, *PANICS))
        registry.store.subscribe(self._on_run, _RUNS.storage)

    def _on_run(self, event: Event) -> None:
        if event.type != DELETED:
            self.queue.add(event.key)

    def sync(self, key: Key) -> None:
        """One step for one run."""
        run = self._registry.store.get(_RUNS.storage, *key)
        if run is None or "deletionTimestamp" in run["metadata"]:
            return
        before = run.get("status") or {}
        if before.get("phase") in verdicts.OVER:
            return
        status = self._next(run, own_copy(before))
        if status != before:
            self._registry.change(_RUNS, run, _WRITE, status=status)

    def _next(self, run: Obj, status: Obj) -> Obj:
        """The run's status after a step."""
        try:
            metrics = self._metrics(run)
            dry = _matched(run["spec"].get("dryRun") or [], metrics, "dryRun")
            kept = _matched(run["spec"].get("measurementRetention") or [], metrics, "measurementRetention")
        except ArgumentError as error:
            return self._broken(run, status, str(error))
        self._measure(run, status, metrics, dry)
        self._assess(run, status, metrics, dry)
        for result in status.get("metricResults", ()):
            most = (kept.get(result["name"]) or {}).get("limit") or _KEPT
            result["measurements"] = result["measurements"][-most:]
        self._plan(run, status, metrics)
        return status

    def _metrics(self, run: Obj) -> list[Obj]:
        """The metrics with their arguments, checked. Raises ArgumentError."""
        args = [self._valued(run, arg) for arg in run["spec"].get("args") or ()]
        try:
            metrics = resolved(run["spec"].get("metrics") or [], args)
        except ArgumentError as error:
            raise ArgumentError(f"Unable to resolve metric arguments: {error}") from None
        fault = metrics_fault(metrics)
        if fault:
            raise ArgumentError(f"Analysis spec invalid: {fault}")
        return metrics

    def _valued(self, run: Obj, arg: Obj) -> Obj:
        reference = (arg.get("valueFrom") or {}).get("secretKeyRef")
        if reference is None:
            return arg
        name, key = reference.get("name", ""), reference.get("key", "")
        secret = self._registry.store.get("secrets", run["metadata"]["namespace"], name)
        if secret is None:
            raise ArgumentError(f'Unable to resolve metric arguments: secrets "{name}" not found')
        if key not in (secret.get("data") or {}):
            text = f"key '{key}' does not exist in secret '{name}'"
            raise ArgumentError(f"Unable to resolve metric arguments: {text}")
        return {**arg, "value": _HIDDEN}

    def _broken(self, run: Obj, status: Obj, message: str) -> Obj:
        self._events.record(run, "AnalysisRunError", "Analysis Completed. Result: Error", "Warning")
        return {**status, "phase": ERROR, "message": message}

    # --- measuring --------------------------------------------------------------------------------------------

    def _measure(self, run: Obj, status: Obj, metrics: list[Obj], dry: Obj) -> None:
        if verdicts.is_terminating(run, status):
            return
        for metric in sorted(metrics, key=lambda metric: metric["name"]):
            result = _result(status, metric["name"])
            due = self._due(status, metric, result)
            if due is not None and due <= self._registry.clock.now():
                _put(status, self._measured(metric, result, dry))

    def _measured(self, metric: Obj, result: Obj | None, dry: Obj) -> Obj:
        stamp = self._registry.now()
        taken = {"startedAt": stamp, "finishedAt": stamp, **providers.measure(metric, self.fetch)}
        if result is None:
            result = {"name": metric["name"], "phase": verdicts.RUNNING}
            if metric["name"] in dry:
                result["dryRun"] = True
            about = providers.metadata(metric)
            if about:
                result["metadata"] = about
        return verdicts.count(result, taken)

    def _due(self, status: Obj, metric: Obj, result: Obj | None) -> datetime | None:
        """When the metric's next measurement is due; None when there is none."""
        now = self._registry.clock.now()
        if result is None:
            delay = seconds_of(metric.get("initialDelay") or "0") or 0.0
            if not delay:
                return now
            started = datetime.fromisoformat(status["startedAt"]) if status.get("startedAt") else now
            return started + timedelta(seconds=delay)
        wanted = effective_count(metric)
        if result["phase"] in verdicts.OVER or (wanted is not None and result.get("count", 0) >= wanted):
            return None
        last = result["measurements"][-1]
        interval = seconds_of(metric.get("interval") or "") or _ERROR_RETRY
        if last["phase"] == ERROR:
            interval = _ERROR_RETRY
        return datetime.fromisoformat(last["finishedAt"]) + timedelta(seconds=interval, milliseconds=1)

    def _plan(self, run: Obj, status: Obj, metrics: list[Obj]) -> None:
        if status["phase"] in verdicts.OVER:
            return
        due = [self._due(status, metric, _result(status, metric["name"])) for metric in metrics]
        times = [moment for moment in due if moment is not None]
        if times:
            left = (min(times) - self._registry.clock.now()).total_seconds()
            meta = run["metadata"]
            self.queue.add_within((meta["namespace"], meta["name"]), max(left, 0.0))

    # --- judging ----------------------------------------------------------------------------------------------

    def _assess(self, run: Obj, status: Obj, metrics: list[Obj], dry: Obj) -> None:
        terminating = verdicts.is_terminating(run, status)
        status.setdefault("startedAt", self._registry.now())
        summaries: dict[bool, Obj] = {False: {}, True: {}}
        worst, message, complete = "", "Run Terminated" if run["spec"].get("terminate") else "", True
        for metric in metrics:
            is_dry = metric["name"] in dry
            summary = summaries[is_dry]
            summary["count"] = summary.get("count", 0) + 1
            result = _result(status, metric["name"])
            if result is None or not self._metric_over(run, status, metric, result, terminating=terminating):
                complete = False
                continue
            result = _result(status, metric["name"]) or result
            phase, why = verdicts.breached(metric, result)
            word = verdicts.summary_key(phase)
            summary[word] = summary.get(word, 0) + 1
            if is_dry:
                worst = worst or verdicts.OVER[0]
                if why:
                    _put(status, {**result, "message": f"Metric assessed {result['phase']} due to {why}"})
            elif not worst or verdicts.worse(worst, result["phase"]):
                worst = result["phase"]
                message = _explained(metric, result, why) or message
        status["runSummary"], status["dryRunSummary"] = summaries[False], summaries[True]
        self._conclude(run, status, worst, message, complete=complete, terminating=terminating)

    def _metric_over(self, run: Obj, status: Obj, metric: Obj, result: Obj, *, terminating: bool) -> bool:
        """Whether a metric is over; its phase is brought up to date."""
        phase = verdicts.metric_phase(metric, result, terminating=terminating)
        if phase != result["phase"]:
            if phase in verdicts.OVER:
                kind = "Warning" if phase in (ERROR, FAILED) else "Normal"
                self._events.record(
                    run, f"Metric{phase}", f"Metric '{metric['name']}' Completed. Result: {phase}", kind
                )
            last = result["measurements"][-1].get("message") if result.get("measurements") else None
            new = {**result, "phase": phase}
            if last:
                new["message"] = last
            _put(status, new)
        return phase in verdicts.OVER

    def _conclude(self, run: Obj, status: Obj, worst: str, message: str, *, complete: bool, terminating: bool) -> None:
        if terminating:
            phase = worst or verdicts.OVER[0]
        elif not complete or not worst:
            phase, message = verdicts.RUNNING, ""
        else:
            phase = worst
        if phase == status.get("phase"):
            return
        status["phase"] = phase
        status.pop("message", None)
        if message:
            status["message"] = message
        if phase in verdicts.OVER:
            kind = "Warning" if phase in (ERROR, FAILED) else "Normal"
            self._events.record(run, f"AnalysisRun{phase}", f"Analysis Completed. Result: {phase}", kind)
            status.setdefault("completedAt", self._registry.now())


def _explained(metric: Obj, result: Obj, why: str) -> str:
    if not why:
        return ""
    text = f'Metric "{metric["name"]}" assessed {result["phase"]} due to {why}'
    said = result.get("message")
    return f'{text}: "Error Message: {said}"' if said else text


def _result(status: Obj, name: str) -> Obj | None:
    return next((result for result in status.get("metricResults") or () if result["name"] == name), None)


def _put(status: Obj, result: Obj) -> None:
    found = list(status.get("metricResults") or ())
    names = [other["name"] for other in found]
    if result["name"] in names:
        found[names.index(result["name"])] = result
    else:
        found.append(result)
    status["metricResults"] = found


def _matched(rules: list[Obj], metrics: list[Obj], field: str) -> Obj:
    """The rule for each metric whose name a rule's pattern matches. Raises ArgumentError for a rule that matches none."""
    found: Obj = {}
    for index, rule in enumerate(rules):
        names = [metric["name"] for metric in metrics if re.search(rule.get("metricName", ""), metric["name"])]
        if not names:
            text = f"{field}[{index}]: Rule didn't match any metric name(s)"
            raise ArgumentError(f"Analysis spec invalid: {text}")
        found |= dict.fromkeys(names, rule)
    return found
