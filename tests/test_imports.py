"""Starting up imports what the first listing needs, and nothing else."""

import subprocess
import sys

NOT_NEEDED = {
    "asyncio",
    "cfimages.delivery.urls",
    "cfimages.files.targets",
    "cfimages.listing.filters",
    "cfimages.listing.merge",
    "cfimages.listing.numbered",
    "cfimages.listing.progress",
    "cfimages.models.account",
    "cfimages.models.direct_upload",
    "cfimages.models.imports",
    "cfimages.models.signing_key",
    "cfimages.models.variant",
    "cfimages.sandbox",
    "cfimages_api.api.images.upload_image",
    "cfimages_api.models.image_upload",
    "concurrent.futures.thread",
    "dateutil",
    "html",
    "msgspec",
    "starlette",
    "uvicorn",
    *(f"cfimages._sync.{name}" for name in ("batch", "imports", "keys", "resumable", "streams", "variants")),
}

HTTP = {"httpx", "httpcore", "anyio", "ssl", "cfimages_api"}

LIST = """
import sys
import httpx
before = set(sys.modules)
from cfimages import CloudflareImages
response = {"success": True, "result": {"images": [{"id": "a", "uploaded": "2026-01-01T00:00:00Z"}]}}
transport = httpx.MockTransport(lambda request: httpx.Response(200, json=response))
with CloudflareImages("account", api_token="canary-5d1f", transport=transport) as images:
    assert [image.id for image in images.list(creator="me")] == ["a"]
print(*(set(sys.modules) - before))
"""


def test_a_first_listing_imports_nothing_that_it_does_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "cfimages_api.api.images.list_images_v2" in imported
    assert imported & NOT_NEEDED == set()
    assert len([name for name in imported if name.startswith("cfimages_api.api.images.")]) == 1


def test_importing_the_package_imports_no_http() -> None:
    program = "import sys, cfimages; cfimages.__version__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HTTP == set()
