"""Experiment, and the step of a Rollout that makes one."""

from strategies.lint.shapes.analysis import ARGUMENTS, DRY_RUN, EXPERIMENT_ARGUMENTS, RETENTION
from strategies.lint.shapes.pods import OWN_METADATA, POD_TEMPLATE, SELECTOR
from strategies.lint.shapes.shape import FLAG, TEXT, WHOLE, Many, Record, Shape, choice

_SERVICE = Record({"name": TEXT})


def _analyses(args: Shape) -> Many:
    return Many(
        Record(
            {"name": TEXT, "templateName": TEXT, "clusterScope": FLAG, "args": args, "requiredForCompletion": FLAG},
            needed=("name", "templateName"),
            elsewhere={"templates": "An analysis of an experiment names one template: templateName: …"},
        )
    )


EXPERIMENT_STEP = Record(
    {
        "templates": Many(
            Record(
                {
                    "name": TEXT,
                    "specRef": choice("canary", "stable"),
                    "replicas": WHOLE,
                    "metadata": OWN_METADATA,
                    "selector": SELECTOR,
                    "service": _SERVICE,
                    "weight": WHOLE,
                },
                needed=("name", "specRef"),
                elsewhere={
                    "template": "A step's experiment takes its pods from the Rollout: specRef: canary or stable."
                },
            )
        ),
        "analyses": _analyses(ARGUMENTS),
        "analysisRunMetadata": OWN_METADATA,
        "dryRun": DRY_RUN,
        "duration": TEXT,
        "scaleDownDelaySeconds": WHOLE,
    },
    needed=("templates",),
)

EXPERIMENT_SPEC = Record(
    {
        "templates": Many(
            Record(
                {
                    "name": TEXT,
                    "minReadySeconds": WHOLE,
                    "replicas": WHOLE,
                    "selector": SELECTOR,
                    "service": _SERVICE,
                    "template": POD_TEMPLATE,
                },
                needed=("name", "selector", "template"),
                mends={
                    "selector": "Add selector.matchLabels with a label of template.metadata.labels.",
                    "template": "Add template with metadata.labels and spec.containers.",
                },
                elsewhere={
                    "spec": "Put it under template as template.spec, give template.metadata.labels, and select those"
                    " labels with selector.matchLabels.",
                    "specRef": "Only an experiment step of a Rollout has specRef: write selector and template here.",
                    "weight": "Only an experiment step of a Rollout has weights: leave it out.",
                },
            )
        ),
        "analyses": _analyses(EXPERIMENT_ARGUMENTS),
        "analysisRunMetadata": OWN_METADATA,
        "dryRun": DRY_RUN,
        "duration": TEXT,
        "measurementRetention": RETENTION,
        "progressDeadlineSeconds": WHOLE,
        "scaleDownDelaySeconds": WHOLE,
        "terminate": FLAG,
    },
    needed=("templates",),
)
