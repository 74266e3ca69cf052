"""What not every system has, for the tests that need it."""

import os
import tempfile
from pathlib import Path

import pytest


def _makes_links() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            Path(folder, "link").symlink_to("nowhere")
        except OSError:
            return False
    return True


needs_links = pytest.mark.skipif(not _makes_links(), reason="links are for administrators here")
needs_modes = pytest.mark.skipif(os.name == "nt", reason="files have no modes of this kind on Windows")


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read a file. On Windows, the folder that it is in says so."""
    return os.name == "nt" or path.stat().st_mode & 0o077 == 0
