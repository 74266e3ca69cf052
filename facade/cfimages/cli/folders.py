"""The folders that the platform has for configuration and for state, and files that must be new."""

from errno import EEXIST
from pathlib import Path
from urllib.parse import quote

import platformdirs


def config_folder() -> Path:
    """Return the folder of profiles."""
    return platformdirs.user_config_path("cfimages", appauthor=False)


def jobs_folder() -> Path:
    """Return the default folder of journals."""
    return platformdirs.user_state_path("cfimages", appauthor=False).absolute() / "jobs"


def check_is_new(file: Path) -> None:
    """Raise FileExistsError for a file that is there already."""
    if file.is_file():
        raise FileExistsError(EEXIST, "exists: use --force to replace it", str(file))


def map_between(source_id: str, target_id: str) -> Path:
    """Return the file for the new ids of a copy from one account to another. Its folder is created."""
    folder = jobs_folder() / "maps"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{quote(source_id, safe='')}-{quote(target_id, safe='')}.jsonl"
