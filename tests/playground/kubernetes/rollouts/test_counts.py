"""How many pods a weight is worth without a router, beside rows of Argo Rollouts' own table."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.playground.kubernetes.controllers.rollouts.counts import split

_TABLE = Path(__file__).parents[3] / "strategies" / "recordings" / "canary_weights.json"
_ROWS: list[dict[str, Any]] = json.loads(_TABLE.read_text())


@pytest.mark.parametrize("row", _ROWS, ids=str)
def test_a_weight_is_split_as_argo_splits_it(row: dict[str, Any]) -> None:
    found = split(row["replicas"], row["weight"], row["maxWeight"], row["maxSurge"])
    assert found == (row["expCanary"], row["expStable"])
