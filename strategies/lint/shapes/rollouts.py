"""Rollout."""

from strategies.lint.shapes.analysis import analysis
from strategies.lint.shapes.experiments import EXPERIMENT_STEP
from strategies.lint.shapes.pods import OWN_METADATA, POD_TEMPLATE, SELECTOR
from strategies.lint.shapes.routers import TRAFFIC_ROUTING
from strategies.lint.shapes.shape import ANYTHING, FLAG, TEXT, WHOLE, WHOLE_OR_TEXT, Many, Named, Record, Shape, choice

_MATCH = Record({"exact": TEXT, "prefix": TEXT, "regex": TEXT})
_EXPERIMENTS = "Write each as a step under strategy.canary.steps: - experiment: {…}"

STEP = Record(
    {
        "setWeight": WHOLE,
        "pause": Record(
            {"duration": WHOLE_OR_TEXT},
            elsewhere={key: f"Write duration: 30{key[0]}." for key in ("seconds", "minutes", "hours")},
        ),
        "analysis": analysis(),
        "experiment": EXPERIMENT_STEP,
        "setCanaryScale": Record({"replicas": WHOLE, "weight": WHOLE, "matchTrafficWeight": FLAG}),
        "setHeaderRoute": Record(
            {
                "name": TEXT,
                "match": Many(
                    Record({"headerName": TEXT, "headerValue": _MATCH}, needed=("headerName", "headerValue"))
                ),
            }
        ),
        "setMirrorRoute": Record(
            {
                "name": TEXT,
                "percentage": WHOLE,
                "match": Many(Record({"headers": Named(_MATCH), "method": _MATCH, "path": _MATCH})),
            },
            needed=("name",),
        ),
        "plugin": Record({"name": TEXT, "config": ANYTHING}, needed=("name",)),
    },
    elsewhere={
        "gate": "A gate is a step of Leadsman's: keep it in leadsman.yaml, and write pause: {} here.",
        "experiments": "Write experiment, one a step.",
        "duration": "Write pause: {duration: …}.",
    },
)

_ANTI_AFFINITY = Record(
    {
        "preferredDuringSchedulingIgnoredDuringExecution": Record({"weight": WHOLE}, needed=("weight",)),
        "requiredDuringSchedulingIgnoredDuringExecution": ANYTHING,
    }
)

_BOTH: dict[str, Shape] = {
    "abortScaleDownDelaySeconds": WHOLE,
    "antiAffinity": _ANTI_AFFINITY,
    "maxUnavailable": WHOLE_OR_TEXT,
    "scaleDownDelayRevisionLimit": WHOLE,
    "scaleDownDelaySeconds": WHOLE,
}
_CANARY: dict[str, Shape] = {
    "analysis": analysis(startingStep=WHOLE),
    "canaryMetadata": OWN_METADATA,
    "canaryService": TEXT,
    "dynamicStableScale": FLAG,
    "maxSurge": WHOLE_OR_TEXT,
    "minPodsPerReplicaSet": WHOLE,
    "pingPong": Record({"pingService": TEXT, "pongService": TEXT}, needed=("pingService", "pongService")),
    "replicaProgressThreshold": Record({"type": choice("Percent", "Pod"), "value": WHOLE}, needed=("type", "value")),
    "stableMetadata": OWN_METADATA,
    "stableService": TEXT,
    "steps": Many(STEP),
    "trafficRouting": TRAFFIC_ROUTING,
}
_BLUE_GREEN: dict[str, Shape] = {
    "activeMetadata": OWN_METADATA,
    "activeService": TEXT,
    "autoPromotionEnabled": FLAG,
    "autoPromotionSeconds": WHOLE,
    "postPromotionAnalysis": analysis(),
    "prePromotionAnalysis": analysis(),
    "previewMetadata": OWN_METADATA,
    "previewReplicaCount": WHOLE,
    "previewService": TEXT,
}

CANARY = Record(
    _BOTH | _CANARY,
    elsewhere=dict.fromkeys(_BLUE_GREEN, "That is a field of blueGreen: leave it out of a canary.")
    | {"experiments": _EXPERIMENTS},
)
BLUE_GREEN = Record(
    _BOTH | _BLUE_GREEN,
    needed=("activeService",),
    elsewhere=dict.fromkeys(_CANARY, "That is a field of canary: leave it out of a blue/green.")
    | {"analysis": "Write prePromotionAnalysis or postPromotionAnalysis."},
)

ROLLOUT_SPEC = Record(
    {
        "analysis": Record({"successfulRunHistoryLimit": WHOLE, "unsuccessfulRunHistoryLimit": WHOLE}),
        "minReadySeconds": WHOLE,
        "paused": FLAG,
        "progressDeadlineAbort": FLAG,
        "progressDeadlineSeconds": WHOLE,
        "replicas": WHOLE,
        "restartAt": TEXT,
        "revisionHistoryLimit": WHOLE,
        "rollbackWindow": Record({"revisions": WHOLE}),
        "selector": SELECTOR,
        "strategy": Record(
            {"blueGreen": BLUE_GREEN, "canary": CANARY},
            elsewhere={
                "type": "Write canary: {…} or blueGreen: {…}.",
                "rollingUpdate": "Write canary: {} with maxSurge and maxUnavailable, and no steps.",
                "steps": "Put it under canary.",
                "experiments": _EXPERIMENTS,
            },
        ),
        "template": POD_TEMPLATE,
        "workloadRef": Record(
            {
                "apiVersion": TEXT,
                "kind": TEXT,
                "name": TEXT,
                "scaleDown": choice("never", "onsuccess", "progressively"),
            }
        ),
    },
    elsewhere={"experiments": _EXPERIMENTS, "steps": "Put it under strategy.canary."},
)
