"""The tree, against the plugin's own text in every recording."""

import re

import pytest

from strategies.argo.status import status_of
from strategies.argo.tree import tree
from tests.strategies.argo.recording import NAMES, load

_GET = re.compile(r"kubectl argo rollouts get rollout \S+ --no-color")
_STATUS = re.compile(r"kubectl argo rollouts status \S+ --watch=false")


@pytest.mark.parametrize("name", NAMES)
def test_is_the_plugins_text_at_every_command(name: str) -> None:
    trees = statuses = 0
    for moment in load(name).moments():
        if moment.kind != "cli" or not moment.rollout:
            continue
        command, objects = moment.entry["command"], moment.objects
        if _GET.fullmatch(command):
            assert tree(objects, moment.at) == moment.entry["stdout"], moment.entry["at_ms"]
            trees += 1
        elif _STATUS.fullmatch(command):
            status, message = status_of(objects.rollout or {})
            line = status if status in ("Healthy", "Degraded") else f"{status} - {message}"
            assert f"{line}\n" == moment.entry["stdout"], moment.entry["at_ms"]
            statuses += 1
    assert trees > 0
    assert statuses > 0
