"""The one container of a Deployment's pods that a rollout is about."""

from collections.abc import Mapping
from typing import Any

Thing = Mapping[str, Any]


def container_index(deployment: Thing, container: str) -> int | None:
    """The place of the named container in a Deployment's template, None if it is not there."""
    names = container_names(deployment)
    return names.index(container) if container in names else None


def container_names(deployment: Thing) -> list[str]:
    """The names of the containers in a Deployment's template, in their order."""
    return [str(one["name"]) for one in deployment["spec"]["template"]["spec"]["containers"]]


def image_of(deployment: Thing, container: str) -> str | None:
    """The image of the named container in a Deployment's template, None without such a container."""
    index = container_index(deployment, container)
    return None if index is None else str(deployment["spec"]["template"]["spec"]["containers"][index]["image"])


def image_version(image: str) -> str:
    """The word people use for what an image is: its tag, else the beginning of its digest, else `latest` as the
    registry would.
    """
    name, at, digest = image.partition("@")
    _, colon, tag = name.rpartition("/")[2].partition(":")
    if colon:
        return tag
    return digest.removeprefix("sha256:")[:12] if at else "latest"
