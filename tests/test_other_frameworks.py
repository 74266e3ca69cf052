"""The clients in programs of gevent and of trio, each in a process of its own."""

import subprocess
import sys

import pytest

from cfimages.sandbox import Sandbox

pytestmark = pytest.mark.slow  # a process, and tools of `dev`

GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys, gevent
from cfimages import CloudflareImages

images = CloudflareImages("sandbox", api_token="t", base_url=sys.argv[1])
listing = images.list(per_page=3)
walks = [gevent.spawn(list, each) for each in (listing, listing.prefetch(3), listing.concurrent(2))]
assert [len(walk.get()) for walk in walks] == [30] * 3
left = [iter(each) for each in (listing, listing.prefetch(3), listing.concurrent(2))]
for walk in left:
    next(walk)
try:
    with gevent.Timeout(0.001):
        for _ in range(1000):
            images.get("image-0000000")
except gevent.Timeout:
    pass
assert images.get("image-0000000").id == "image-0000000"
print("ended")
"""

TRIO = """
import sys, trio
from cfimages import AsyncCloudflareImages, CloudflareImagesError

async def main():
    images = AsyncCloudflareImages("sandbox", api_token="t", base_url=sys.argv[1])
    async def walked(pager):
        async for _ in pager:
            pass
    calls = [
        lambda: images.get("a"), lambda: images.upload(b"GIF89a"), lambda: images.list().take(1),
        lambda: walked(images.list()), lambda: walked(images.list().prefetch(2)),
        lambda: walked(images.list().concurrent()), lambda: walked(images.list().resumable()),
        lambda: images.download("a", "/dev/null"), lambda: images.imports.wait("a"), images.aclose,
    ]
    for call in calls:
        try:
            await call()
        except CloudflareImagesError as error:
            assert "asyncio only" in str(error), error
        else:
            raise AssertionError(call)
    print("ended")

trio.run(main)
"""


@pytest.mark.parametrize(("framework", "program"), [("gevent", GREENLETS), ("trio", TRIO)])
def test_a_program_of_another_framework_ends_and_prints_nothing(framework: str, program: str) -> None:
    pytest.importorskip(framework)
    with Sandbox() as sandbox:
        sandbox.fill("sandbox", 30)
        command = [sys.executable, "-c", program, sandbox.base_url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")
