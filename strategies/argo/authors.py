"""Which client changed a Rollout last, as far as its managed fields tell. No object and no event names a person (recorded case 16).

A promote leaves no trace at all, since it takes a field away. An abort shows only until the controller writes the field itself.
"""

from strategies.argo.fields import Thing, has, moment, part, parts, text

CONTROLLER = "rollouts-controller"
OURS = "leadsman"
_OF_CLUSTER = (CONTROLLER, "kube-controller-manager")


def last_manager(rollout: Thing, workload: Thing | None) -> str:
    """The client that changed the spec last, the Deployment's that a `workloadRef` names included; empty where nothing tells."""
    entries = [
        *_people(rollout, "f:spec"),
        *(_people(workload, "f:spec") if part(rollout, "spec", "workloadRef") else ()),
    ]
    return text(max(entries, key=_when), "manager") if entries else ""


def aborter(rollout: Thing) -> str:
    """The client that aborted; empty for the controller, and where nothing tells."""
    owners = [one for one in parts(rollout, "metadata", "managedFields") if has(one, "fieldsV1", "f:status", "f:abort")]
    return next((text(one, "manager") for one in owners if text(one, "manager") not in _OF_CLUSTER), "")


def _people(thing: Thing | None, field: str) -> list[Thing]:
    return [
        one
        for one in parts(thing, "metadata", "managedFields")
        if has(one, "fieldsV1", field) and not text(one, "subresource") and text(one, "manager") not in _OF_CLUSTER
    ]


def _when(entry: Thing) -> float:
    at = moment(entry, "time")
    return at.timestamp() if at else 0.0
