"""What a pod runs, by Kubernetes' rules, of which Argo's controller looks at all that the API server leaves out of a Rollout.

Rules: kubernetes `pkg/apis/core/validation` (ValidatePodTemplateSpecForReplicaSet): the ones that people break.
"""

import re
from collections.abc import Iterable, Sequence

from strategies.judge.document import Node
from strategies.lint.quantity import amount

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", re.ASCII)
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_OWN_NAME = "Give every one a name of its own."


def check_containers(spec: Node) -> None:
    """Note what is wrong with the spec of a pod template."""
    containers = spec.get("containers").items()
    if not containers:
        spec.get("containers").problem("Required value", "Name at least one container with its image.")
    policy, deadline = spec.get("restartPolicy"), spec.get("activeDeadlineSeconds")
    if policy.is_given and policy.value != "Always":
        policy.problem("supported values: Always", "Leave it out: pods of a rollout are started again.")
    if deadline.is_given:
        deadline.problem(
            "activeDeadlineSeconds in ReplicaSet is not Supported", "Leave it out: a rollout's pods have no end."
        )
    volumes = spec.get("volumes").items()
    _check_names(volumes)
    every = (*containers, *spec.get("initContainers").items())
    _check_names(every)
    for container in every:
        _check_container(container, {volume.get("name").value for volume in volumes if _is_text(volume.get("name"))})


def _is_text(node: Node) -> bool:
    return isinstance(node.value, str)


def _check_names(things: Iterable[Node]) -> None:
    names: set[str] = set()
    for thing in things:
        name = thing.get("name")
        if not isinstance(name.value, str):
            continue
        if not _LABEL.fullmatch(name.value):
            name.problem(
                f"{name.value[:60]!r} is no name here",
                "Write at most 63 small letters, digits and '-', no '-' at the ends.",
            )
        if name.value in names:
            name.problem(f"Duplicate value: {name.value[:60]!r}", _OWN_NAME)
        names.add(name.value)


def _check_container(container: Node, volumes: set[object]) -> None:
    image = container.get("image")
    if not image.value:
        image.problem("Required value", "Name the image that it runs.")
    elif isinstance(image.value, str) and image.value != image.value.strip():
        image.problem("must not have leading or trailing whitespace", f"Write {image.value.strip()[:200]}")
    _check_choice(container.get("imagePullPolicy"), _PULL)
    _check_ports(container.get("ports").items())
    for variable in container.get("env").items():
        _check_variable(variable)
    _check_mounts(container.get("volumeMounts").items(), volumes)
    _check_resources(container.get("resources"))
    for probe in map(container.get, _PROBES):
        given = [kind for kind in _HANDLERS if probe.get(kind).is_given]
        if probe.is_given and len(given) != 1:
            fix = f"Keep one of {', '.join(given)}." if given else f"Write one of {', '.join(_HANDLERS)}."
            sentence = "may not specify more than 1 handler type" if given else "must specify a handler type"
            probe.problem(sentence, fix)


def _check_choice(node: Node, choices: Sequence[str]) -> None:
    if node.is_given and node.value not in choices:
        node.problem(f"supported values: {', '.join(choices)}", "Write one of them, or leave it out.")


def _check_ports(ports: Sequence[Node]) -> None:
    names: set[str] = set()
    for port in ports:
        number, name = port.get("containerPort"), port.get("name")
        if not isinstance(number.value, int) or not 1 <= number.value <= 65535:
            number.problem("must be between 1 and 65535, inclusive", "Write the port's number.")
        _check_choice(port.get("protocol"), _PROTOCOLS)
        if not isinstance(name.value, str) or not name.value:
            continue
        if not _PORT_NAME.fullmatch(name.value):
            name.problem(
                f"{name.value[:60]!r} is no name of a port",
                "Write at most 15 small letters, digits and '-', such as http.",
            )
        if name.value in names:
            name.problem(f"Duplicate value: {name.value[:60]!r}", _OWN_NAME)
        names.add(name.value)


def _check_variable(variable: Node) -> None:
    name, source = variable.get("name"), variable.get("valueFrom")
    if not name.value:
        name.problem("Required value", "Name the variable.")
    elif isinstance(name.value, str) and (not name.value.isprintable() or "=" in name.value):
        name.problem(f"{name.value[:60]!r} is no name of a variable", "Write letters, digits and '_'.")
    if source.is_given and variable.get("value").value:
        source.problem("may not be specified when `value` is not empty", "Keep one of value and valueFrom.")
    if source.is_given and len(source.keys()) != 1:
        source.problem("must have exactly one source", "Write one, such as secretKeyRef or configMapKeyRef.")


def _check_mounts(mounts: Iterable[Node], volumes: set[object]) -> None:
    paths: set[str] = set()
    for mount in mounts:
        name, path = mount.get("name"), mount.get("mountPath")
        if isinstance(name.value, str) and name.value not in volumes:
            name.problem(
                f"Not found: {name.value[:60]!r}", "List it under volumes of the template, or correct the name."
            )
        if not path.value:
            path.problem("Required value", "Say where it is to be in the container.")
        elif isinstance(path.value, str) and path.value in paths:
            path.problem("must be unique", "Mount one volume a path.")
        paths |= {path.value} if isinstance(path.value, str) else set()


def _check_resources(resources: Node) -> None:
    limits, requests = resources.get("limits"), resources.get("requests")
    for group in (limits, requests):
        for key in group.all_keys():
            found = amount(group.get(key).value)
            if found is None:
                group.get(key).problem(
                    f"{str(group.get(key).value)[:60]!r} is no quantity", "Write one such as 500m or 256Mi."
                )
            elif found < 0:
                group.get(key).problem("must be greater than or equal to 0", "Write 0 or more.")
    for key in requests.all_keys():
        asked, most = amount(requests.get(key).value), amount(limits.get(key).value)
        if asked is not None and most is not None and asked > most:
            requests.get(key).problem(
                f"must be less than or equal to {key} limit of {limits.get(key).value}", "Lower it, or raise the limit."
            )
