"""The sandbox as a process of its own, which can be killed, and writers that remember what they were promised."""

import io
import random
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs
from pictures import PNG
from servers import ONCE

from cfimages import APIConnectionError, CloudflareImages, Image

WRITERS = 4


class Served:
    """`python -m cfimages.sandbox` with a file, for `with`; it is killed in the end if it still runs."""

    def __init__(self, db: Path, *arguments: str) -> None:
        command = [sys.executable, "-W", "error", "-m", "cfimages.sandbox", "--port", "0", "--db", str(db), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = "".join(self.process.stdout.readline() for _ in range(5))
        found = re.search(r"CLOUDFLARE_BASE_URL=(\S+)", said)
        assert found, said
        self.base_url = found[1]

    def client(self, account: str = "sandbox") -> CloudflareImages:
        return CloudflareImages(account, api_token="sandbox", base_url=self.base_url, retries=ONCE)

    def kill(self) -> None:
        """End it as a power failure would, but for the operating system's buffers."""
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


State = tuple[bytes, dict[str, Any]] | None
"""The bytes and the metadata of an image; None where there is none."""


@attrs.define
class Writer:
    """Uploads, edits and deletes images of its own until the service is gone."""

    name: str
    chance: random.Random
    acknowledged: dict[str, State] = attrs.field(factory=dict)
    under_way: tuple[str, State] | None = None
    """What was being written in the end: nobody knows whether it was."""
    error: APIConnectionError | None = None

    def write(self, images: CloudflareImages) -> None:
        try:
            while True:
                self._step(images, f"{self.name}/{self.chance.randrange(5)}")
        except APIConnectionError as error:
            self.error = error

    def _step(self, images: CloudflareImages, id: str) -> None:
        before, meta = self.acknowledged.get(id), {"n": self.chance.randrange(10**6)}
        after: State
        if before is None:
            after = (PNG + self.chance.randbytes(self.chance.choice((10, 300_000))), meta)
            self.under_way = (id, after)
            images.upload(after[0], id=id, metadata=meta)
        elif self.chance.random() < 0.5:
            after = (before[0], meta)
            self.under_way = (id, after)
            images.edit(id, metadata=meta)
        else:
            after = None
            self.under_way = (id, after)
            images.delete(id)
        self.acknowledged[id], self.under_way = after, None

    def check(self, images: CloudflareImages, present: dict[str, Image]) -> int:
        """Compare with what is there after all; gives how many writes had been acknowledged and are there."""
        for id, promised in self.acknowledged.items():
            allowed = [promised, *([self.under_way[1]] if self.under_way and self.under_way[0] == id else [])]
            assert _state(images, present.get(id)) in allowed, id
        known = self.acknowledged.keys() | ({self.under_way[0]} if self.under_way else set())
        for id in [id for id in present if id.startswith(f"{self.name}/") and id not in self.acknowledged]:
            assert id in known
            assert self.under_way
            assert _state(images, present[id]) == self.under_way[1], "half an image"
        return len(self.acknowledged)


def _state(images: CloudflareImages, image: Image | None) -> State:
    if image is None:
        return None
    content = io.BytesIO()
    images.download(image.id, content)
    return content.getvalue(), dict(image.meta)


def killed_at_random(db: Path, seed: int) -> int:
    """One round: write, kill, start again, and look; gives how many acknowledged states were found again."""
    chance = random.Random(seed)
    account = f"round-{seed}"
    writers = [Writer(str(n), random.Random(seed * WRITERS + n)) for n in range(WRITERS)]
    with Served(db) as served, served.client(account) as images:
        threads = [threading.Thread(target=writer.write, args=(images,)) for writer in writers]
        for thread in threads:
            thread.start()
        threading.Event().wait(chance.uniform(0.02, 0.3))
        served.kill()
        for thread in threads:
            thread.join()
    assert all(writer.error for writer in writers)
    with Served(db) as served, served.client(account) as images:
        present = {image.id: image for image in images.list()}
        return sum(writer.check(images, present) for writer in writers)
