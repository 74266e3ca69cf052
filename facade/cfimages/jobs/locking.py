"""A lock of the operating system on a file beside the journal. The system releases it when the process ends."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cfimages.jobs.errors import JobLockedError, JournalError

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs", "ceph", "glusterfs"}
)
"""Where locks and SQLite's write-ahead log are not to be relied on."""

if sys.platform == "win32":  # pragma: no cover - tested on Windows only
    import msvcrt

    def _acquire(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """Hold the lock of a journal.

    Raises:
        JobLockedError: Somebody else holds it.
        JournalError: The file for the lock cannot be made.
    """
    path = journal.with_name(journal.name + ".lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}: a job needs a folder that can be written to") from error
    try:
        try:
            _acquire(descriptor)
        except OSError:
            raise JobLockedError(f"{journal}: another process is working on this job") from None
        yield
    finally:
        os.close(descriptor)


def warn_of_network(journal: Path, mounts: str = "/proc/self/mounts") -> None:
    """Warn if the journal lies on a network file system, as far as the system tells."""
    try:
        lines = Path(mounts).read_text("utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return
    place = journal.resolve().parent
    found = ("", "")
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if place.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, kind)
    if found[1] in NETWORK_FILE_SYSTEMS:
        warnings.warn(
            f"{journal} is on a network file system ({found[1]}), where locks may not hold: keep journals on a disk",
            RuntimeWarning,
            stacklevel=4,
        )
