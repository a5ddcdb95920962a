"""AnalysisTemplate and ClusterAnalysisTemplate, and how Rollouts and Experiments name them."""

from strategies.lint.shapes.pods import OWN_METADATA
from strategies.lint.shapes.providers import PROVIDER
from strategies.lint.shapes.shape import FLAG, TEXT, WHOLE, WHOLE_OR_TEXT, Many, Record, Shape, choice
from strategies.spec import read_template_name

_FIELD = Record({"fieldPath": TEXT}, needed=("fieldPath",))

DRY_RUN = Many(Record({"metricName": TEXT}, needed=("metricName",)))
RETENTION = Many(Record({"metricName": TEXT, "limit": WHOLE}, needed=("metricName", "limit")))

REFERENCES = Many(
    Record(
        {"templateName": TEXT, "clusterScope": FLAG},
        elsewhere={"name": "Write templateName."},
        text=read_template_name,
    )
)
"""`templates` of an analysis: a list of mappings, though guides write texts."""

ARGUMENTS = Many(
    Record(
        {
            "name": TEXT,
            "value": TEXT,
            "valueFrom": Record({"fieldRef": _FIELD, "podTemplateHashValue": choice("Stable", "Latest")}),
        },
        needed=("name",),
    )
)

EXPERIMENT_ARGUMENTS = TEMPLATE_ARGUMENTS = Many(
    Record(
        {
            "name": TEXT,
            "value": TEXT,
            "valueFrom": Record(
                {"fieldRef": _FIELD, "secretKeyRef": Record({"name": TEXT, "key": TEXT}, needed=("name", "key"))},
                elsewhere={"podTemplateHashValue": "A template has no pods: give it in the Rollout's analysis."},
            ),
        },
        needed=("name",),
    )
)

_METRIC = Record(
    {
        "name": TEXT,
        "interval": TEXT,
        "initialDelay": TEXT,
        "count": WHOLE_OR_TEXT,
        "successCondition": TEXT,
        "failureCondition": TEXT,
        "failureLimit": WHOLE_OR_TEXT,
        "inconclusiveLimit": WHOLE_OR_TEXT,
        "consecutiveErrorLimit": WHOLE_OR_TEXT,
        "consecutiveSuccessLimit": WHOLE_OR_TEXT,
        "provider": PROVIDER,
    },
    needed=("name",),
    elsewhere={
        "prometheus": "Put it under provider.",
        "query": "Put it under provider.prometheus.",
        "threshold": "Write successCondition: result[0] >= 0.95.",
    },
)

TEMPLATE_SPEC = Record(
    {
        "args": TEMPLATE_ARGUMENTS,
        "dryRun": DRY_RUN,
        "measurementRetention": RETENTION,
        "metrics": Many(_METRIC),
        "templates": REFERENCES,
    }
)


def analysis(**more: Shape) -> Record:
    """An analysis of a Rollout, with the fields that only some of them have."""
    return Record(
        {
            "templates": REFERENCES,
            "args": ARGUMENTS,
            "dryRun": DRY_RUN,
            "measurementRetention": RETENTION,
            "analysisRunMetadata": OWN_METADATA,
            **more,
        },
        elsewhere={"templateName": "Write templates: [{templateName: …}]."},
    )
