"""A tour of cfimages. Each step prints the code that it runs, and what comes of it.

Without a Cloudflare account in the environment it starts the sandbox, a local Images account, and uploads some images
first. With `CLOUDFLARE_ACCOUNT_ID` and `CLOUDFLARE_API_TOKEN` it uses that account, and only reads.
"""

import base64
import html
import inspect
import io
import os
import struct
import sys
import tempfile
import textwrap
import zlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from cfimages import CloudflareImages, CloudflareImagesError, ConfigurationError, FilterError, NotFoundError

VARIABLES = ("CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY")
REGIONS = ("eu-west", "us-east", "ap-south")
READING: list[Callable[[CloudflareImages], None]] = []
"""Steps that only read."""


def main() -> None:
    """Run the tour on the account of the environment, or on a local one."""
    if any(os.environ.get(name) for name in VARIABLES):
        with CloudflareImages() as images:
            print(f"The environment names the account {images.account_id}. The tour only reads it.")
            for step in READING:
                show(step, images)
    else:
        local_tour()
    print("\nNext: docs/tutorial.md takes ten minutes. The README has a line for each thing that you may want to do.")


def local_tour() -> None:
    """Run the tour on a local account."""
    from cfimages.sandbox import Sandbox

    print("There is no account in the environment. Starting a local one on this machine.")
    with Sandbox() as sandbox, sandbox.client(account_id="demo") as images:
        show(upload, images)
        fill(images)
        for step in READING:
            show(step, images)
        show(bulk, images)
        print(f"\nA page with all the images is in {contact_sheet(images)}: open it in a browser.")
    show(survive)


def show(step: Callable[..., None], *arguments: Any) -> None:
    """Print the title and the code of a step, and run it."""
    print(f"\n== {inspect.getdoc(step)}\n")
    _, _, body = inspect.getsource(step).partition('"""\n')
    print(textwrap.indent(textwrap.dedent(body), "    ") or "")
    step(*arguments)


def reading(step: Callable[[CloudflareImages], None]) -> Callable[[CloudflareImages], None]:
    """Add a step that only reads to the tour."""
    READING.append(step)
    return step


def upload(images: CloudflareImages) -> None:
    """Upload an image, with an id, a creator and metadata of your own."""
    image = images.upload(
        png(red=200),
        id="photos/00",
        filename="photo-00.png",
        creator="grace",
        metadata={"status": "active", "priority": 5, "region": {"name": "eu-west"}},
    )
    print(image)


@reading
def newest(images: CloudflareImages) -> None:
    """List the newest images. A `for` over `images.list()` gives them all."""
    for image in images.list().take(5):
        print(image.id, image.uploaded, image.meta)


@reading
def filtered(images: CloudflareImages) -> None:
    """Filter by metadata and by creator. Several creators are listed as one."""
    wanted = images.list(
        meta={"status": "active", "priority": {"gte": 2, "lte": 8}, "region.name": {"in": ["eu-west", "us-east"]}},
        creator=["ada", "grace"],
    )
    print([image.id for image in wanted.take(20)])


@reading
def stop_and_go_on(images: CloudflareImages) -> None:
    """Stop a listing after its first page, and go on from its saved state."""
    walk = images.list(per_page=10, sort_order="asc").resumable()
    for page in islice(walk, 1):
        print(len(page), "images, up to", walk.last)
    saved = walk.state  # text, to keep in a file: another process can go on with it, on another day
    for page in islice(images.resume(saved), 2):
        print(len(page), "more images")


@reading
def details(images: CloudflareImages) -> None:
    """Get one image."""
    for image in images.list().take(1):
        for name, value in images.get(image.id).to_dict().items():
            print(f"{name}: {value}")


@reading
def errors(images: CloudflareImages) -> None:
    """Meet two errors. The second is raised before any request is sent."""
    try:
        images.get("no-such-image")
    except NotFoundError as error:
        print(f"{type(error).__name__}: {error}")
    try:
        images.list(meta={"status": {"in": []}})
    except FilterError as error:
        print(f"{type(error).__name__}: {error}")


def survive() -> None:
    """List through a service where three of ten requests fail."""
    from cfimages import RetryPolicy
    from cfimages.sandbox import Faults, Sandbox

    faults = Faults(kinds=("reset-inside", "server-error", "rate-limit"), rate=0.3, seed=2, retry_after=0)
    with Sandbox(faults=faults) as sandbox:
        sandbox.fill("sandbox", 1000)
        with sandbox.client(retries=RetryPolicy(attempts=8, base=0.02)) as images:
            ids = {image.id for image in images.list(per_page=20)}
        print(len(ids), "of 1000 images, although", len(sandbox.incidents), "requests failed")


def bulk(images: CloudflareImages) -> None:
    """Tag many images with a job. Its plan is a file: killed in the middle, the same lines go on where it was."""
    from cfimages import jobs

    with tempfile.TemporaryDirectory() as folder:
        job = jobs.edit(images, Path(folder, "tag.job"), meta={"status": "active"}, set={"site": "shop"})
        print(job.summary())
        print("done:", end="")
        report = job.run(on_progress=lambda event: print("", event.done, end="", flush=True))
    print(f"\n{report}")


def fill(images: CloudflareImages) -> None:
    """Upload more images, so that there is something to list."""
    for number in range(1, 36):
        images.upload(
            png(red=number * 7 % 256),
            id=f"photos/{number:02}",
            filename=f"photo-{number:02}.png",
            creator="ada" if number % 2 else "grace",
            metadata={
                "status": "active" if number % 4 else "archived",
                "priority": number % 10,
                "region": {"name": REGIONS[number % 3]},
            },
        )


def contact_sheet(images: CloudflareImages) -> Path:
    """Write a page that shows all images, and return its path."""
    figures = []
    for image in images.list(sort_order="asc"):
        content = io.BytesIO()
        images.download(image.id, content)
        source = f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
        figures.append(f'<figure style="float:left"><img src="{source}"><figcaption>{html.escape(image.id)}</figure>')
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="cfimages-", suffix=".html", delete=False) as file:
        file.write(f"<!doctype html><title>cfimages demo</title>{''.join(figures)}")
    return Path(file.name)


def png(red: int, size: int = 64) -> bytes:
    """Return a square PNG with a gradient."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(bytes((red, x * 4, y * 4)) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    try:
        main()
    except ConfigurationError as error:
        known = " ".join(name for name in os.environ if name.startswith("CLOUDFLARE_"))
        sys.exit(f"{type(error).__name__}: {error}\nTo see the demo on a local account: unset {known}")
    except CloudflareImagesError as error:
        sys.exit(f"{type(error).__name__}: {error}")
