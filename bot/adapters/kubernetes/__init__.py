"""The gateway to the Kubernetes API: `Kubernetes` for one cluster, and the kinds of object it deals with."""

from bot.adapters.kubernetes.client import Kubernetes, Listing
from bot.adapters.kubernetes.kinds import (
    ANALYSIS_RUNS,
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    CONFIGMAPS,
    DEPLOYMENTS,
    EVENTS,
    EXPERIMENTS,
    HPAS,
    INGRESSES,
    LEASES,
    NAMESPACES,
    PODS,
    REPLICASETS,
    ROLLOUTS,
    SERVICES,
    Kind,
)
from bot.adapters.kubernetes.stream import WatchEvent

__all__ = [
    "ANALYSIS_RUNS",
    "ANALYSIS_TEMPLATES",
    "CLUSTER_ANALYSIS_TEMPLATES",
    "CONFIGMAPS",
    "DEPLOYMENTS",
    "EVENTS",
    "EXPERIMENTS",
    "HPAS",
    "INGRESSES",
    "LEASES",
    "NAMESPACES",
    "PODS",
    "REPLICASETS",
    "ROLLOUTS",
    "SERVICES",
    "Kind",
    "Kubernetes",
    "Listing",
    "WatchEvent",
]
