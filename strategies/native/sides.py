"""How the pods of the two sides are told apart, proven by evaluating every selector before anything is made.

Two Deployments whose selectors reach each other's pods, or a Service that reaches the wrong side, would make every
number on the card a lie. So a start is refused unless it is shown that they do not, and the refusal says which change
would make it so.

Without a router the canary's pods keep every label that a Service selects on, and every other label the stable
Deployment selects on is replaced. With one, they take the labels that the canary Service selects on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from strategies.model import Nginx, Target
from strategies.problem import SpecProblem
from strategies.selectors import Labels, keys, matches, selects, service_selector

TRACK = "leadsman.dev/track"
CANARY_OF = "leadsman.dev/canary-of"
CANARY = "canary"
_LONGEST_LABEL = 63
Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sides:
    """What the canary's pods look like: their `labels`, the canary Deployment's `selector`, and the Services that carry
    the traffic.

    `notes` are sentences people should know, though nothing forbids the start.
    """

    labels: Mapping[str, str]
    selector: Mapping[str, Any]
    services: tuple[str, ...]
    notes: tuple[str, ...] = ()


def sides(
    stable: Thing, services: Sequence[Thing], target: Target, others: Iterable[Thing] = ()
) -> Sides | tuple[SpecProblem, ...]:
    """The two sides of a target, or every reason why they cannot be told apart.

    `services` are those of the namespace; `others` its other Deployments and ReplicaSets (our own canary is passed
    over).
    """
    found = _by_pods(stable, services) if target.router is None else _by_service(stable, services, target.router)
    if not isinstance(found, Sides):
        return found
    problems = (*_overlaps(stable, found, target.router), *_strangers(found, others, target.workload))
    return problems or found


def label_value(name: str) -> str:
    """A name as a label's value: at most 63 characters, cut ones told apart by a hash."""
    if len(name) <= _LONGEST_LABEL:
        return name
    return f"{name[:52].rstrip('-.')}-{sha256(name.encode()).hexdigest()[:10]}"


def pod_labels(deployment: Thing) -> Labels:
    """The labels of a Deployment's pods."""
    return (deployment["spec"]["template"].get("metadata") or {}).get("labels") or {}


def _marked(stable: Thing, labels: Labels, services: tuple[str, ...], notes: tuple[str, ...]) -> Sides:
    own = {CANARY_OF: label_value(stable["metadata"]["name"])}
    return Sides({**labels, TRACK: CANARY, **own}, {"matchLabels": own}, services, notes)


def _by_pods(stable: Thing, services: Sequence[Thing]) -> Sides:
    """Ratio mode: the same Services must reach both sides, so only labels that none of them selects on may differ."""
    labels = pod_labels(stable)
    carrying = [service for service in services if selects(service, labels)]
    shared = {key for service in carrying for key in service_selector(service)}
    free = keys(stable["spec"]["selector"]) - shared
    changed = _marked(stable, {**labels, **dict.fromkeys(free & labels.keys(), CANARY)}, _names(carrying), ())
    notes = _caught(changed, services, changed.services)
    if not carrying:
        notes = ("No Service selects these pods, so the share shown is a share of pods, not of requests.", *notes)
    return replace(changed, notes=notes)


def _by_service(stable: Thing, services: Sequence[Thing], router: Nginx) -> Sides | tuple[SpecProblem, ...]:
    """Weight mode: the canary's pods take what the canary Service selects on."""
    named = {service["metadata"]["name"]: service for service in services}
    missing = [name for name in (router.stable_service, router.canary_service) if name not in named]
    if missing:
        return tuple(_no_service(name) for name in missing)
    wanted = service_selector(named[router.canary_service])
    if not wanted:
        return (_no_selector(router.canary_service),)
    labels = {**pod_labels(stable), **wanted}
    free = keys(stable["spec"]["selector"]) - wanted.keys() - service_selector(named[router.stable_service]).keys()
    ours = (router.stable_service, router.canary_service)
    changed = _marked(stable, {**labels, **dict.fromkeys(free & labels.keys(), CANARY)}, ours, ())
    problems = _wrong_service(stable, changed, named[router.stable_service], named[router.canary_service])
    return problems or replace(changed, notes=_caught(changed, services, ours))


def _caught(canary: Sides, services: Sequence[Thing], known: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences about Services beside the known ones that the canary's pods will be reached through."""
    names = (name for name in _names(one for one in services if selects(one, canary.labels)) if name not in known)
    return tuple(f"Service {name} will reach the canary's pods too." for name in names)


def _wrong_service(stable: Thing, canary: Sides, first: Thing, second: Thing) -> tuple[SpecProblem, ...]:
    """Each Service must reach its own side and not the other."""
    labels, name = pod_labels(stable), first["metadata"]["name"]
    other = second["metadata"]["name"]
    problems = []
    if not selects(first, labels):
        sentence = f"Service {name} does not select the pods of Deployment {stable['metadata']['name']}"
        problems.append(
            SpecProblem(f"Service {name}", sentence, f"Let its selector match the pods' labels: {_text(labels)}.")
        )
    if selects(first, canary.labels):
        sentence = f"Service {name} would also select the canary's pods, which carry every label it selects on"
        problems.append(SpecProblem(f"Service {other}", sentence, _different(first, other)))
    if selects(second, labels):
        sentence = f"Service {other} selects the stable pods too"
        problems.append(SpecProblem(f"Service {other}", sentence, _different(first, other)))
    return tuple(problems)


def _different(first: Thing, other: str) -> str:
    """The smallest change of the canary Service that tells the sides apart: another value for one label of the stable
    Service.
    """
    selector = service_selector(first)
    key = next(iter(sorted(selector)), "app")
    value = label_value(f"{selector.get(key, 'app')}-canary")
    name = first["metadata"]["name"]
    return (
        f"Let Service {other} select {key}={value} instead; the canary's pods will carry it, "
        f"and Service {name} will not select them."
    )


def _overlaps(stable: Thing, canary: Sides, router: Nginx | None) -> tuple[SpecProblem, ...]:
    """The stable Deployment must not own canary pods, nor the canary's Deployment stable ones."""
    name, problems = stable["metadata"]["name"], []
    if matches(stable["spec"]["selector"], canary.labels):
        by = _expression(stable)
        sentence = f"Deployment {name} selects its pods only by labels that the canary's pods must carry too ({by})"
        fix = _extend(name) if router is None else _different_both(router)
        problems.append(SpecProblem(f"Deployment {name}", sentence, fix))
    if matches(canary.selector, pod_labels(stable)):
        sentence = f"The pods of Deployment {name} carry our own label {CANARY_OF}"
        problems.append(
            SpecProblem(f"Deployment {name}", sentence, f"Take the label {CANARY_OF} out of its pod template.")
        )
    return tuple(problems)


def _extend(name: str) -> str:
    return (
        f"Add the label {TRACK}=stable to its spec.selector.matchLabels and to its pod template. A selector cannot be "
        f"changed in place: `kubectl delete deployment {name} --cascade=orphan`, apply the new one, and when its pods "
        "are ready delete the ReplicaSet left over."
    )


def _different_both(router: Nginx) -> str:
    return (
        f"Let Service {router.canary_service} select another value of one of these labels; the canary's pods will "
        f"carry it, and Service {router.stable_service} must not select that value."
    )


def _strangers(canary: Sides, others: Iterable[Thing], deployment: str) -> Iterable[SpecProblem]:
    for other in others:
        name, kind = other["metadata"]["name"], other["kind"]
        known = (other["metadata"].get("labels") or {}).get(CANARY_OF) == label_value(deployment) or name == deployment
        if (known and kind == "Deployment") or not matches(other["spec"]["selector"], canary.labels):
            continue
        sentence = f"{kind} {name} would also select the canary's pods ({_expression(other)})"
        yield SpecProblem(
            f"{kind} {name}", sentence, f"Give {kind} {name} a selector of its own, or delete it if it is not needed."
        )


def _no_service(name: str) -> SpecProblem:
    return SpecProblem(
        f"Service {name}", f"There is no Service {name}", "Create it, or correct `traffic` in the configuration."
    )


def _no_selector(name: str) -> SpecProblem:
    fix = "Give it one that differs from the stable Service's in one label."
    return SpecProblem(f"Service {name}", f"Service {name} has no selector, so no pod would be reached through it", fix)


def _names(services: Iterable[Thing]) -> tuple[str, ...]:
    return tuple(sorted(service["metadata"]["name"] for service in services))


def _text(labels: Labels) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _expression(thing: Thing) -> str:
    return ", ".join(sorted(keys(thing["spec"]["selector"]))) or "everything"
