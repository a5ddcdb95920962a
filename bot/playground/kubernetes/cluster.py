"""The cluster: store, controllers and HTTP server as one thing to start, seed, ask and disturb."""

import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any

from aiohttp import web

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import bootstrap, resources, traffic
from bot.playground.kubernetes.api import Api
from bot.playground.kubernetes.auth import ADMIN, Authenticator, Authorizer
from bot.playground.kubernetes.catalogue import CUSTOM, Catalogue
from bot.playground.kubernetes.controllers.analysis.providers import Fetch
from bot.playground.kubernetes.controllers.analysis.runs import RunController
from bot.playground.kubernetes.controllers.budgets import BudgetController, QuotaController
from bot.playground.kubernetes.controllers.deployments import DeploymentController
from bot.playground.kubernetes.controllers.endpoints import EndpointsController
from bot.playground.kubernetes.controllers.experiments.controller import ExperimentController
from bot.playground.kubernetes.controllers.garbage import GarbageCollector
from bot.playground.kubernetes.controllers.jobs import JobController
from bot.playground.kubernetes.controllers.kubelet import Behaviour, Kubelet, Policy
from bot.playground.kubernetes.controllers.namespaces import NamespaceController
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.replicasets import ReplicaSetController
from bot.playground.kubernetes.controllers.rollouts.controller import RolloutController
from bot.playground.kubernetes.faults import Faults
from bot.playground.kubernetes.objects import to_kind
from bot.playground.kubernetes.pods import PodParts
from bot.playground.kubernetes.registry import Registry, Write, own_copy
from bot.playground.kubernetes.reviews import Reviews
from bot.playground.kubernetes.server import Parts, RequestRecord, Server
from bot.playground.kubernetes.store import Event, Store
from bot.playground.kubernetes.subresources import Subresources
from bot.playground.kubernetes.traffic import ReadyPod, Share

Obj = dict[str, Any]
Objects = list[Obj]
Shares = list[Share]
Subscriber = Callable[[str, str, Obj], None]

_SEED = Write(manager="playground")
_MAX_BODY = 3 * 1024 * 1024


class Cluster:
    """A small Kubernetes. `behaviours` says how pods of an image behave; `policy` answers for images not in it."""

    def __init__(
        self,
        clock: PlaygroundClock,
        *,
        behaviours: Mapping[str, Behaviour] | None = None,
        policy: Policy | None = None,
        custom: Collection[str] = CUSTOM,
        fetch: Fetch | None = None,
        seed: int = 0,
    ) -> None:
        """`custom`: the plural names of the custom resources that are installed; all that the playground knows, if not given.

        `fetch`: how AnalysisRuns ask Prometheus and web addresses; without it they reach nothing.
        """
        self.clock = clock
        self.store = Store()
        self.registry = Registry(self.store, clock, seed)
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        self.authenticator = Authenticator(self.store, clock)
        self._admin_token = secrets.token_hex(20)
        self.authenticator.add(self._admin_token, ADMIN)
        self._kubelet = Kubelet(self.registry, {} if behaviours is None else behaviours, policy)
        self._rollouts = RolloutController(self.registry)
        self._runs = RunController(self.registry, fetch)
        self._experiments = ExperimentController(self.registry)
        collector = GarbageCollector(self.registry)
        self._queues: list[WorkQueue[Any]] = [
            NamespaceController(self.registry).queue,
            DeploymentController(self.registry).queue,
            ReplicaSetController(self.registry).queue,
            *self._kubelet.queues,
            EndpointsController(self.registry).queue,
            collector.queue,
            JobController(self.registry).queue,
            self._rollouts.queue,
            self._rollouts.work,
            self._runs.queue,
            self._experiments.queue,
            BudgetController(self.registry).queue,
            QuotaController(self.registry).queue,
        ]
        others = [queue for queue in self._queues if queue is not collector.queue]
        collector.queue.wait_for(lambda: all(queue.idle for queue in others))
        self._server = self._build_server(Catalogue(custom))
        self._runner: web.AppRunner | None = None
        self._running = False
        self._url = ""

    def _build_server(self, catalogue: Catalogue) -> Server:
        authorizer = Authorizer(self.store)
        pods = PodParts(self.registry, self.authenticator)
        others = {"log": pods.log, "eviction": pods.eviction, "binding": pods.binding, "token": pods.token}
        api = Api(self.registry, Subresources(self.registry, others), authorizer)
        reviews = Reviews(self.authenticator, authorizer)
        parts = Parts(
            self.registry, api, reviews, self.authenticator, authorizer, self.faults, self.requests, catalogue
        )
        return Server(parts)

    # --- life -------------------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and run the controllers; answers the base URL. Port 0: any free one."""
        self.start_controllers()
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0]
        self._url = f"http://{host}:{bound[1]}"
        return self._url

    def start_controllers(self) -> None:
        """Run the controllers, for a cluster whose `app` is served by somebody else. Safe to repeat."""
        if self._running:
            return
        self._running = True
        for queue in self._queues:
            queue.start()
        bootstrap.fill(self.registry)

    async def stop(self) -> None:
        """Close the server, its watches and the controllers."""
        self.faults.clear()
        self.faults.cut_watches()
        for queue in self._queues:
            await queue.stop()
        self._running = False
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def app(self) -> web.Application:
        """The server as an application that can be mounted."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._server.handle)
        return app

    # --- credentials ------------------------------------------------------------------------------------------

    def kubeconfig(self, namespace: str = "default") -> Obj:
        """A kubeconfig for the cluster's administrator. Only after `start`."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "playground", "cluster": {"server": self._url}}],
            "users": [{"name": "admin", "user": {"token": self._admin_token}}],
            "contexts": [
                {"name": "playground", "context": {"cluster": "playground", "user": "admin", "namespace": namespace}}
            ],
            "current-context": "playground",
        }

    def token_for(self, service_account: str, namespace: str) -> str:
        """A bearer token of a service account, which may do what RBAC lets it."""
        return self.authenticator.token_for(namespace, service_account)

    # --- content ----------------------------------------------------------------------------------------------

    async def apply(self, *objects: Obj) -> None:
        """Create or replace objects, with the server's defaults. A missing namespace is made. Raises ApiError."""
        for manifest in objects:
            self._apply_one(manifest)
            await self.clock.sleep(0)

    def _apply_one(self, manifest: Obj) -> None:
        resource = resources.of_kind(manifest["apiVersion"], manifest["kind"])
        if resource is None:
            raise ValueError(f"The playground serves no {manifest['kind']} of {manifest['apiVersion']}.")
        obj = to_kind(own_copy(manifest), resource).value
        namespace = obj["metadata"].get("namespace", "default") if resource.namespaced else ""
        if namespace and self.store.get("namespaces", "", namespace) is None:
            self.registry.create(resources.named("Namespace"), "", {"metadata": {"name": namespace}}, _SEED)
        old = self.store.get(resource.storage, namespace, obj["metadata"]["name"])
        if old is None:
            self.registry.create(resource, namespace, obj, _SEED)
        else:
            obj["metadata"].setdefault("namespace", namespace)
            obj["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
            self.registry.update(resource, old, obj, _SEED)

    def get(self, kind: str, namespace: str, name: str) -> Obj | None:
        """A copy of an object, or None."""
        found = self.store.get(resources.named(kind).storage, namespace, name)
        return own_copy(found) if found is not None else None

    def list(self, kind: str, namespace: str = "") -> Objects:
        """Copies of the objects of a kind, of one namespace or of all."""
        return [own_copy(obj) for obj in self.store.objects(resources.named(kind).storage, namespace)]

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Be called with every change: ADDED, MODIFIED or DELETED, the kind, and the object, which must not be changed.

        Answers how to stop.
        """

        def pass_on(event: Event) -> None:
            callback(event.type, event.new["kind"], event.new)

        return self.store.subscribe(pass_on)

    # --- the pods' world --------------------------------------------------------------------------------------

    @property
    def capacity(self) -> int | None:
        """Pods that a namespace may run at most; None: as many as anybody wants."""
        return self._kubelet.capacity

    @capacity.setter
    def capacity(self, pods: int | None) -> None:
        self._kubelet.capacity = pods
        self._kubelet.try_pending()

    def push(self, image: str, *, digest: str) -> None:
        """Push a tag again: pods started from now on run another digest."""
        self._kubelet.push(image, digest)

    def endpoints_of(self, namespace: str, service: str) -> tuple[ReadyPod, ...]:
        """The ready pods behind a Service."""
        return traffic.endpoints_of(self.store, namespace, service)

    def traffic_split(self, namespace: str, host: str) -> Shares:
        """Which Services get how much of a host's requests, by the rules of ingress-nginx."""
        return traffic.traffic_split(self.store, namespace, host)

    @property
    def rollouts_running(self) -> bool:
        """Whether the controller of Argo Rollouts runs; without it a Rollout is only an object that changes nothing."""
        return not self._rollouts.queue.held

    @rollouts_running.setter
    def rollouts_running(self, running: bool) -> None:
        for queue in (self._rollouts.queue, self._runs.queue, self._experiments.queue):
            queue.held = not running

    def overlook_rollout(self, namespace: str, name: str) -> None:
        """Let the controller miss the Rollout's next change, as a loaded one does: it is stored, and nothing follows
        until something else happens to the Rollout."""
        self._rollouts.overlooked.add((namespace, name))

    @property
    def idle(self) -> bool:
        """Whether the controllers have nothing to do at this moment."""
        return all(queue.idle for queue in self._queues)

    def compact(self) -> None:
        """Forget the history: every watch and list from an earlier resourceVersion is too old."""
        self.store.compact()
