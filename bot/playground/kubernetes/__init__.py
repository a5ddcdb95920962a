"""A small Kubernetes API server with controllers, for the demo and for tests."""

from bot.playground.kubernetes.cluster import Cluster
from bot.playground.kubernetes.controllers.kubelet import Behaviour, Outcome
from bot.playground.kubernetes.faults import Fault, Faults
from bot.playground.kubernetes.server import RequestRecord

__all__ = ["Behaviour", "Cluster", "Fault", "Faults", "Outcome", "RequestRecord"]
