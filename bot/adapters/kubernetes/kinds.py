"""The kinds of object we deal with, and where the API keeps them."""

from dataclasses import dataclass
from urllib.parse import quote

from bot.errors import Invalid


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    `group` is empty for the core group; `plural` is its name in paths and in roles, `kind` its name inside objects.
    `authored`: who wrote which of its fields is worth keeping in memory.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    authored: bool = False

    @property
    def api_version(self) -> str:
        """What objects of this kind carry as `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The name the server uses in its own messages, such as `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def collection(self, namespace: str | None) -> str:
        """The path of all objects, of one namespace or, with None, of the whole cluster."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if namespace is None:
            return f"{root}/{self.plural}"
        if not self.namespaced:
            raise Invalid(f"{self.resource} live in no namespace, so ask for them without {namespace!r}.")
        return f"{root}/namespaces/{_segment(namespace, 'namespace')}/{self.plural}"

    def item(self, namespace: str | None, name: str) -> str:
        """The path of one object. A name that would lead elsewhere is refused with `Invalid`."""
        if self.namespaced and namespace is None:
            raise Invalid(f"{self.resource} {name!r} needs a namespace.")
        return f"{self.collection(namespace)}/{_segment(name, 'name')}"


def _segment(text: str, what: str) -> str:
    """Text as one segment of a path.

    What the server refuses as a segment must not get as far as a URL: `..` would change the path, and an empty name
    would turn the read of one object into a list.
    """
    if text in ("", ".", "..") or "/" in text or "%" in text:
        raise Invalid(f"{text!r} cannot be the {what} of an object in Kubernetes: use letters, digits and '-'.")
    return quote(text, safe="")


NAMESPACES = Kind("", "v1", "namespaces", "Namespace", namespaced=False)
PODS = Kind("", "v1", "pods", "Pod")
SERVICES = Kind("", "v1", "services", "Service")
EVENTS = Kind("", "v1", "events", "Event")
CONFIGMAPS = Kind("", "v1", "configmaps", "ConfigMap")
DEPLOYMENTS = Kind("apps", "v1", "deployments", "Deployment")
REPLICASETS = Kind("apps", "v1", "replicasets", "ReplicaSet")
INGRESSES = Kind("networking.k8s.io", "v1", "ingresses", "Ingress")
HPAS = Kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
LEASES = Kind("coordination.k8s.io", "v1", "leases", "Lease")
ROLLOUTS = Kind("argoproj.io", "v1alpha1", "rollouts", "Rollout", authored=True)
ANALYSIS_RUNS = Kind("argoproj.io", "v1alpha1", "analysisruns", "AnalysisRun")
EXPERIMENTS = Kind("argoproj.io", "v1alpha1", "experiments", "Experiment")
ANALYSIS_TEMPLATES = Kind("argoproj.io", "v1alpha1", "analysistemplates", "AnalysisTemplate")
CLUSTER_ANALYSIS_TEMPLATES = Kind(
    "argoproj.io", "v1alpha1", "clusteranalysistemplates", "ClusterAnalysisTemplate", namespaced=False
)
