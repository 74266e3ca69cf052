"""One upload or download with this SDK: `python transfer.py BASE_URL FILE CASE`."""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.programs.task import peak
from cfimages import CloudflareImages

ID = "big"


def prepare(images: CloudflareImages, file: Path) -> None:
    """Upload what others download."""
    images.upload(file, id=ID)


def connect(images: CloudflareImages, file: Path) -> None:
    """Ask for next to nothing."""
    images.exists(file.name)


def upload_path(images: CloudflareImages, file: Path) -> None:
    """Upload from a path."""
    images.upload(file)


def upload_open(images: CloudflareImages, file: Path) -> None:
    """Upload what is open."""
    with file.open("rb") as source:
        images.upload(source)


def upload_bytes(images: CloudflareImages, file: Path) -> None:
    """Upload what is in memory."""
    images.upload(file.read_bytes(), filename=file.name)


def download_path(images: CloudflareImages, file: Path) -> None:
    """Download to a path."""
    images.download(ID, file.with_suffix(".copy"))


def download_chunks(images: CloudflareImages, _file: Path) -> None:
    """Download piece by piece, and drop it."""
    with images.stream(ID) as chunks:
        sum(map(len, chunks))


CASES: dict[str, Callable[[CloudflareImages, Path], None]] = {
    "prepare": prepare,
    "connect": connect,
    "upload a path": upload_path,
    "upload an open file": upload_open,
    "upload bytes": upload_bytes,
    "download to a path": download_path,
    "download in chunks": download_chunks,
}


def main() -> None:
    """Do it."""
    base_url, file, case = sys.argv[1:]
    with CloudflareImages("benchmark", api_token="benchmark", base_url=base_url) as images:
        CASES[case](images, Path(file))
    print("peak", peak())


if __name__ == "__main__":
    main()
