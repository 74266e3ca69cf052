"""What not every system has, for the tests that need it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest


def _can(make: Callable[[Path], object]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            make(Path(folder))
        except OSError:
            return False
    return True


needs_links = pytest.mark.skipif(
    not _can(lambda folder: (folder / "link").symlink_to("nowhere")), reason="links are for administrators here"
)
needs_names_that_are_no_text = pytest.mark.skipif(
    not _can(lambda folder: (folder / "\udcff").touch()), reason="names of files are Unicode text here, as on macOS"
)
needs_long_paths = pytest.mark.skipif(
    sys.platform in ("darwin", "win32"), reason="paths are shorter on macOS and Windows"
)
needs_modes = pytest.mark.skipif(os.name == "nt", reason="files have no modes of this kind on Windows")
needs_patch = pytest.mark.skipif(
    os.name == "nt" or shutil.which("patch") is None, reason="there is no program `patch` that keeps line ends"
)


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read a file. On Windows, the folder that it is in says so."""
    return os.name == "nt" or path.stat().st_mode & 0o077 == 0
