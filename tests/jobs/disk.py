"""What exports and backups have written."""

import json
from pathlib import Path


def exported(folder: Path) -> dict[str, tuple[dict, bytes]]:
    """Record and bytes of each image in a folder, by id."""
    found = {}
    for path in folder.rglob("*.json"):
        record = json.loads(path.read_text("utf-8"))
        found[record["image"]["id"]] = (record, (folder / record["file"]).read_bytes())
    return found
