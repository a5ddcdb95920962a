"""The tree of a Rollout, looked at now: the same text in Slack's Details and on the command line."""

from datetime import datetime

from bot.observe import Observer
from strategies.argo.tree import tree
from strategies.model import Target, WorkloadKind


async def tree_of(observer: Observer, target: Target, now: datetime, *, fresh: bool = False) -> str:
    """The text of `kubectl argo rollouts get rollout` for a target; empty where it is no Rollout, or is gone.

    `fresh`: read from the API server, for those who keep no watches. Raises `LeadsmanError` when the cluster cannot be seen.
    """
    if target.kind is not WorkloadKind.ROLLOUT:
        return ""
    return tree(await observer.rollout(target, fresh=fresh), now)
