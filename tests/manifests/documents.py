"""The shipped manifests as documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2] / "manifests"
Document = dict[str, Any]


def read(name: str) -> list[Document]:
    """The documents of one file."""
    return [document for document in YAML(typ="safe").load_all(ROOT / name) if document]


def one(name: str, kind: str, named: str = "") -> Document:
    """The document of that kind, and name if there are several."""
    [found] = [
        document for document in read(name) if document["kind"] == kind and named in ("", document["metadata"]["name"])
    ]
    return found


def every() -> Iterator[tuple[str, object]]:
    """Every document of every YAML file with the file's name."""
    for path in sorted(ROOT.rglob("*.yaml")):
        name = str(path.relative_to(ROOT))
        for document in read(name):
            yield name, document
