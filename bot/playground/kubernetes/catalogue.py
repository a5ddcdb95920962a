"""What one cluster serves: every built-in resource, and those custom ones whose definitions were installed."""

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.resources import Resource

CUSTOM = frozenset(resource.plural for resource in resources.RESOURCES if resource.custom)
"""The custom resources that a playground knows, by their plural names."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The resources of one cluster. `installed`: the plural names of the custom resources that have a definition."""

    installed: Collection[str] = field(default=CUSTOM)

    def serves(self, resource: Resource) -> bool:
        """Whether the cluster knows the resource."""
        return not resource.custom or resource.plural in self.installed

    @property
    def groups(self) -> tuple[str, ...]:
        """The named groups that have a resource, in the order of discovery."""
        return tuple(group for group in resources.GROUPS if self.versions(group))

    def versions(self, group: str) -> list[str]:
        """The versions of a group, preferred first; empty for an unknown group."""
        found = (r.version for r in resources.RESOURCES if r.group == group and self.serves(r))
        return list(dict.fromkeys(found))

    def of(self, group: str, version: str) -> list[Resource]:
        """The resources of one version, by name."""
        found = [r for r in resources.RESOURCES if (r.group, r.version) == (group, version) and self.serves(r)]
        return sorted(found, key=lambda resource: resource.plural)

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource at a path."""
        found = resources.find(group, version, plural)
        return found if found is not None and self.serves(found) else None
