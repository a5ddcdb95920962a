"""The whole playground: a Kubernetes, a Prometheus and a Slack at addresses of this machine, about the same small shop.

The three know nothing of the bot. What joins them is the traffic: the cluster says which pods each part of it reaches, and the metrics
follow from that and from how each version behaves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.playground import shop
from bot.playground.argo_shop import PREVIEW_HOST
from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Behaviour, Cluster
from bot.playground.kubernetes.controllers.analysis.providers import unreachable
from bot.playground.kubernetes.traffic import ReadyPod, Share
from bot.playground.prometheus import Backend, PrometheusServer
from bot.playground.shop import PLAIN, Shop
from bot.playground.slack import SlashCommand, Welcome, Workspace

SIGNING_SECRET = "playground-signing-secret"  # noqa: S105 - a secret that guards nothing: both ends run on this machine
BOT_TOKEN = "xoxb-playground"  # noqa: S105 - likewise
APP_TOKEN = "xapp-playground"  # noqa: S105 - likewise

_PREVIEWED = 0.05
"""The part of all requests that the team itself sends, to try a preview."""


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
        behaviours: Mapping[str, Behaviour] | None = None,
        run: Shop = PLAIN,
    ) -> None:
        """`scopes` and `commands` are those of the app's manifest. `pod_seconds`: how long a pod takes to get ready.

        `behaviours`: how pods of more images start than the shop's own. `run`: how the shop is run.
        """
        known = {**shop.behaviours(pod_seconds), **(behaviours or {})}
        self.cluster = Cluster(clock, behaviours=known, fetch=self._fetched)
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
        self._run = run

    async def start(self, slack_port: int = 0, host: str = "127.0.0.1") -> Addresses:
        """Serve all three; the shop runs its present version with every pod ready."""
        kubernetes = await self.cluster.start(host)
        await self.cluster.apply(*self._run.objects())
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
            workload = self.cluster.get(self._run.workload, shop.NAMESPACE, self._run.name) or {}
            status = workload.get("status", {})
            is_up = status.get("availableReplicas") == workload["spec"]["replicas"]
            if is_up and status.get("phase", "Healthy") == "Healthy":
                return
            await self._clock.real_sleep(0.02)

    def traffic(self) -> Sequence[Backend]:
        """Who serves which part of the shop's requests now."""
        split = self.cluster.traffic_split(shop.NAMESPACE, shop.HOST)
        preview = self.cluster.traffic_split(shop.NAMESPACE, PREVIEW_HOST)
        part = _PREVIEWED if preview else 0.0
        served = [backend for share in split for backend in _backends(share, shop.HOST, 1 - part)]
        return (*served, *(backend for share in preview for backend in _backends(share, PREVIEW_HOST, part)))

    def _fetched(self, url: str) -> tuple[int, str]:
        """What an AnalysisRun gets: the Prometheus, where its template names no address, and from all others nothing."""
        asked = urlsplit(url)
        if asked.netloc:
            return unreachable(url)
        return self.prometheus.ask(parse_qs(asked.query).get("query", [""])[0])


def _backends(share: Share, host: str, part: float) -> Iterable[Backend]:
    """One Service's part of a host's traffic, by the versions of the pods behind it. `part`: the host's of all requests."""
    groups = Counter(map(_group, share.pods))
    if not groups and share.share:
        groups["", "", ""] = 0
    for (version, template_hash, track), ready in groups.items():
        yield Backend(
            namespace=shop.NAMESPACE,
            app="checkout",
            service=share.service,
            version=version,
            template_hash=template_hash,
            share=part * share.share / 100 * (ready / len(share.pods) if ready else 1),
            ready=ready,
            track=track or "stable",
            ingress="checkout" if host == shop.HOST else "checkout-preview",
            host=host,
        )


def _group(pod: ReadyPod) -> tuple[str, str, str]:
    """Version, template hash and track of a pod: what its metrics are told apart by."""
    version = pod.image.partition("@")[0].rpartition(":")[2]
    template_hash = pod.labels.get("rollouts-pod-template-hash") or pod.labels.get("pod-template-hash", "")
    return version, template_hash, pod.labels.get("track", "")
