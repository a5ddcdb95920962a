"""The verbs that people gave in the recordings: the requests sent for each, the objects they met, and ours for the same moment."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from bot.playground.kubernetes.json_patch import apply_json_patch, merge_patch
from strategies.argo.driver import ArgoVerb, PauseKey
from strategies.argo.objects import Objects
from strategies.argo.pauses import pauses
from strategies.argo.verbs import Patches, patches
from strategies.argo.writes import ArgoWrite, Patch, Resource
from strategies.model import Target, WorkloadKind
from strategies.native.claims import claim_of
from tests.strategies.argo.recording import Recording, load

Thing = dict[str, Any]
READ_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""When the objects were read: later than anything in the recordings."""
_SHOWN = ("kubectl argo rollouts get", "kubectl argo rollouts status")
_WRITTEN = ("rollouts", "deployments")
_BY_PLUGIN = "(request sent by the plugin command above)"


NOT_OURS = {
    "patch steps (broken)": "no verb",
    "patch steps (repaired)": "no verb",
    "annotate who did it (fieldManager leadsman)": "no verb",
    "set image by server-side apply (fieldManager argocd-controller)": "an apply, which merges lists by their keys",
}
"""Requests in the recordings that are none of ours to send, and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One verb: the plugin's command without `kubectl argo rollouts`, or the remark on a patch that was sent directly."""

    name: str
    number: int
    words: str
    objects: Objects
    requests: list[Thing] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name.split('-')[0]}-{self.number}: {self.words}"


def asked(name: str) -> list[Asked]:
    """Every verb of a recording that led to a request on a Rollout or on its Deployment."""
    return [one for one in _commands(load(name)) if one.requests and one.words not in NOT_OURS]


def _commands(recording: Recording) -> Iterator[Asked]:
    command = Asked(recording.name, 0, "", Objects(None))
    for moment in recording.moments():
        entry = moment.entry
        if moment.kind == "cli" and not entry["command"].startswith(_SHOWN):
            yield command
            command = Asked(
                recording.name, moment.number, entry["command"].removeprefix("kubectl argo rollouts "), Objects(None)
            )
        if (
            moment.kind == "act"
            and entry.get("target", "").split("/")[0] in _WRITTEN
            and entry["response_status"] < 300
        ):
            if entry["verb"] != _BY_PLUGIN:
                yield command
                command = Asked(recording.name, moment.number, entry["verb"], Objects(None))
            if not command.requests:
                named = entry["target"].split("/")[1]
                command = replace(command, objects=deepcopy(moment.cluster.objects(named)))
            command.requests.append(entry)
    yield command


def at_entry(name: str, number: int) -> Objects:
    """What belonged to the Rollout `web` after an entry of a recording; -1: at its end."""
    recording = load(name)
    wanted = number % len(recording.timeline)
    moment = next(moment for moment in recording.moments() if moment.number == wanted)
    return deepcopy(moment.cluster.objects("web"))


def write_of(one: Asked) -> tuple[ArgoWrite, str]:
    """The verb as it would have been decided on the objects of that moment, and the container it is about."""
    words = one.words.replace("(", " ").split()
    match words[0], words:
        case "set", [_, _, _, change] if "=" in change:
            container, image = change.split("=")
            return decided(ArgoVerb.SET_IMAGE, one.objects, image=image), container
        case ("set", _) | ("undo", ["undo", "as", "kubectl", "edit"]):
            return decided(ArgoVerb.SET_IMAGE, one.objects, image=one.requests[0]["patch"][0]["value"]), "web"
        case "undo", _:
            back = int(words[-1]) if "--to-revision" in words else 0
            return decided(ArgoVerb.UNDO, one.objects, revision=back), "web"
        case "restart", _:
            at = datetime.fromisoformat(one.requests[0]["patch"]["spec"]["restartAt"])
            return decided(ArgoVerb.RESTART, one.objects, restart_at=at), "web"
        case ("promoteFull", _) | ("promote", [_, _, "--full"]):
            return decided(ArgoVerb.PROMOTE_FULL, one.objects), "web"
        case "promote", _:
            waits = pause_keys(rollout_of(one.objects))
            return decided(ArgoVerb.PROMOTE if waits else ArgoVerb.SKIP, one.objects), "web"
        case _:
            return decided(ArgoVerb(words[0]), one.objects), "web"


def rollout_of(objects: Objects) -> Thing:
    """The Rollout, which is there."""
    assert objects.rollout is not None
    return cast(Thing, objects.rollout)


def pause_keys(rollout: Thing) -> frozenset[PauseKey]:
    """Why the controller waits."""
    return frozenset(one.key for one in pauses(rollout, READ_AT))


def patched(write: ArgoWrite, objects: Objects, container: str = "web") -> Patches:
    """Our patches for a verb on these objects, with this container for ours."""
    return patches(write, Target("prod", "shop", "web", container, kind=WorkloadKind.ROLLOUT), objects, READ_AT)


def decided(verb: ArgoVerb, objects: Objects, **more: Any) -> ArgoWrite:
    """A verb that was decided on exactly these objects."""
    rollout = rollout_of(objects)
    status = rollout.get("status", {})
    seen: dict[str, Any] = {
        "expect_hash": status.get("currentPodHash", ""),
        "expect_claim": claim_of(rollout),
        "expect_paused": bool(rollout["spec"].get("paused")),
        "step": status.get("currentStepIndex"),
        "pauses": tuple(pause_keys(rollout)) if verb is ArgoVerb.PROMOTE else (),
    }
    return ArgoWrite("w", verb, **seen | more)


def theirs(one: Asked) -> dict[str, Thing]:
    """The Rollout, and the Deployment it refers to, after the requests that were recorded."""
    things = _things(one.objects)
    for request in one.requests:
        kind = request["target"].split("/")[0]
        things[kind] = _kept(things[kind], _sent(things[kind], request), request["subresource"] or "")
    return things


def _sent(thing: Thing, request: Thing) -> Thing:
    if request["method"] == "PUT":
        return dict(request["body"])
    if isinstance(request["patch"], list):
        return dict(apply_json_patch(deepcopy(thing), request["patch"]))
    return dict(merge_patch(deepcopy(thing), request["patch"]))


def ours(objects: Objects, patches: Sequence[Patch]) -> dict[str, Thing]:
    """The same after our patches. Raises PatchFailedError where a test in them fails."""
    things = _things(objects)
    for patch in patches:
        sent = apply_json_patch(deepcopy(things[patch.kind]), [dict(one) for one in patch.operations])
        things[patch.kind] = _kept(things[patch.kind], sent, patch.subresource)
    return things


def _things(objects: Objects) -> dict[str, Thing]:
    things = {str(Resource.ROLLOUTS): rollout_of(objects)}
    if objects.workload is not None:
        things[Resource.DEPLOYMENTS] = dict(objects.workload)
    return deepcopy(things)


def _kept(before: Thing, sent: Thing, subresource: str) -> Thing:
    """What the API server keeps of a write: through the status subresource the status, otherwise all but that of a Rollout; a spec that
    changed counts the generation up.
    """
    if subresource == "status":
        return before | {"status": sent["status"]}
    metadata = dict(sent["metadata"])
    if sent["spec"] != before["spec"]:
        metadata["generation"] = before["metadata"]["generation"] + 1
    return before | {"metadata": metadata, "spec": sent["spec"]}


def content(things: Mapping[str, Thing]) -> dict[str, tuple[Any, Any]]:
    """What a verb is about: specs and statuses."""
    return {kind: (thing["spec"], thing.get("status")) for kind, thing in things.items()}
