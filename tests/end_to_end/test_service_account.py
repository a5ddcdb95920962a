"""The account that is shipped and printed: every story here runs with its Role and nothing else, and each of its verbs is used."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.playground.shop import FAILING, GOOD
from tests.end_to_end.books import all_is_right
from tests.end_to_end.stage import ACCOUNT, Installation, Stage, staged

LEADSMAN = str(Path(sys.executable).parent / "leadsman")
SHIPPED = Path(__file__).parents[2] / "manifests" / "base" / "rbac.yaml"
EVERYBODYS = {("authorization.k8s.io", "selfsubjectaccessreviews", "create")}
"""What every real account may ask: what it may do itself."""

Document = dict[str, Any]


def printed(configuration: Path) -> list[Document]:
    """What `leadsman rbac` prints for the cluster."""
    command, environment = [LEADSMAN, "rbac", "demo"], {"LEADSMAN_CONFIG": str(configuration)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=240)
    return list(YAML(typ="safe").load_all(done.stdout))


async def test_every_verb_of_the_role_is_used_and_no_other(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation()) as stage:
        await ships_and_turns_back(stage)
        await all_is_right(stage)
    roles = printed(tmp_path / "leadsman.yaml")
    requests = [one for one in stage.playground.cluster.requests if one.user == ACCOUNT]
    used = {(one.group, one.resource, one.verb) for one in requests if one.resource}
    assert used - EVERYBODYS == set(granted(roles))
    shipped = YAML(typ="safe").load_all(SHIPPED)
    assert set(granted(roles)) == set(granted(shipped)), "what manifests/ has for the same app"


async def ships_and_turns_back(stage: Stage) -> None:
    await stage.type("alice", f"/deploy checkout {GOOD} prod")
    await stage.press("bob", "Approve")
    await stage.shows(f"{GOOD} is live")
    await stage.type("alice", f"/deploy checkout {FAILING} prod")
    await stage.shows(f"rolled back to {GOOD}")


def granted(documents: Iterable[Document]) -> Iterable[tuple[str, str, str]]:
    for role in documents:
        assert role["kind"] in ("Role", "RoleBinding"), "nothing that reaches beyond its namespace"
        for rule in role.get("rules", ()):
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    yield from ((group, resource, verb) for verb in rule["verbs"])
