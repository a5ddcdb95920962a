"""The recordings, read."""

import gzip
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"


def exchanges(name: str) -> list[dict[str, Any]]:
    """All exchanges of one file, each with `scenario`, `number`, `request` and `response`."""
    with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as lines:
        found: list[dict[str, Any]] = json.load(lines)
    return found


def title(exchange: dict[str, Any]) -> str:
    """A name for a test's parameter."""
    return f"{exchange['scenario']}-{exchange['number']}"


def body(exchange: dict[str, Any]) -> bytes:
    """The body of an answer as bytes."""
    said = exchange["response"]["body"]
    return said.encode() if isinstance(said, str) else json.dumps(said).encode()


def headers(exchange: dict[str, Any]) -> dict[str, str]:
    """The headers of an answer, the first of those that came several times."""
    return {
        name: value[0] if isinstance(value, list) else value for name, value in exchange["response"]["headers"].items()
    }
