"""The strategy blueGreen by Argo's rules."""

from strategies.judge.document import Node
from strategies.lint.placing import check_anti_affinity


def check_blue_green(node: Node, history: int) -> None:
    """Note what is wrong. `history`: how many old ReplicaSets the Rollout keeps."""
    active, preview = node.get("activeService").text(), node.get("previewService").text()
    if (active or "") == (preview or ""):
        node.get("activeService").problem(
            "This rollout uses the same service for the active and preview services, but two different services are required.",
            "Name a second Service as previewService, or leave previewService out."
            if active
            else "Name the Service that people use.",
        )
    limit = node.get("scaleDownDelayRevisionLimit")
    if (limit.whole() or 0) > history:
        limit.problem(
            "This rollout's revision history limit can not be smaller than the rollout's scale down limit",
            f"Write {history} or less, or raise revisionHistoryLimit.",
        )
    check_anti_affinity(node.get("antiAffinity"))


def doubt_blue_green(node: Node) -> None:
    """Note what is hardly meant."""
    seconds = node.get("autoPromotionSeconds")
    if seconds.whole() and node.get("autoPromotionEnabled").value is False:
        seconds.problem(
            "autoPromotionSeconds has no effect while autoPromotionEnabled is false",
            "Leave autoPromotionSeconds out, or let autoPromotionEnabled be true.",
        )
    if node.get("previewReplicaCount").is_given and not node.get("previewService").is_given:
        node.get("previewReplicaCount").problem(
            "previewReplicaCount is given and no previewService, so that nobody can look at those pods",
            "Name a previewService.",
        )
