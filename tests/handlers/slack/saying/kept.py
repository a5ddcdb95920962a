"""Snapshots kept as files. `LEADSMAN_SNAPSHOTS=write` writes them anew; look at the difference before you commit it."""

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "snapshots"


def check(name: str, made: Any) -> None:
    """Compare with the file of that name."""
    file, text = FOLDER / f"{name}.json", json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("LEADSMAN_SNAPSHOTS") == "write":
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"no snapshot {name}; write it with LEADSMAN_SNAPSHOTS=write"
    assert text == file.read_text(encoding="utf-8")
