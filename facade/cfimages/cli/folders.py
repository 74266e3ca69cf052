"""The folders that the platform has for configuration and for state."""

from pathlib import Path

import platformdirs


def config_folder() -> Path:
    """Return where profiles are."""
    return platformdirs.user_config_path("cfimages", appauthor=False)


def jobs_folder() -> Path:
    """Return where journals are if no other place is given."""
    return platformdirs.user_state_path("cfimages", appauthor=False).absolute() / "jobs"
