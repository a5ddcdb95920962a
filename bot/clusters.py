"""The clusters that the configuration names, each with the calls to it and the watches on it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from bot.adapters.kubernetes import Kubernetes
from bot.adapters.watches import Watches
from bot.clock import Clock
from bot.config import Config
from bot.errors import NotConfigured


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: `kubernetes` for single calls, `watches` for what is kept current in memory."""

    kubernetes: Kubernetes
    watches: Watches


Clusters = Mapping[str, Cluster]


def cluster_of(clusters: Clusters, name: str) -> Cluster:
    """The cluster of that name. Raises `NotConfigured` for one that the configuration does not have."""
    found = clusters.get(name)
    if found is None:
        known = ", ".join(sorted(clusters)) or "none"
        raise NotConfigured(
            f"There is no cluster {name!r} in the configuration; it has: {known}. Add it under `clusters`."
        )
    return found


async def connect(config: Config, name: str, kubeconfig: str | None, clock: Clock) -> Cluster:
    """The cluster `name` of the configuration; nothing is sent yet. `kubeconfig`: where to look when it names no file itself.

    Raises `NotConfigured` or `Unauthenticated`.
    """
    kubernetes = await Kubernetes.connect(
        name=name,
        context=config.clusters[name].context,
        kubeconfig=config.kubeconfig(name) or kubeconfig,
        clock=clock,
    )
    return Cluster(kubernetes, Watches(kubernetes, clock=clock, random=random.SystemRandom()))


async def disconnect(cluster: Cluster) -> None:
    """Stop its watches and close its connections."""
    await cluster.watches.stop()
    await cluster.kubernetes.close()
