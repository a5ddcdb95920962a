"""The whole playground: a Kubernetes, a Prometheus and a Slack at addresses of this machine, about the same small shop.

The three know nothing of the bot. What joins them is the traffic: the cluster says which pods each part of it reaches, and the metrics
follow from that and from how each version behaves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.ingress import Part, parts
from bot.playground.kubernetes import Cluster
from bot.playground.prometheus import Backend, PrometheusServer
from bot.playground.slack import SlashCommand, Welcome, Workspace

SIGNING_SECRET = "playground-signing-secret"  # noqa: S105 - a secret that guards nothing: both ends run on this machine
BOT_TOKEN = "xoxb-playground"  # noqa: S105 - likewise
APP_TOKEN = "xapp-playground"  # noqa: S105 - likewise


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the three are served."""

    kubernetes: str
    prometheus: str
    slack: str


class Playground:
    """Starts and stops the three, and tells each what it needs of the others."""

    def __init__(
        self,
        clock: PlaygroundClock,
        *,
        scopes: Iterable[str],
        commands: Iterable[SlashCommand],
        pod_seconds: float = 20.0,
    ) -> None:
        """`scopes` and `commands` are those of the app's manifest. `pod_seconds`: how long a pod takes to get ready."""
        self.cluster = Cluster(clock, behaviours=shop.behaviours(pod_seconds))
        self.prometheus = PrometheusServer(clock, self, shop.health())
        self.slack = Workspace(
            clock,
            signing_secret=SIGNING_SECRET,
            bot_token=BOT_TOKEN,
            app_token=APP_TOKEN,
            scopes=scopes,
            commands=commands,
            welcome=Welcome(title="Leadsman demo"),
        )
        self._clock = clock

    async def start(self, slack_port: int = 0, host: str = "127.0.0.1") -> Addresses:
        """Serve all three; the shop runs its present version with every pod ready."""
        kubernetes = await self.cluster.start(host)
        await self.cluster.apply(*shop.objects())
        await self._until_ready()
        prometheus = await self.prometheus.start(host)
        self.cluster.subscribe(lambda *_: self.prometheus.observe())
        return Addresses(kubernetes, prometheus, await self.slack.start(host, slack_port))

    async def stop(self) -> None:
        """Close all three and forget everything."""
        await self.slack.stop()
        await self.prometheus.stop()
        await self.cluster.stop()

    async def _until_ready(self) -> None:
        while True:
            deployment = self.cluster.get("Deployment", shop.NAMESPACE, "checkout") or {}
            if deployment.get("status", {}).get("availableReplicas") == deployment["spec"]["replicas"]:
                return
            await self._clock.real_sleep(0.02)

    def traffic(self) -> Sequence[Backend]:
        """Who serves which part of the shop's requests now."""
        return tuple(backend for part in parts(self.cluster, shop.NAMESPACE, shop.HOST) for backend in _backends(part))


def _backends(part: Part) -> Iterable[Backend]:
    """One Service's part of the traffic, by the versions of the pods behind it."""
    groups = Counter(_group(pod) for pod in part.pods)
    for (version, template_hash, track), ready in groups.items():
        yield Backend(
            namespace=shop.NAMESPACE,
            app="checkout",
            service=part.service,
            version=version,
            template_hash=template_hash,
            share=part.share * ready / len(part.pods),
            ready=ready,
            track=track,
            ingress=part.ingress,
            host=shop.HOST,
        )
    if not part.pods and part.share:
        yield Backend(
            shop.NAMESPACE, "checkout", part.service, "", "", part.share, 0, ingress=part.ingress, host=shop.HOST
        )


def _group(pod: Mapping[str, Any]) -> tuple[str, str, str]:
    """Version, template hash and track of a pod: what its metrics are told apart by."""
    image, labels = pod["spec"]["containers"][0]["image"].partition("@")[0], pod["metadata"]["labels"]
    return image.rpartition(":")[2], labels.get("pod-template-hash", ""), labels.get("track", "stable")
