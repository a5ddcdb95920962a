"""Where a metric can be measured: the providers of an AnalysisTemplate."""

from strategies.lint.shapes.shape import ANYTHING, FLAG, TEXT, TEXTS, WHOLE, WHOLE_OR_TEXT, Many, Record, choice

_SIGNED_IN = Record(
    {
        "basicAuth": Record({"password": TEXT, "username": TEXT}),
        "oauth2": Record({"clientId": TEXT, "clientSecret": TEXT, "scopes": Many(TEXT), "tokenUrl": TEXT}),
        "sigv4": Record({"profile": TEXT, "region": TEXT, "roleArn": TEXT}),
    }
)
_HEADERS = Many(Record({"key": TEXT, "value": TEXT}, needed=("key", "value")))

_PROMETHEUS = Record(
    {
        "address": TEXT,
        "query": TEXT,
        "authentication": _SIGNED_IN,
        "headers": _HEADERS,
        "insecure": FLAG,
        "timeout": WHOLE,
        "rangeQuery": Record({"start": TEXT, "end": TEXT, "step": TEXT}),
    }
)

_WEB = Record(
    {
        "url": TEXT,
        "method": choice("GET", "POST", "PUT"),
        "headers": _HEADERS,
        "body": TEXT,
        "jsonBody": ANYTHING,
        "jsonPath": TEXT,
        "timeoutSeconds": WHOLE,
        "insecure": FLAG,
        "authentication": _SIGNED_IN,
    },
    needed=("url",),
)

_DATADOG = Record(
    {
        "aggregator": choice("avg", "min", "max", "sum", "last", "percentile", "mean", "l2norm", "area"),
        "apiVersion": choice("v1", "v2"),
        "formula": TEXT,
        "interval": TEXT,
        "queries": TEXTS,
        "query": TEXT,
        "requestTimeout": TEXT,
        "secretRef": Record({"name": TEXT, "namespaced": FLAG}),
    }
)

_METRIC_STAT = Record(
    {
        "metric": Record(
            {"dimensions": Many(Record({"name": TEXT, "value": TEXT})), "metricName": TEXT, "namespace": TEXT}
        ),
        "period": WHOLE_OR_TEXT,
        "stat": TEXT,
        "unit": TEXT,
    }
)
_CLOUD_WATCH = Record(
    {
        "interval": TEXT,
        "metricDataQueries": Many(
            Record(
                {
                    "expression": TEXT,
                    "id": TEXT,
                    "label": TEXT,
                    "metricStat": _METRIC_STAT,
                    "period": WHOLE_OR_TEXT,
                    "returnData": FLAG,
                }
            )
        ),
    },
    needed=("metricDataQueries",),
)

_SCOPE = Record(
    {"scope": TEXT, "region": TEXT, "step": WHOLE, "start": TEXT, "end": TEXT}, needed=("scope", "region", "step")
)
_KAYENTA = Record(
    {
        "address": TEXT,
        "application": TEXT,
        "canaryConfigName": TEXT,
        "configurationAccountName": TEXT,
        "lookback": FLAG,
        "metricsAccountName": TEXT,
        "scopes": Many(
            Record(
                {"name": TEXT, "controlScope": _SCOPE, "experimentScope": _SCOPE},
                needed=("name", "controlScope", "experimentScope"),
            )
        ),
        "storageAccountName": TEXT,
        "threshold": Record({"marginal": WHOLE, "pass": WHOLE}, needed=("marginal", "pass")),
    },
    needed=(
        "address",
        "application",
        "canaryConfigName",
        "configurationAccountName",
        "metricsAccountName",
        "scopes",
        "storageAccountName",
        "threshold",
    ),
)

PROVIDER = Record(
    {
        "prometheus": _PROMETHEUS,
        "web": _WEB,
        "datadog": _DATADOG,
        "newRelic": Record({"profile": TEXT, "query": TEXT, "timeout": WHOLE}, needed=("query",)),
        "cloudWatch": _CLOUD_WATCH,
        "graphite": Record({"address": TEXT, "query": TEXT}),
        "influxdb": Record({"profile": TEXT, "query": TEXT}),
        "job": Record({"metadata": ANYTHING, "spec": ANYTHING}, needed=("spec",)),
        "kayenta": _KAYENTA,
        "plugin": ANYTHING,
        "skywalking": Record({"address": TEXT, "interval": TEXT, "query": TEXT}),
        "wavefront": Record({"address": TEXT, "query": TEXT}),
    },
    elsewhere={"webhook": "Write web: {url: …} for a webhook."},
)
