"""What exports and backups have written."""

import hashlib
import json
from pathlib import Path
from typing import Any

from cfimages.jobs.originals import name_of


def exported(folder: Path) -> dict[str, tuple[dict, bytes]]:
    """Record and bytes of each image in a folder, by id."""
    found = {}
    for path in folder.rglob("*.json"):
        record = json.loads(path.read_text("utf-8"))
        found[record["image"]["id"]] = (record, (folder / record["file"]).read_bytes())
    return found


def write_export(folder: Path, id: str, content: bytes, **fields: Any) -> None:
    """Write an image as an export would."""
    name = name_of(id, None)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    image = {"id": id, "uploaded": "2026-01-02T03:04:05.678Z", **fields}
    record = {"image": image, "file": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.with_name(path.name + ".json").write_text(json.dumps(record), "utf-8")
