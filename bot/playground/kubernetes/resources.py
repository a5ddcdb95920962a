"""The kinds that are served, with everything that differs between them."""

from dataclasses import dataclass

STANDARD = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CREATE = ("create",)
SUBRESOURCE = ("get", "patch", "update")


@dataclass(frozen=True, slots=True)
class Subresource:
    """A part of an object under its own path. `kind` is what it answers with."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one version. `storage` is shared by the versions that show the same objects."""

    group: str
    version: str
    plural: str
    kind: str
    type: str
    namespaced: bool = True
    verbs: tuple[str, ...] = STANDARD
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hash: str = ""
    subresources: tuple[Subresource, ...] = ()
    selectable: tuple[str, ...] = ()
    generation: tuple[str, ...] = ()
    scale_status: tuple[str, str] = ("replicas", "")
    answers_deleted: bool = False
    unconditional: bool = True
    create_on_update: bool = False
    storage_plural: str = ""
    deprecated: str = ""

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The singular name."""
        return self.kind.lower()

    @property
    def storage(self) -> str:
        """The name under which the objects are kept, whatever version shows them."""
        return self.storage_plural or (f"{self.plural}.{self.group}" if self.group else self.plural)

    @property
    def custom(self) -> bool:
        """Whether it comes from a custom resource definition: no schema, no strategic merge."""
        return not self.type

    def subresource(self, name: str) -> Subresource | None:
        """The subresource of that name."""
        return next((sub for sub in self.subresources if sub.name == name), None)


def _status(kind: str) -> Subresource:
    return Subresource("status", kind, SUBRESOURCE)


_SCALE = Subresource("scale", "Scale", SUBRESOURCE, "autoscaling", "v1")
_SPEC_AND_ANNOTATIONS = ("spec", "metadata.annotations")
_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)
_POD_FIELDS = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
)

_CORE = (
    Resource("", "v1", "configmaps", "ConfigMap", "*core.v1.ConfigMap", short=("cm",), hash="qFsyl6wFWjQ="),
    Resource(
        "", "v1", "endpoints", "Endpoints", "*core.v1.Endpoints", short=("ep",), hash="fWeeMqaN/OA=",
        create_on_update=True,
        deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
    Resource(
        "", "v1", "events", "Event", "*core.v1.Event", short=("ev",), hash="r2yiGXH7wu8=",
        selectable=_EVENT_FIELDS, create_on_update=True, storage_plural="events",
    ),
    Resource(
        "", "v1", "namespaces", "Namespace", "*core.v1.Namespace", namespaced=False, short=("ns",), hash="Q3oi5N2YM8M=",
        verbs=tuple(verb for verb in STANDARD if verb != "deletecollection"),
        subresources=(Subresource("finalize", "Namespace", ("update",)), _status("Namespace")),
        selectable=("status.phase",), answers_deleted=True,
    ),
    Resource(
        "", "v1", "pods", "Pod", "*core.v1.Pod", short=("po",), categories=("all",), hash="xPOwRZ+Yhw8=",
        subresources=(
            Subresource("binding", "Binding", CREATE),
            Subresource("eviction", "Eviction", CREATE, "policy", "v1"),
            Subresource("log", "Pod", ("get",)),
            _status("Pod"),
        ),
        selectable=_POD_FIELDS, generation=("spec",), answers_deleted=True,
    ),
    Resource(
        "", "v1", "resourcequotas", "ResourceQuota", "*core.v1.ResourceQuota", short=("quota",), hash="8uhSgffRX6w=",
        subresources=(_status("ResourceQuota"),), answers_deleted=True,
    ),
    Resource("", "v1", "secrets", "Secret", "*core.v1.Secret", hash="S6u1pOWzb84=", selectable=("type",)),
    Resource(
        "", "v1", "serviceaccounts", "ServiceAccount", "*core.v1.ServiceAccount", short=("sa",), hash="pbx9ZvyFpBE=",
        subresources=(Subresource("token", "TokenRequest", CREATE, "authentication.k8s.io", "v1"),),
        answers_deleted=True,
    ),
    Resource(
        "", "v1", "services", "Service", "*core.v1.Service", short=("svc",), categories=("all",), hash="0/CO1lhkEBI=",
        subresources=(_status("Service"),), selectable=("spec.clusterIP", "spec.type"), answers_deleted=True,
    ),
)  # fmt: skip

_APPS = (
    Resource(
        "apps", "v1", "deployments", "Deployment", "*apps.v1.Deployment",
        short=("deploy",), categories=("all",), hash="8aSe+NMegvE=",
        subresources=(_SCALE, _status("Deployment")), generation=_SPEC_AND_ANNOTATIONS,
    ),
    Resource(
        "apps", "v1", "replicasets", "ReplicaSet", "*apps.v1.ReplicaSet",
        short=("rs",), categories=("all",), hash="P1RzHs8/mWQ=",
        subresources=(_SCALE, _status("ReplicaSet")), selectable=("status.replicas",), generation=("spec",),
    ),
    Resource(
        "apps", "v1", "statefulsets", "StatefulSet", "*apps.v1.StatefulSet",
        short=("sts",), categories=("all",), hash="H+vl74LkKdo=",
        subresources=(_SCALE, _status("StatefulSet")), generation=("spec",),
    ),
)  # fmt: skip

_HPA = ("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler")

_OTHERS = (
    Resource(
        "events.k8s.io", "v1", "events", "Event", "*events.v1.Event", short=("ev",), hash="r2yiGXH7wu8=",
        selectable=(*(f.replace("involvedObject", "regarding") for f in _EVENT_FIELDS if f not in ("source",)),
                    "reportingController"),
        create_on_update=True, storage_plural="events",
    ),
    Resource("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview",
             "*authentication.v1.SelfSubjectReview", namespaced=False, verbs=CREATE),
    Resource("authentication.k8s.io", "v1", "tokenreviews", "TokenReview",
             "*authentication.v1.TokenReview", namespaced=False, verbs=CREATE),
    Resource("authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview",
             "*authorization.v1.LocalSubjectAccessReview", verbs=CREATE),
    Resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview",
             "*authorization.v1.SelfSubjectAccessReview", namespaced=False, verbs=CREATE),
    Resource("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview",
             "*authorization.v1.SelfSubjectRulesReview", namespaced=False, verbs=CREATE),
    Resource("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
             "*authorization.v1.SubjectAccessReview", namespaced=False, verbs=CREATE),
    Resource(_HPA[0], "v2", _HPA[1], _HPA[2], "*autoscaling.v2.HorizontalPodAutoscaler",
             short=("hpa",), categories=("all",), hash="qwQve8ut294=",
             subresources=(_status(_HPA[2]),)),
    Resource(_HPA[0], "v1", _HPA[1], _HPA[2], "*autoscaling.v1.HorizontalPodAutoscaler",
             short=("hpa",), categories=("all",), hash="qwQve8ut294=",
             subresources=(_status(_HPA[2]),)),
    Resource("batch", "v1", "jobs", "Job", "*batch.v1.Job", categories=("all",), hash="mudhfqk/qZY=",
             subresources=(_status("Job"),), selectable=("status.successful",), generation=("spec",)),
    Resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", "*networking.v1.IngressClass",
             namespaced=False, hash="l/iqIbDgFyQ=", generation=("spec",)),
    Resource("networking.k8s.io", "v1", "ingresses", "Ingress", "*networking.v1.Ingress", short=("ing",),
             hash="39NQlfNR+bo=", subresources=(_status("Ingress"),), generation=("spec",)),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "*policy.v1.PodDisruptionBudget",
             short=("pdb",), hash="EVWiDmWqyJw=", subresources=(_status("PodDisruptionBudget"),),
             generation=("spec",), unconditional=False),
    Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding",
             "*rbac.v1.ClusterRoleBinding", namespaced=False, hash="48tpQ8gZHFc="),
    Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "*rbac.v1.ClusterRole",
             namespaced=False, hash="bYE5ZWDrJ44="),
    Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "*rbac.v1.RoleBinding",
             hash="eGsCzGH6b1g="),
    Resource("rbac.authorization.k8s.io", "v1", "roles", "Role", "*rbac.v1.Role", hash="7FuwZcIIItM="),
    Resource("coordination.k8s.io", "v1", "leases", "Lease", "*coordination.v1.Lease", hash="gqkMMb/YqFM=",
             unconditional=False, create_on_update=True),
    Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "*discovery.v1.EndpointSlice",
             hash="qgS0xkrxYAI=", generation=("endpoints", "ports", "addressType")),
)  # fmt: skip


def _argo(plural: str, kind: str, short: str, *subresources: Subresource, namespaced: bool = True) -> Resource:
    whole = ("spec",) if subresources else ("",)
    return Resource(
        "argoproj.io", "v1alpha1", plural, kind, "", namespaced=namespaced, short=(short,),
        subresources=subresources, generation=whole, scale_status=("HPAReplicas", "selector"), unconditional=False,
    )  # fmt: skip


_ARGO = (
    _argo("analysisruns", "AnalysisRun", "ar"),
    _argo("analysistemplates", "AnalysisTemplate", "at"),
    _argo("applications", "Application", "app"),
    _argo("clusteranalysistemplates", "ClusterAnalysisTemplate", "cat", namespaced=False),
    _argo("experiments", "Experiment", "exp"),
    _argo("rollouts", "Rollout", "ro", _SCALE, _status("Rollout")),
)

RESOURCES = (*_CORE, *_APPS, *_OTHERS, *_ARGO)

GROUPS = (
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "argoproj.io",
)
"""The groups in the order in which discovery lists them."""

_BY_PATH = {(r.group, r.version, r.plural): r for r in RESOURCES}
_BY_KIND = {(r.group, r.version, r.kind): r for r in RESOURCES}
_BY_STORAGE = {r.storage: r for r in reversed(RESOURCES)}
_BY_KIND_NAME = {r.kind: r for r in reversed(RESOURCES)}


def find(group: str, version: str, plural: str) -> Resource | None:
    """The resource at a path."""
    return _BY_PATH.get((group, version, plural))


def of_kind(api_version: str, kind: str) -> Resource | None:
    """The resource of an object's `apiVersion` and `kind`."""
    group, _, version = api_version.rpartition("/")
    return _BY_KIND.get((group, version, kind))


def stored(storage: str) -> Resource:
    """The preferred version of what is kept under `storage`."""
    return _BY_STORAGE[storage]


def named(kind: str) -> Resource:
    """The preferred resource of a kind's bare name (for seeds and tests). Raises KeyError for an unknown kind."""
    return _BY_KIND_NAME[kind]
