"""Whether a verb would bring a blue/green revision live without its gate, by the objects that were just read for its patch."""

from collections.abc import Iterable

from strategies.argo.fasttrack import fast_track, is_gated
from strategies.argo.fields import Thing, text
from strategies.argo.objects import Objects
from strategies.argo.revisions import revisions
from strategies.argo.seen import Kind, RevisionSeen


def retry_shortcut(objects: Objects, rollout: Thing) -> str:
    """Why a retry would go live without its gate, as a sentence; empty where it would not."""
    current = text(rollout, "status", "currentPodHash")
    return _told(rollout, (one for one in revisions(rollout, objects.sets, "") if one.pod_hash == current))


def deploy_shortcut(objects: Objects, rollout: Thing, container: str, image: str) -> str:
    """Why a deploy of this image would go live without its gate, as a sentence; empty where it would not.

    Only images are compared: the cluster fills a ReplicaSet's template with defaults, so that whole templates cannot be.
    """
    return _told(rollout, (one for one in revisions(rollout, objects.sets, container) if one.image == image))


def _told(rollout: Thing, candidates: Iterable[RevisionSeen]) -> str:
    """The sentence for the first of these that is still up. One without pods passes its gate again, whatever its deadline says."""
    up = tuple(one for one in candidates if one.replicas)
    found = fast_track(Kind.BLUE_GREEN, up, "", "") if is_gated(rollout) else ""
    return f"{found}. Wait until it is scaled down, then try again." if found else ""
