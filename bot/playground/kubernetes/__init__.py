"""A small Kubernetes API server with controllers, for the demo and for tests."""

from bot.playground.kubernetes.cluster import Cluster
from bot.playground.kubernetes.controllers.kubelet import Behaviour, Outcome
from bot.playground.kubernetes.faults import Fault, Faults
from bot.playground.kubernetes.server import RequestRecord
from bot.playground.kubernetes.traffic import ReadyPod, Share

__all__ = ["Behaviour", "Cluster", "Fault", "Faults", "Outcome", "ReadyPod", "RequestRecord", "Share"]
