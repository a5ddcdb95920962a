"""What lies around a Rollout or an Experiment: the templates, Services and Ingresses that it names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strategies.judge.document import Node

Thing = Mapping[str, Any]

QueryCheck = Callable[[str], str | None]
"""Answers with what is wrong with a PromQL query, or None."""


def unchecked(query: str) -> str | None:
    """The check of one who has no PromQL parser: nothing is wrong."""
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The objects of one namespace, and the cluster-wide templates.

    complete: what is not among them does not exist; in files it may be in the cluster.
    cluster_wide: that is so for ClusterAnalysisTemplates too, which not everybody may list.
    workload: what a `workloadRef` points at, where that is known.
    others: further objects that lie with the files, such as VirtualServices; in a cluster nobody asks for them.
    """

    templates: Sequence[Thing] = ()
    services: Sequence[Thing] = ()
    ingresses: Sequence[Thing] = ()
    workload: Thing | None = None
    others: Sequence[Thing] = ()
    complete: bool = False
    cluster_wide: bool = True
    check_query: QueryCheck = unchecked

    def template(self, name: str, *, cluster: bool) -> Thing | None:
        """The AnalysisTemplate, or with `cluster` the ClusterAnalysisTemplate, of that name."""
        kind = "ClusterAnalysisTemplate" if cluster else "AnalysisTemplate"
        return _named(name, (thing for thing in self.templates if template_kind(thing) == kind))

    def service(self, name: str) -> Thing | None:
        """The Service of that name."""
        return _named(name, self.services)

    def other(self, kind: str, name: str) -> Thing | None:
        """What else is of that kind and name."""
        return _named(name, (thing for thing in self.others if thing.get("kind") == kind))

    def ingress(self, name: str) -> Thing | None:
        """The Ingress of that name."""
        return _named(name, self.ingresses)


def name_of(thing: Thing) -> str:
    """The name of an object, whatever stands in its place."""
    return Node.root(thing).get("metadata").get("name").text() or ""


def namespace_of(thing: Thing) -> str:
    """The namespace of an object as written, empty where none is."""
    return Node.root(thing).get("metadata").get("namespace").text() or ""


def template_kind(thing: Thing) -> str:
    """The kind of a template; in a cluster's list, where kinds are left out, what is in a namespace is none of the
    cluster's own."""
    kind = thing.get("kind")
    return str(kind) if kind else "AnalysisTemplate" if namespace_of(thing) else "ClusterAnalysisTemplate"


def _named(name: str, things: Iterable[Thing]) -> Thing | None:
    return next((thing for thing in things if name_of(thing) == name), None)
