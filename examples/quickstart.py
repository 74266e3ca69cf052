"""A tour of cfimages: list, filter, page and resume, stop by date, read details, meet two errors.

Without a Cloudflare account it starts the sandbox and uploads some images first. With CLOUDFLARE_ACCOUNT_ID and
CLOUDFLARE_API_TOKEN set it runs on that account, and only reads.
"""

import os
import struct
import tempfile
import time
import zlib
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from cfimages import CloudflareImages, FilterError, NotFoundError

REGIONS = ("eu-west", "us-east", "ap-south")


def main() -> None:
    """Run the tour on the account of the environment, or on a local one."""
    if os.environ.get("CLOUDFLARE_ACCOUNT_ID"):
        with CloudflareImages() as images:
            say(f"Using {images!r}, reading only.")
            tour(images, since=datetime.now(UTC) - timedelta(days=7))
    else:
        from cfimages.sandbox import Sandbox

        with Sandbox() as sandbox, sandbox.client(account_id="demo") as images:
            say(f"No account in the environment: started a local one, {images!r}.")
            upload(images, 30)
            since = datetime.now(UTC)
            time.sleep(0.01)  # upload times are in milliseconds
            upload(images, 6, first=30)
            tour(images, since)


def upload(images: CloudflareImages, count: int, first: int = 0) -> None:
    """Upload PNG files with metadata."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            path = Path(folder) / f"photo-{number:02}.png"
            path.write_bytes(png(red=number * 7 % 256))
            images.upload(
                path,
                id=f"photos/{number:02}",
                creator="ada" if number % 2 else "grace",
                metadata={
                    "status": "active" if number % 4 else "archived",
                    "priority": number % 10,
                    "region": {"name": REGIONS[number % 3]},
                },
            )
    say(f"Uploaded {count} PNG files, {images.get(f'photos/{first:02}')!r} the first of them.")


def tour(images: CloudflareImages, since: datetime) -> None:
    """What a program does with its images, reading only."""
    say("The newest five images, of all that a plain `for image in images.list()` would give:")
    for image in islice(images.list(), 5):
        print(f"    {image.id}  {image.uploaded}  {dict(image.meta)}")

    wanted = images.list(
        meta={"status": "active", "priority": {"gte": 2, "lte": 8}, "region.name": {"in": ["eu-west", "us-east"]}},
        creator="ada",
    )
    found = [image.id for image in islice(wanted, 100)]
    say(f"Active, priority 2 to 8, in eu-west or us-east, by ada: {', '.join(found) or 'none'}")

    say("In pages of 10, stopping after the second as if the program had been interrupted:")
    pager = images.list(per_page=10, sort_order="asc")
    checkpoint = None
    for page in islice(pager.pages(), 2):
        print(f"    {len(page)} images, the next page is at {page.next_token}")
        checkpoint = page.next_token
    if checkpoint:
        rest = [image.id for image in islice(pager.starting_at(checkpoint), 1000)]
        say(f"Another program goes on from there: {len(rest)} more images, {', '.join(rest[:3])} and so on")

    pages = list(islice(images.list(uploaded_since=since, per_page=10).pages(), 100))
    say(f"Uploaded since {since}: {sum(map(len, pages))} images; asking stopped after {len(pages)} page(s).")

    for image in islice(images.list(), 1):
        say(f"Details of one image: {images.get(image.id).to_dict()}")

    say("Two errors, each saying what to do:")
    try:
        images.get("no-such-image")
    except NotFoundError as error:
        print(f"    {type(error).__name__}: {error}")
    try:
        images.list(meta={"status": {"in": []}})
    except FilterError as error:
        print(f"    {type(error).__name__}: {error}")


def say(text: str) -> None:
    """Print one step of the tour."""
    print(f"\n* {text}")


def png(red: int, size: int = 64) -> bytes:
    """A square PNG with a gradient."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(bytes((red, x * 4, y * 4)) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    main()
