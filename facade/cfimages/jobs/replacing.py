"""Write files atomically and durably."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path, writer: str | None = None) -> Iterator[Path]:
    """Yield the path of a new file that takes the place of another, if the block ends without an error. Raises OSError.

    It is on the disk when the block has ended. Others may replace the same file at the same time. A writer that was
    killed leaves its new file. The next one of the same name overwrites it.
    """
    # 50 characters are at most 200 bytes, and a name has at most 255. What follows tells longer names apart.
    tag = hashlib.sha256(os.fsencode(f"{writer}/{target.name}")).hexdigest()[:16] if writer else secrets.token_hex(8)
    part = target.with_name(f".{target.name[:50]}.{tag}.part")
    try:
        part.touch(exist_ok=writer is not None)
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        if error.filename == str(part):
            error.filename = str(target)  # nobody knows of the other
        raise
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk."""
    if os.name == "nt":  # pragma: no cover - folders cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
