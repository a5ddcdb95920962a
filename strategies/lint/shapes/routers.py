"""The routers of a canary: `trafficRouting`."""

from strategies.lint.shapes.shape import ANYTHING, FLAG, TEXT, TEXTS, WHOLE, Many, Record

_VIRTUAL_SERVICE = Record(
    {
        "name": TEXT,
        "routes": Many(TEXT),
        "tcpRoutes": Many(Record({"port": WHOLE})),
        "tlsRoutes": Many(Record({"port": WHOLE, "sniHosts": Many(TEXT)})),
    },
    needed=("name",),
)
_NODE = Record({"name": TEXT}, needed=("name",))

TRAFFIC_ROUTING = Record(
    {
        "alb": Record(
            {
                "annotationPrefix": TEXT,
                "ingress": TEXT,
                "ingresses": Many(TEXT),
                "rootService": TEXT,
                "servicePort": WHOLE,
                "stickinessConfig": Record(
                    {"durationSeconds": WHOLE, "enabled": FLAG}, needed=("durationSeconds", "enabled")
                ),
            },
            needed=("servicePort",),
        ),
        "ambassador": Record({"mappings": Many(TEXT)}, needed=("mappings",)),
        "apisix": Record({"route": Record({"name": TEXT, "rules": Many(TEXT)}, needed=("name",))}),
        "appMesh": Record(
            {
                "virtualNodeGroup": Record(
                    {"canaryVirtualNodeRef": _NODE, "stableVirtualNodeRef": _NODE},
                    needed=("canaryVirtualNodeRef", "stableVirtualNodeRef"),
                ),
                "virtualService": Record({"name": TEXT, "routes": Many(TEXT)}, needed=("name",)),
            }
        ),
        "istio": Record(
            {
                "destinationRule": Record(
                    {
                        "additionalSubsetNames": Many(TEXT),
                        "name": TEXT,
                        "canarySubsetName": TEXT,
                        "stableSubsetName": TEXT,
                    },
                    needed=("name", "canarySubsetName", "stableSubsetName"),
                ),
                "virtualService": _VIRTUAL_SERVICE,
                "virtualServices": Many(_VIRTUAL_SERVICE),
            }
        ),
        "managedRoutes": Many(Record({"name": TEXT}, needed=("name",))),
        "maxTrafficWeight": WHOLE,
        "nginx": Record(
            {
                "additionalIngressAnnotations": TEXTS,
                "annotationPrefix": TEXT,
                "canaryIngressAnnotations": TEXTS,
                "stableIngress": TEXT,
                "stableIngresses": Many(TEXT),
            }
        ),
        "plugins": ANYTHING,
        "smi": Record({"rootService": TEXT, "trafficSplitName": TEXT}),
        "traefik": Record({"weightedTraefikServiceName": TEXT}, needed=("weightedTraefikServiceName",)),
    }
)
