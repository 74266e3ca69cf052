"""The calls of the client whose form jobs depend on."""

import os
from collections.abc import Sequence
from typing import Any

from cfimages import CloudflareImages, Image, MetadataFilter, Pager, RetryPolicy

CLOUDFLARE = "https://api.cloudflare.com/"


def base_url_of(images: CloudflareImages) -> str:
    """Where the requests of a client go."""
    return str(images.api.get_httpx_client().base_url)


def is_cloudflare(images: CloudflareImages) -> bool:
    """Whether that is the service itself, with its limits, and not a sandbox."""
    return base_url_of(images).startswith(CLOUDFLARE)


def without_retries(images: CloudflareImages) -> CloudflareImages:
    """Return a client that sends each request once."""
    return images.options(retries=RetryPolicy(attempts=1))


def batch_of(images: CloudflareImages) -> CloudflareImages | None:
    """Return the client of the batch host, if there is one."""
    if is_cloudflare(images) or os.environ.get("CLOUDFLARE_BATCH_BASE_URL"):
        return images.batch()
    return None


def pager_of(
    images: CloudflareImages,
    *,
    meta: MetadataFilter | None = None,
    creator: str | Sequence[str] | None = None,
    uploaded_since: Any = None,
    uploaded_before: Any = None,
) -> Pager[Image]:
    """Return the listing that filters choose. Raises InvalidArgumentError."""
    return images.list_all(
        meta=meta,
        creator=creator,
        uploaded_after=uploaded_since,
        uploaded_before=uploaded_before,
        concurrency=1,
    )
