"""The canary's Deployment: the stable one's twin with another image, other labels, and no pods until it is scaled.

What is copied of the stable one is its pod template and how it rolls; not copied are the annotations of its metadata
(they belong to kubectl, Argo CD, Helm and other tools, which would take the copy for their own) and the labels by which
such tools know what is theirs.
"""

from collections.abc import Mapping
from copy import deepcopy
from hashlib import sha256
from typing import Any

from strategies.model import Claim
from strategies.native.claims import CLAIM, MANAGED_BY, OURS, claim_text, owned_by
from strategies.native.containers import container_index
from strategies.native.sides import CANARY, CANARY_OF, TRACK, Sides, label_value
from strategies.selectors import Labels

Thing = Mapping[str, Any]
_SUFFIX = "-canary"
_LONGEST_NAME = 236
"""A Deployment's name may have 253 characters, but its ReplicaSets add `-` and up to 16 of their own."""
_TRACKED = (
    "app.kubernetes.io/instance",
    "argocd.argoproj.io/",
    "helm.sh/",
    "helm.toolkit.fluxcd.io/",
    "kustomize.toolkit.fluxcd.io/",
)


def canary_name(deployment: str) -> str:
    """The name of a Deployment's canary. A long one is cut and told apart by a hash."""
    if len(deployment) + len(_SUFFIX) <= _LONGEST_NAME:
        return deployment + _SUFFIX
    mark = sha256(deployment.encode()).hexdigest()[:10]
    return f"{deployment[: _LONGEST_NAME - len(_SUFFIX) - 11].rstrip('-.')}-{mark}{_SUFFIX}"


def canary_deployment(stable: Thing, sides: Sides, container: str, image: str, claim: Claim) -> dict[str, Any]:
    """The canary's Deployment as it is created: no replicas, our marks, and gone when the stable one is deleted."""
    metadata = stable["metadata"]
    kept = {key: value for key, value in (metadata.get("labels") or {}).items() if not key.startswith(_TRACKED)}
    own = {MANAGED_BY: OURS, TRACK: CANARY, CANARY_OF: label_value(metadata["name"])}
    spec = {
        key: deepcopy(value)
        for key, value in stable["spec"].items()
        if key not in ("replicas", "selector", "template", "paused")
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": canary_name(metadata["name"]),
            "namespace": metadata["namespace"],
            "labels": {**kept, **own},
            "annotations": {CLAIM: claim_text(claim)},
            "ownerReferences": [owned_by(stable)],
        },
        "spec": {
            **spec,
            "replicas": 0,
            "selector": deepcopy(dict(sides.selector)),
            "template": canary_template(stable, sides.labels, container, image),
        },
    }


def canary_template(stable: Thing, labels: Labels, container: str, image: str) -> dict[str, Any]:
    """The stable template with the canary's labels and image; everything else stays as it is.

    Raises LookupError where the stable template has no such container.
    """
    index = container_index(stable, container)
    if index is None:
        raise LookupError(container)
    template: dict[str, Any] = deepcopy(dict(stable["spec"]["template"]))
    template["metadata"] = {**(template.get("metadata") or {}), "labels": dict(labels)}
    template["spec"]["containers"][index]["image"] = image
    return template
