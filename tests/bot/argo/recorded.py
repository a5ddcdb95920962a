"""An API server that holds the objects of a recording of Argo's controller as they were at one moment, and takes patches."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.adapters.kubernetes import Kind, Listing
from bot.errors import LeadsmanError
from tests.strategies.argo.recording import Cluster

Thing = dict[str, Any]


class Recorded:
    """What the code under test asks of `Kubernetes`. `refusals`: errors that the next patches of a path part meet."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.patched: list[tuple[str, str, str, Sequence[Mapping[str, Any]]]] = []
        self.refusals: dict[str, LeadsmanError] = {}

    async def get(self, kind: Kind, namespace: str, name: str) -> Thing | None:
        return self.cluster.get(kind.plural, name)

    async def list(self, kind: Kind, namespace: str, *, selector: str = "") -> Listing:
        things = self.cluster.of(kind.plural)
        wanted = [one.partition("=")[::2] for one in selector.split(",") if one]
        labelled = [
            one
            for one in things
            if all((one["metadata"].get("labels") or {}).get(key) == value for key, value in wanted)
        ]
        return Listing(tuple(labelled), "1")

    async def patch(
        self, kind: Kind, namespace: str, name: str, operations: Sequence[Mapping[str, Any]], *, subresource: str = ""
    ) -> Thing:
        if subresource in self.refusals:
            raise self.refusals[subresource]
        self.patched.append((kind.plural, name, subresource, operations))
        return {}
