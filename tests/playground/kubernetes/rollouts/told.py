"""What the events of a recording, or of the playground, tell: made comparable.

Left aside, since it hangs on milliseconds between several controllers: how many pods were counted at which moment (`_COUNTS`, the
condition Available, and which of three messages says it); the condition Paused, and Progressing while paused, which the controller
writes from a status that it read before its own last write, so that both flip a few times; all times.
"""

from collections.abc import Iterable
from typing import Any

from tests.playground.kubernetes.rollouts.player import Happened

Obj = dict[str, Any]
Told = dict[str, list[Any]]

_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "HPAReplicas")
_COUNTING = (
    "more replicas need to be updated", "updated replicas are still becoming available",
    "old replicas are pending termination",
)  # fmt: skip
_ASIDE = ("Available", "Paused")
_PAUSED = ("RolloutPaused", "ReplicaSetUpdated")
_TIMES = ("abortedAt", "restartedAt")
_HEARD = 15
_HASH = "rollouts-pod-template-hash"
_WEIGHT = "/canary-weight"
_REVISION = "rollout.argoproj.io/revision"


def _fields(rollout: Obj) -> Obj:
    """A Rollout as flat fields: of its status, its conditions, and what of the rest says where it stands."""
    meta, spec = rollout["metadata"], rollout["spec"]
    status = dict(rollout.get("status") or {})
    found: Obj = {
        "generation": meta["generation"],
        "revision": (meta.get("annotations") or {}).get(_REVISION),
        "paused": spec.get("paused"),
    }
    halted = bool(status.get("pauseConditions")) or bool(spec.get("paused"))
    for condition in status.pop("conditions", ()):
        kind, reason = condition["type"], condition["reason"]
        if kind in _ASIDE:
            continue
        quiet = kind == "Progressing" and halted and reason in _PAUSED
        found[f"condition {kind}"] = "while paused" if quiet else (condition["status"], reason, condition["message"])
    for key, value in status.items():
        if key not in _COUNTS:
            found[key] = _value(key, value)
    return found


def _value(key: str, value: Any) -> Any:
    if key in _TIMES:
        return "some time"
    if key == "pauseConditions":
        return [condition["reason"] for condition in value or ()]
    return "counting" if key == "message" and value in _COUNTING else value


def rollout_events(events: Iterable[Happened]) -> Told:
    """For every Rollout, what changed with each event that changed anything."""
    told: Told = {}
    last: dict[str, Obj] = {}
    for event in events:
        if event.watch != "rollouts":
            continue
        name, now = event.object["metadata"]["name"], _fields(event.object)
        before = last.get(name, {})
        changed = {key: now.get(key) for key in sorted({*now, *before}) if now.get(key) != before.get(key)}
        last[name] = now
        if changed:
            told.setdefault(name, []).append(changed)
    return told


def rollout_fields(events: Iterable[Happened]) -> Told:
    """For every field of every Rollout, the values it had one after the other, however they were spread over events."""
    told: Told = {}
    for name, changes in rollout_events(events).items():
        for change in changes:
            for key, value in change.items():
                told.setdefault(f"{name} {key}", []).append(value)
    return told


def sizes(events: Iterable[Happened]) -> Told:
    """For every ReplicaSet, up and down to which sizes it was told to go; not in how many goes."""
    told = _values(events, "replicasets", lambda obj: obj["spec"]["replicas"])
    return {name: _turns(values) for name, values in told.items()}


def _turns(values: list[int]) -> list[int]:
    found: list[int] = []
    for value in values:
        if len(found) >= 2 and (found[-1] > found[-2]) == (value > found[-1]):
            found.pop()
        found.append(value)
    return found


def resting(events: Iterable[Happened]) -> Told:
    """For every Rollout, the sizes of all ReplicaSets whenever it came to rest: paused or healthy."""
    told: Told = {}
    there: dict[str, int] = {}
    phases: dict[str, str] = {}
    for event in events:
        if event.watch not in ("replicasets", "rollouts"):
            continue
        name = event.object["metadata"]["name"]
        if event.watch == "replicasets":
            there[name] = event.object["spec"]["replicas"] if event.type != "DELETED" else 0
        else:
            phase = (event.object.get("status") or {}).get("phase", "")
            if phase in ("Paused", "Healthy") and phases.get(name) != phase:
                told.setdefault(name, []).append((phase, _of(name, there)))
            phases[name] = phase
    return told


def _of(rollout: str, there: dict[str, int]) -> dict[str, int]:
    return {key: size for key, size in there.items() if size and key.startswith(f"{rollout}-")}


def ends(events: Iterable[Happened]) -> Told:
    """For every Rollout, the fields it had at last."""
    last = {event.object["metadata"]["name"]: event.object for event in events if event.watch == "rollouts"}
    return {name: [_fields(rollout)] for name, rollout in last.items()}


def revisions(events: Iterable[Happened]) -> Told:
    """For every ReplicaSet, its revision and the ones it had."""

    def of(obj: Obj) -> Any:
        found = obj["metadata"].get("annotations") or {}
        return found.get(_REVISION), found.get(f"{_REVISION}-history")

    return _values(events, "replicasets", of)


def selected(events: Iterable[Happened]) -> Told:
    """For every Service, the hashes it selected; going to and fro counts once, it goes on as long as there is time."""
    told = _values(events, "services", lambda obj: (obj["spec"].get("selector") or {}).get(_HASH))
    return {name: _steady(values) for name, values in told.items()}


def _steady(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        found.append(value)
        if len(found) >= 4 and found[-4:-2] == found[-2:]:
            del found[-2:]
    return found


def weights(events: Iterable[Happened]) -> Told:
    """For every Ingress, the canary weights that its annotations said."""

    def of(obj: Obj) -> Any:
        annotations = obj["metadata"].get("annotations") or {}
        return next((value for key, value in annotations.items() if key.endswith(_WEIGHT)), None)

    told = _values(events, "ingresses", of)
    return {name: values for name, values in told.items() if values != [None]}


def runs(events: Iterable[Happened]) -> Told:
    """For every AnalysisRun, its phases with their messages, and the verdicts on its measurements."""

    def of(obj: Obj) -> Any:
        status = obj.get("status") or {}
        results = status.get("metricResults") or ()
        measured = [_collapsed([m["phase"] for m in result.get("measurements", ())]) for result in results]
        return status.get("phase"), status.get("message"), measured

    return _values(events, "analysisruns", of)


def _collapsed(values: list[Any]) -> list[Any]:
    return [value for number, value in enumerate(values) if number == 0 or values[number - 1] != value]


def _values(events: Iterable[Happened], watch: str, of: Any) -> Told:
    told: Told = {}
    for event in events:
        if event.watch == watch and event.type != "DELETED":
            values = told.setdefault(event.object["metadata"]["name"], [])
            value = of(event.object)
            if not values or values[-1] != value:
                values.append(value)
    return told


def sayings(events: Iterable[Happened]) -> list[str]:
    """What the controller said about Rollouts and runs in Events, each once. After some twenty-five it says no more."""
    told: dict[str, None] = {}
    for event in events:
        if event.watch != "events":
            continue
        obj = event.object
        source = obj.get("source")
        component = source.get("component") if isinstance(source, dict) else source
        if component == "rollouts-controller" and obj["reason"] != "ScalingReplicaSet":
            told[f"{obj['type']} {obj['reason']} {obj['involvedObject']['name']}: {obj['message']}"] = None
    return list(told)


def unsaid(said: list[str], others: list[str]) -> list[str]:
    """What was said early enough to be heard, and not by the others."""
    return [text for text in said[:_HEARD] if text not in others]


def answer(body: Obj) -> Obj:
    """What an answer of the API server tells: of an object what the recordings keep of it, of a refusal everything."""
    if body.get("kind") == "Status":
        return {key: value for key, value in body.items() if key != "details"}
    found = {"generation": (body.get("metadata") or {}).get("generation")}
    for key, value in (body.get("status") or {}).items():
        if body["kind"] == "Rollout" and key not in (*_COUNTS, "conditions"):
            found[key] = _value(key, value)
    return found


def first_difference(recorded: Told, played: Told) -> str:
    """The first place where two differ, as text; empty when they do not."""
    for name in sorted({*recorded, *played}):
        one, other = recorded.get(name, []), played.get(name, [])
        for number, (was, now) in enumerate(zip(one, other, strict=False)):
            if was != now:
                return f"{name}, number {number}:\n  recorded {was}\n  played   {now}"
        if len(one) != len(other):
            longer, word = (one, "recorded") if len(one) > len(other) else (other, "played")
            at = min(len(one), len(other))
            return f"{name}, number {at}: only {word}: {longer[at]}"
    return ""
