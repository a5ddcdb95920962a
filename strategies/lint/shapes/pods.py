"""The parts that Kubernetes' own objects have too: metadata, selectors, pod templates."""

from strategies.lint.shapes.shape import ANYTHING, TEXT, TEXTS, Many, Record, Shape, choice

OWN_METADATA = Record({"labels": TEXTS, "annotations": TEXTS})
"""Metadata that Argo puts on what it makes."""

METADATA = Record({"name": TEXT, "namespace": TEXT, "labels": TEXTS, "annotations": TEXTS}, others=True)

SELECTOR = Record(
    {
        "matchLabels": TEXTS,
        "matchExpressions": Many(
            Record(
                {"key": TEXT, "operator": choice("In", "NotIn", "Exists", "DoesNotExist"), "values": Many(TEXT)},
                needed=("key", "operator"),
            )
        ),
    }
)

_CONTAINER = Record({"name": TEXT, "image": TEXT}, needed=("name",), others=True)

POD_TEMPLATE = Record(
    {
        "metadata": METADATA,
        "spec": Record({"containers": Many(_CONTAINER), "initContainers": Many(_CONTAINER)}, others=True),
    },
    elsewhere={"containers": "Put it under spec of the template.", "labels": "Put it under metadata of the template."},
)


def document(spec: Shape) -> Record:
    """A whole object with this `spec`."""
    return Record(
        {"apiVersion": TEXT, "kind": TEXT, "metadata": METADATA, "spec": spec, "status": ANYTHING}, needed=("spec",)
    )
