"""An operating system lock on a file beside the journal. The system releases it when the process ends."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cfimages.jobs.errors import JobLockedError, JournalError
from cfimages.jobs.warning import warn

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs", "ceph", "glusterfs"}
)
"""File systems where locks and SQLite's write-ahead log are unreliable."""

TRIES, PAUSE = 3, 0.03
"""How many times to try to lock, and the seconds between."""

if sys.platform == "win32":  # pragma: no cover - tested on Windows only
    import msvcrt

    def _acquire(descriptor: int, *, shared: bool = False) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int, *, shared: bool = False) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """Hold the lock of a journal.

    Raises:
        JobLockedError: Somebody else holds it.
        JournalError: The lock file cannot be created or locked.
    """
    descriptor = _hold(journal)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def locked_to_remove(journal: Path) -> Iterator[None]:
    """Hold the lock of a journal, and remove its file at the end. Raises what `locked` raises, and OSError."""
    with locked(journal):
        yield
        if sys.platform != "win32":  # where a file that is open cannot be removed
            remove_lock(journal)
    if sys.platform == "win32":  # pragma: no cover - tested on Windows only
        remove_lock(journal)


def is_locked(journal: Path) -> bool:
    """Return whether somebody holds the lock of a journal, as far as the system shows it."""
    try:
        descriptor = os.open(_beside(journal), os.O_RDWR)
    except OSError:  # there is none, or it is somebody else's
        return False
    try:
        _acquire(descriptor, shared=True)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def remove_lock(journal: Path) -> None:
    """Remove the file of a lock. Raises OSError."""
    _beside(journal).unlink()


def _hold(journal: Path) -> int:
    """Return the descriptor that holds the lock; try again if it was held for a moment, by `is_locked`."""
    path = _beside(journal)
    for _ in range(TRIES):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            why = "there is no such folder" if isinstance(error, FileNotFoundError) else error.strerror
            raise JournalError(
                f"{journal}: the journal cannot be created in {journal.absolute().parent}: {why}"
            ) from error
        try:
            _acquire(descriptor)
            if os.path.samestat(os.fstat(descriptor), path.stat()):  # else it was removed meanwhile
                return descriptor
        except (BlockingIOError, PermissionError, FileNotFoundError):
            pass
        except OSError as error:
            os.close(descriptor)
            raise JournalError(f"{path}: {error.strerror}: the journal cannot be locked here") from error
        os.close(descriptor)
        time.sleep(PAUSE)
    raise JobLockedError(f"{journal}: another process is working on this job")


def _beside(journal: Path) -> Path:
    return journal.with_name(journal.name + ".lock")


def warn_of_network(journal: Path, mounts: str = "/proc/self/mounts") -> None:
    """Warn if the journal is on a network file system, as far as the system shows it."""
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
        warn(f"{journal} is on a network file system ({found[1]}), where locks may not hold: keep journals on a disk")
