"""The JSON patches (RFC 6902) that change objects, each guarded by what it was decided on.

A patch first tests the claim and the values that were seen, then changes them: the API server applies all of it or
nothing. It never tests the resourceVersion, which every status update moves. `test` of null passes where the key is not
there, but not where the whole annotations map is missing: then the map itself is tested to be missing, and made.
"""

from collections.abc import Mapping
from typing import Any

from strategies.effects import PatchSide
from strategies.model import Claim
from strategies.native.claims import BASE_IMAGE, BASE_REPLICAS, CLAIM, annotations, claim_text
from strategies.native.containers import container_index

Thing = Mapping[str, Any]
Operation = Mapping[str, Any]
_ANNOTATIONS = "/metadata/annotations"


def patch_side(
    effect: PatchSide, deployment: Thing, container: str, template: Thing | None = None
) -> tuple[Operation, ...]:
    """The patch for one side's Deployment.

    `deployment` is the object the patch is written for (its list of containers, and whether it has annotations).
    `template`: a whole new pod template instead of one image, for a canary without pods. Raises LookupError where there
    is no such container.
    """
    index = container_index(deployment, container)
    if index is None:
        raise LookupError(container)
    place = f"/spec/template/spec/containers/{index}"
    operations = [
        *expect_claim(effect.expect_claim, deployment),
        expect(f"{place}/name", container),
        expect(f"{place}/image", effect.expect_image),
        expect("/spec/replicas", effect.expect_replicas),
    ]
    written = {CLAIM: claim_text(effect.claim)} if effect.claim is not None else {}
    if effect.base is not None:
        written |= {BASE_IMAGE: effect.base[0], BASE_REPLICAS: str(effect.base[1])}
    operations += annotate(written, deployment)
    if template is not None:
        if template != deployment["spec"]["template"]:
            operations.append(set_to("/spec/template", template))
    elif effect.image is not None:
        operations.append(set_to(f"{place}/image", effect.image))
    if effect.replicas is not None:
        operations.append(set_to("/spec/replicas", effect.replicas))
    return tuple(operations)


def expect(path: str, value: object) -> Operation:
    """The patch fails as a whole unless the value at `path` is this; None: unless nothing is there."""
    return {"op": "test", "path": path, "value": value}


def set_to(path: str, value: object) -> Operation:
    """Set what is at `path`, whether something is there or not."""
    return {"op": "add", "path": path, "value": value}


def remove(path: str) -> Operation:
    """Take away what is at `path`."""
    return {"op": "remove", "path": path}


def annotation_path(key: str) -> str:
    """The path of one annotation, escaped as RFC 6901 wants it."""
    return f"{_ANNOTATIONS}/{key.replace('~', '~0').replace('/', '~1')}"


def expect_claim(claim: Claim | None, thing: Thing) -> tuple[Operation, ...]:
    """The test that an object carries exactly this claim, or none."""
    if claim is not None:
        return (expect(annotation_path(CLAIM), claim_text(claim)),)
    return (expect(annotation_path(CLAIM) if annotations(thing) else _ANNOTATIONS, None),)


def annotate(values: Mapping[str, str], thing: Thing) -> tuple[Operation, ...]:
    """Write annotations, and the map for them where the object has none."""
    changed = {key: value for key, value in values.items() if annotations(thing).get(key) != value}
    if not annotations(thing) and changed:
        return (set_to(_ANNOTATIONS, changed),)
    return tuple(set_to(annotation_path(key), value) for key, value in changed.items())
