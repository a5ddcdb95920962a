"""How well each version does, which is what a scenario is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32


@dataclass(frozen=True, slots=True)
class VersionHealth:
    """A version's behaviour. `success_rate` is 0 to 1; failures answer with `error_status`; `p95_ms` is in
    milliseconds.

    `noise` is how far requests, failures and latency waver around their mean, as a part of it. A version that does
    not report has pods without metrics (a renamed label, a missing scrape annotation). From a share of the traffic
    above `beyond_share` on it behaves like `beyond`.
    """

    success_rate: float = 0.9995
    p95_ms: float = 210.0
    error_status: str = "500"
    noise: float = 0.03
    reports: bool = True
    beyond_share: float = 1.0
    beyond: "VersionHealth | None" = None

    def at_share(self, share: float) -> "VersionHealth":
        """The behaviour under this part of the traffic."""
        return self.beyond if self.beyond is not None and share > self.beyond_share else self


@dataclass(frozen=True, slots=True)
class Scenario:
    """Each version's behaviour, that of all others, and how many requests a second each app gets."""

    versions: Mapping[str, VersionHealth] = field(default_factory=dict)
    others: VersionHealth = field(default_factory=VersionHealth)
    requests_per_second: float = 40.0

    def health(self, version: str, share: float) -> VersionHealth:
        """The behaviour of `version` under this part of the traffic."""
        return self.versions.get(version, self.others).at_share(share)


def wavering(version: str, what: str, tick: int) -> float:
    """A number from -1 to 1, the same each time for the same version, quantity and tick."""
    return crc32(f"{version}/{what}/{tick}".encode()) / 0xFFFFFFFF * 2 - 1
