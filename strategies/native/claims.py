"""Whose hands are on an object: the annotation `leadsman.dev/rollout`, and what we write beside it.

The text is `instance/rollout/fence`; released it is `instance//fence`, so that the fence never falls. An annotation
that does not read so belongs to nobody we know: it becomes a claim with an empty instance and the whole text as its
rollout, which no rollout equals.
"""

from collections.abc import Mapping
from typing import Any

from strategies.model import Claim

CLAIM = "leadsman.dev/rollout"
BASE_IMAGE = "leadsman.dev/base-image"
BASE_REPLICAS = "leadsman.dev/base-replicas"
MANAGED_BY = "app.kubernetes.io/managed-by"
OURS = "leadsman"
_LONGEST_FENCE = 15


def annotations(thing: Mapping[str, Any]) -> Mapping[str, str]:
    """An object's annotations; empty where it has none."""
    return (thing.get("metadata") or {}).get("annotations") or {}


def claim_text(claim: Claim) -> str:
    """A claim as its annotation's value."""
    return f"{claim.instance}/{claim.rollout}/{claim.fence}"


def claim_of(thing: Mapping[str, Any] | None) -> Claim | None:
    """The claim on an object, None where there is none."""
    text = annotations(thing or {}).get(CLAIM)
    return None if text is None else read_claim(text)


def read_claim(text: str) -> Claim:
    """A claim from its annotation's value; see above for one that cannot be read."""
    match text.split("/"):
        case [instance, rollout, fence] if (
            instance and fence.isascii() and fence.isdigit() and len(fence) <= _LONGEST_FENCE
        ):
            return Claim(instance, rollout, int(fence))
    return Claim("", text, 0)


def base_of(thing: Mapping[str, Any]) -> tuple[str, int] | None:
    """The base image and replicas noted on an object, None where they are not there or not readable."""
    image, replicas = annotations(thing).get(BASE_IMAGE), annotations(thing).get(BASE_REPLICAS, "")
    return (image, int(replicas)) if image and replicas.isascii() and replicas.isdigit() else None


def is_ours(thing: Mapping[str, Any], owner: Mapping[str, Any]) -> bool:
    """Whether we made an object for this owner: our mark, and a reference to exactly that owner (its uid, not only its
    name).
    """
    metadata = thing.get("metadata") or {}
    owners = {reference.get("uid") for reference in metadata.get("ownerReferences") or ()}
    return (metadata.get("labels") or {}).get(MANAGED_BY) == OURS and owner["metadata"]["uid"] in owners


def owned_by(owner: Mapping[str, Any]) -> dict[str, str]:
    """The reference that lets an object go when its owner goes.

    It says neither `controller` (no controller of the owner's kind may take the object for its own) nor
    `blockOwnerDeletion` (which would need a right on the owner's finalizers).
    """
    metadata = owner["metadata"]
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": metadata["name"], "uid": metadata["uid"]}
