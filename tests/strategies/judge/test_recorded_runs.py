"""AnalysisRuns as Argo Rollouts' own controller went through them: fed the same measurements, ours says the same."""

import gzip
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from strategies.judge.measurement import Sample
from strategies.judge.metric import Metric
from strategies.judge.resolution import Facts, ResolvedAnalysis, resolve
from strategies.judge.run import MetricResult, Run, due, record, start, terminate
from strategies.judge.template import Template, parse

RECORDED = json.loads(gzip.decompress((Path(__file__).parent / "recordings" / "analysis_runs.json.gz").read_bytes()))


def _analysis(recorded: Mapping[str, Any]) -> ResolvedAnalysis:
    provider = {"prometheus": {"query": "q"}}
    spec = {
        "metrics": [metric | {"provider": provider} for metric in recorded["metrics"]],
        "dryRun": recorded["dryRun"],
    }
    template = parse({"kind": "AnalysisTemplate", "metadata": {"name": "t"}, "spec": spec})
    assert isinstance(template, Template)
    analysis = resolve([template], [], Facts())
    assert isinstance(analysis, ResolvedAnalysis)
    return analysis


def _feed(run: Run, status: Mapping[str, Any]) -> Run:
    """The run after the measurements that the status has and the run has not."""
    taken = {result.name: result.taken for result in run.metrics}
    new = [
        (measurement, result["name"], at + 1)
        for result in status["metricResults"]
        for at, measurement in enumerate(result["measurements"])
        if at >= taken[result["name"]]
    ]
    for measurement, name, number in sorted(new, key=lambda one: (one[0]["finishedAt"], one[2])):
        begun, finished = (datetime.fromisoformat(measurement[key]) for key in ("startedAt", "finishedAt"))
        (wanted,) = [one for one in due(run) if one.metric == name]
        assert wanted.number == number
        assert abs((begun - wanted.at).total_seconds()) <= 1, "Argo's times have whole seconds"
        error = measurement["message"] if measurement["phase"] == "Error" else None
        run = record(run, Sample(name, number, begun, finished, measurement.get("value", ""), error))
    return run


def _as_argo_has_it(metric: Metric, result: MetricResult) -> dict[str, Any]:
    """Our result in the fields of Argo's, empty ones left out."""
    whole = {
        "name": metric.name,
        "phase": str(result.phase),
        "message": result.message,
        "count": result.count,
        "successful": result.successful,
        "failed": result.failed,
        "inconclusive": result.inconclusive,
        "error": result.error,
        "consecutiveError": result.consecutive_error,
        "consecutiveSuccess": result.consecutive_success,
        "dryRun": result.dry_run,
    }
    return {key: value for key, value in whole.items() if value}


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: f"{recorded['case']}: {recorded['run']}")
def test_says_what_argo_said(recorded: Mapping[str, Any]) -> None:
    analysis = _analysis(recorded)
    run = start(analysis, datetime.fromisoformat(recorded["seen"][0]["status"]["startedAt"]))
    for seen in recorded["seen"]:
        run = _feed(run, seen["status"])
        if seen["terminate"] and seen["status"]["phase"] != "Running":
            run = terminate(run, run.started_at)
        assert (str(run.phase), run.message) == (seen["status"]["phase"], seen["status"].get("message", ""))
        results = sorted(zip(analysis.metrics, run.metrics, strict=True), key=lambda pair: pair[0].name)
        ours = [_as_argo_has_it(metric, result) for metric, result in results]
        theirs = [
            {key: value for key, value in result.items() if key not in ("measurements", "metadata")}
            for result in sorted(seen["status"]["metricResults"], key=lambda result: str(result["name"]))
        ]
        assert ours == theirs


def test_there_are_recordings_of_every_ending() -> None:
    endings = {recorded["seen"][-1]["status"]["phase"] for recorded in RECORDED}
    assert endings == {"Successful", "Failed", "Error", "Inconclusive", "Running"}
