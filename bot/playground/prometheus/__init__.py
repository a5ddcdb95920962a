"""A Prometheus for the playground: the query API over numbers that follow a scenario.

`PrometheusServer` scrapes an imagined exporter in each pod of the `World`, keeps the samples, and evaluates real
PromQL over them with Prometheus' own rules (extrapolated rates, look-back, staleness, matching). What it cannot
evaluate it refuses as a bad query.
"""

from bot.playground.prometheus.faults import Fault
from bot.playground.prometheus.health import Scenario, VersionHealth
from bot.playground.prometheus.server import PrometheusServer
from bot.playground.prometheus.world import Backend, World

__all__ = ["Backend", "Fault", "PrometheusServer", "Scenario", "VersionHealth", "World"]
