"""The roles that are granted: the one that is shipped, and those that `leadsman rbac` prints for every feature."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.config import Config, load_config
from bot.config.shape import Mode
from bot.rbac import rbac_documents
from tests.rights import TESTS, Uses

MANIFESTS = TESTS.parent / "manifests" / "base"


@dataclass(frozen=True, slots=True)
class Role:
    """What an account is granted that asks for `asked`."""

    name: str
    asked: Uses
    granted: Uses


def roles() -> Sequence[Role]:
    """The role that is shipped, and those that are printed for every feature."""
    shipped = _granted(rbac_documents(_config(MANIFESTS / "config" / "leadsman.yaml"), "main"))
    found = [Role("manifests/base/rbac.yaml", shipped, _granted(YAML(typ="safe").load_all(MANIFESTS / "rbac.yaml")))]
    config = _config(TESTS / "every_right.yaml")
    observing = replace(config, file=config.file.model_copy(update={"mode": Mode.OBSERVE}))
    for how, one in (("", config), (" that observes", observing)):
        for document in rbac_documents(one, "main"):
            metadata: Any = document["metadata"]
            name = f"the {document['kind']} of {metadata.get('namespace', 'the cluster')}{how}"
            if granted := _granted([document]):
                found.append(Role(name, granted, granted))
    return found


def _config(path: Path) -> Config:
    config = load_config(path)
    assert isinstance(config, Config), config
    return config


def _granted(documents: Iterable[Any]) -> Uses:
    rules = [rule for document in documents for rule in document.get("rules", ())]
    return frozenset(
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    )
