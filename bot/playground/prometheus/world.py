"""What the metrics are about: who serves which part of the traffic at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Backend:
    """The pods of one version behind one service, and the part of the app's requests that is sent to them.

    `share` is 0 to 1; the shares of an app add up to 1 where it has traffic at all. `ready` counts its ready pods:
    with none, the pods report nothing, and whoever is sent there gets a 503 from the ingress. `ingress` and `host`
    are empty where no ingress stands before it.
    """

    namespace: str
    app: str
    service: str
    version: str
    template_hash: str
    share: float
    ready: int
    track: str = "stable"
    ingress: str = ""
    host: str = ""


class World(Protocol):
    """Whoever knows the traffic: the Kubernetes emulator, through the assembler."""

    def traffic(self) -> Sequence[Backend]:
        """Every backend of every app, as it is at this moment."""
        ...
