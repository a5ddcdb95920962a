"""What may be asked of a Rollout: Argo CD's own offer at every moment of every recording. What we offer of it: test_offered."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence

import pytest

from strategies.argo.driver import ArgoVerb
from strategies.argo.legal import legal
from tests.strategies.argo.recording import FOLDER, NAMES, Moment, load

Offers = Sequence[tuple[int, Sequence[str] | None]]
OFFERED: Mapping[str, Offers] = json.loads(gzip.decompress((FOLDER / "discovery.json.gz").read_bytes()))
VERBS = {
    "restart": ArgoVerb.RESTART,
    "abort": ArgoVerb.ABORT,
    "retry": ArgoVerb.RETRY,
    "pause": ArgoVerb.PAUSE,
    "promote-full": ArgoVerb.PROMOTE_FULL,
    "skip-current-step": ArgoVerb.SKIP,
}


def changes(name: str) -> Iterator[tuple[Moment, Sequence[str] | None]]:
    """Every change of a Rollout in a recording, with what Argo CD's script offered for it."""
    offers, at = OFFERED[name], -1
    for moment in load(name).moments():
        if moment.kind == "event" and moment.rollout and moment.entry["type"] != "DELETED":
            while at + 1 < len(offers) and offers[at + 1][0] <= moment.number:
                at += 1
            yield moment, offers[at][1]


@pytest.mark.parametrize("name", NAMES)
def test_offers_what_argo_cd_offers_at_every_moment(name: str) -> None:
    for moment, offered in changes(name):
        rollout = moment.objects.rollout or {}
        if offered is None:
            assert "status" not in rollout, "the script fails only where there is no status"
            continue
        wanted = {VERBS[one] for one in offered if one != "resume"}
        if "resume" in offered:
            wanted |= {ArgoVerb.PROMOTE} if rollout["status"].get("pauseConditions") else set()
            wanted |= {ArgoVerb.RESUME} if rollout["spec"].get("paused") else set()
            assert wanted & {ArgoVerb.PROMOTE, ArgoVerb.RESUME}
        assert legal(rollout) == wanted, moment.entry["at_ms"]
