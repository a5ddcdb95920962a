"""Subresources of pods and service accounts: logs, evictions, bindings, tokens."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.playground.kubernetes import selectors, status
from bot.playground.kubernetes.auth import Authenticator
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.objects import BODY_TYPES, read_object
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.requests import Reply, integer, is_true, write_options
from bot.playground.kubernetes.status import ApiError, Cause

if TYPE_CHECKING:
    from bot.playground.kubernetes.api import Call

Obj = dict[str, Any]


class PodParts:
    """Answers for the subresources that only some kinds have."""

    def __init__(self, registry: Registry, authenticator: Authenticator) -> None:
        self._registry = registry
        self._authenticator = authenticator

    def _body(self, call: "Call", kind: str) -> Obj:
        media = call.content_type or "application/json"
        if media not in BODY_TYPES[:2]:
            raise status.unsupported_media_type(BODY_TYPES)
        return read_object(call.body, media, call.resource, subkind=kind).value

    def _target(self, call: "Call") -> Obj:
        return self._registry.get(call.resource, call.namespace, call.target.name)

    def token(self, call: "Call") -> Reply:
        """A TokenRequest for a service account."""
        spec = self._body(call, "TokenRequest").get("spec") or {}
        seconds = spec.get("expirationSeconds", 3600)
        causes = _token_causes(seconds)
        if causes:
            raise status.invalid("TokenRequest", "authentication.k8s.io", "", causes)
        account = self._target(call)
        meta = account["metadata"]
        end = self._registry.clock.now() + timedelta(seconds=seconds)
        token = self._authenticator.token_for(meta["namespace"], meta["name"])
        shown = {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
        return Reply(
            {
                "kind": "TokenRequest",
                "apiVersion": "authentication.k8s.io/v1",
                "metadata": {**shown, "creationTimestamp": self._registry.now()},
                "spec": {
                    "audiences": spec.get("audiences") or ["https://kubernetes.default.svc"],
                    "expirationSeconds": seconds,
                    "boundObjectRef": None,
                },
                "status": {"token": token, "expirationTimestamp": end.strftime("%Y-%m-%dT%H:%M:%SZ")},
            },
            201,
        )

    def binding(self, call: "Call") -> Reply:
        """Bind a pod to a node, as a scheduler does."""
        body = self._body(call, "Binding")
        pod = self._target(call)
        if pod["spec"].get("nodeName"):
            name = pod["metadata"]["name"]
            why = f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"'
            raise status.conflict("pods/binding", "", name, why)
        node = (body.get("target") or {}).get("name") or ""
        bound = {**pod, "metadata": dict(pod["metadata"]), "spec": {**pod["spec"], "nodeName": node}}
        self._registry.store.put("pods", bound)
        return Reply({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)

    # --- evictions --------------------------------------------------------------------------------------------

    def eviction(self, call: "Call") -> Reply:
        """Delete a pod unless a PodDisruptionBudget forbids it."""
        options = write_options(call.query, kind="CreateOptions")
        body = self._body(call, "Eviction")
        if (body["metadata"].get("name") or call.target.name) != call.target.name:
            raise status.bad_request("name in URL does not match name in Eviction object")
        pod = self._target(call)
        wanted = body.get("deleteOptions") or {}
        dry = options.dry_run or bool(wanted.get("dryRun"))
        self._spend_budget(pod, dry=dry)
        delete(self._registry, call.resource, pod, DeleteOptions(grace=wanted.get("gracePeriodSeconds"), dry_run=dry))
        return Reply({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)

    def _budgets(self, pod: Obj) -> list[Obj]:
        found = []
        for budget in self._registry.store.each("poddisruptionbudgets.policy", pod["metadata"]["namespace"]):
            selector = selectors.of_object(budget["spec"].get("selector"))
            if selector is not None and selector.matches(pod["metadata"].get("labels")):
                found.append(budget)
        return found

    def _spend_budget(self, pod: Obj, *, dry: bool) -> None:
        if (pod.get("status") or {}).get("phase") != "Running":
            return
        budgets = self._budgets(pod)
        if not budgets:
            return
        if len(budgets) > 1:
            raise ApiError(
                500,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            )
        state = budgets[0].get("status") or {}
        name = budgets[0]["metadata"]["name"]
        if state.get("disruptionsAllowed", 0) < 1:
            raise _no_budget(name, state)
        if not dry:
            self._registry.store.put(
                "poddisruptionbudgets.policy",
                {
                    **budgets[0],
                    "metadata": dict(budgets[0]["metadata"]),
                    "status": {
                        **state,
                        "disruptionsAllowed": state["disruptionsAllowed"] - 1,
                        "disruptedPods": {
                            **(state.get("disruptedPods") or {}),
                            pod["metadata"]["name"]: self._registry.now(),
                        },
                    },
                },
            )

    # --- logs -------------------------------------------------------------------------------------------------

    def log(self, call: "Call") -> Reply:
        """The log of a container."""
        tail = _log_options(call.query, call.target.name)
        pod = self._target(call)
        container = self._container(pod, call.query.get("container", ""))
        if not pod["spec"].get("nodeName"):
            return Reply("", 204, content_type="text/plain")
        lines = self._lines(pod, container)
        if tail is not None:
            lines = lines[-tail:] if tail else []
        stamp = self._registry.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000000000Z ")
        prefix = stamp if is_true(call.query.get("timestamps")) else ""
        return Reply("".join(f"{prefix}{line}\n" for line in lines), content_type="text/plain")

    def _lines(self, pod: Obj, container: str) -> list[str]:
        image = next(c["image"] for c in pod["spec"]["containers"] if c["name"] == container)
        return [f"{container} of {image} starts", f"{container} listens"]

    def _container(self, pod: Obj, name: str) -> str:
        spec, pod_name = pod["spec"], pod["metadata"]["name"]
        names = [c["name"] for c in (*(spec.get("initContainers") or ()), *spec["containers"])]
        if name and name not in names:
            raise status.bad_request(f"container {name} is not valid for pod {pod_name}")
        if name:
            return name
        if len(names) > 1:
            choice = " ".join(names)
            raise status.bad_request(
                f"a container name must be specified for pod {pod_name}, choose one of: [{choice}]"
            )
        return str(names[0])


def _no_budget(name: str, state: Obj) -> ApiError:
    needed, healthy = state.get("desiredHealthy", 0), state.get("currentHealthy", 0)
    message = f"The disruption budget {name} needs {needed} healthy pods and has {healthy} currently"
    causes = [{"reason": "DisruptionBudget", "message": message}]
    text = "Cannot evict pod as it would violate the pod's disruption budget."
    return ApiError(429, text, "TooManyRequests", {"causes": causes})


def _token_causes(seconds: int) -> list[Cause]:
    field = "spec.expirationSeconds"
    if seconds < 600:
        why = "may not specify a duration less than 10 minutes"
        return [Cause("Invalid", f"Invalid value: {seconds}: {why}", field)]
    if seconds > 1 << 32:
        return [
            Cause("Invalid", f"Invalid value: {seconds}: may not specify a duration larger than 2^32 seconds", field)
        ]
    return []


def _log_options(query: Mapping[str, str], name: str) -> int | None:
    """Check the options of a log; answers how many lines from the end are wanted. Raises ApiError 400 or 422."""
    tail = integer(query, "tailLines")
    causes: list[Cause] = []
    if tail is not None and tail < 0:
        causes.append(Cause("Invalid", f"Invalid value: {tail}: must be greater than or equal to 0", "tailLines"))
    limit, since = integer(query, "limitBytes"), integer(query, "sinceSeconds")
    if limit is not None and limit < 1:
        causes.append(Cause("Invalid", f"Invalid value: {limit}: must be greater than 0", "limitBytes"))
    if since is not None and query.get("sinceTime"):
        why = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        causes.append(Cause("Forbidden", why, "[]"))
    elif since is not None and since < 1:
        causes.append(Cause("Invalid", f"Invalid value: {since}: must be greater than 0", "sinceSeconds"))
    if causes:
        raise status.invalid("PodLogOptions", "", name, causes)
    return tail
