"""What is counted about Leadsman itself, for Prometheus. Base units, `_total` on counters, few labels, nothing typed by people."""

from collections.abc import Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from strategies.events import Happening, What
from strategies.model import Rollout

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MINUTE = 60.0


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rollouts = Gauge(
            "leadsman_rollouts", "Live and queued rollouts by phase.", ["phase"], registry=self.registry
        )
        self.rollout_duration = Histogram(
            "leadsman_rollout_duration_seconds",
            "Time from start to end of a rollout, by outcome.",
            ["outcome"],
            buckets=[_MINUTE * minutes for minutes in (1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1440)],
            registry=self.registry,
        )
        self.open_asks = Gauge("leadsman_open_asks", "Questions to people without an answer.", registry=self.registry)
        self.writes = Counter(
            "leadsman_writes_total", "Writes to clusters, by result.", ["result"], registry=self.registry
        )
        self.measurements = Counter(
            "leadsman_measurements_total", "Measurements, by verdict.", ["verdict"], registry=self.registry
        )
        self.slack_calls = Counter(
            "leadsman_slack_calls_total",
            "Calls of Slack's Web API, by method and result.",
            ["method", "result"],
            registry=self.registry,
        )
        self.outbox = Gauge(
            "leadsman_outbox_messages", "Messages that Slack has not taken yet.", registry=self.registry
        )
        self.config_reloads = Counter(
            "leadsman_config_reloads_total",
            "Edits of the configuration that were noticed, by result.",
            ["result"],
            registry=self.registry,
        )
        info = Gauge("leadsman_info", "The version that runs; the value is 1.", ["version"], registry=self.registry)
        info.labels(version("leadsman")).set(1)

    def count(self, rollout: Rollout, happenings: Iterable[Happening]) -> None:
        """What just happened to a rollout: its measurements, and how long it took if that was its end."""
        for happening in happenings:
            if happening.what is What.MEASURED:
                self.measurements.labels(happening.facts["verdict"]).inc()
            if happening.what is What.ENDED and rollout.started and rollout.ended:
                took = (rollout.ended - rollout.started).total_seconds()
                self.rollout_duration.labels(rollout.outcome).observe(took)

    def text(self) -> bytes:
        """Everything counted, in Prometheus' text format."""
        return generate_latest(self.registry)
