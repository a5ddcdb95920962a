"""Whether Argo CD keeps an object as Git has it: it would undo every change of ours within seconds where self-heal is
on.

Argo CD marks what it manages with the annotation `argocd.argoproj.io/tracking-id` (`APP:GROUP/KIND:NAMESPACE/NAME`), or
in its older mode with the label `app.kubernetes.io/instance`, which others set too. An application outside Argo CD's
own namespace is named `NAMESPACE_NAME` there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strategies.native.claims import annotations
from strategies.problem import SpecProblem

Thing = Mapping[str, Any]
TRACKING = "argocd.argoproj.io/tracking-id"
_LABELS = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")
HOME = "argocd"


@dataclass(frozen=True, slots=True)
class Mark:
    """The application an object says it belongs to. `certain`: only Argo CD sets such a mark."""

    namespace: str
    name: str
    certain: bool


def mark_of(thing: Thing) -> Mark | None:
    """Argo CD's mark on an object, None without one."""
    tracking = annotations(thing).get(TRACKING)
    if tracking:
        return _mark(tracking.partition(":")[0], certain=True)
    labels = thing["metadata"].get("labels") or {}
    found = next(((key, labels[key]) for key in _LABELS if labels.get(key)), None)
    return None if found is None else _mark(found[1], certain=found[0] == _LABELS[0])


def judged(mark: Mark, application: Thing | None, deployment: str) -> tuple[SpecProblem | None, str]:
    """The reason not to start, or a sentence to know, for a marked Deployment and its Application (None: it cannot be
    read).
    """
    place = f"Deployment {deployment}"
    if application is None:
        if not mark.certain:
            return None, ""
        sentence = (
            f"Deployment {deployment} is managed by Argo CD (application {mark.name}), whose sync policy cannot be read"
        )
        fix = (
            f"Let Leadsman's account get applications.argoproj.io in namespace {mark.namespace}, so that it can see that self-heal "
            "is off; with self-heal on, Argo CD would undo every step."
        )
        return SpecProblem(place, sentence, fix), ""
    automated = (application.get("spec") or {}).get("syncPolicy", {}).get("automated")
    if automated and automated.get("selfHeal"):
        sentence = f"Argo CD keeps Deployment {deployment} as Git has it (application {mark.name}, self-heal on): it would undo every step"
        fix = (
            f"Turn self-heal off (`argocd app set {mark.name} --self-heal=false`), or let Argo CD ignore differences in "
            "spec.replicas, the image and our annotations, or deploy through Git."
        )
        return SpecProblem(place, sentence, fix), ""
    told = "deploys each new commit by itself" if automated else "will show it as OutOfSync"
    return (
        None,
        f"Argo CD manages Deployment {deployment} (application {mark.name}) and {told}; bring the version to Git afterwards.",
    )


def _mark(name: str, *, certain: bool) -> Mark:
    namespace, underscore, rest = name.partition("_")
    return Mark(namespace, rest, certain) if underscore else Mark(HOME, name, certain)
