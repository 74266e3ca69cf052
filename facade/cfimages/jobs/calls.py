"""The calls of the client whose form jobs depend on."""

from collections.abc import Callable, Sequence
from typing import Literal

from cfimages import (
    BatchClient,
    CloudflareImages,
    ConfigurationError,
    Image,
    MetadataFilter,
    Pager,
    ResponseSummary,
    Time,
)

CLOUDFLARE = "https://api.cloudflare.com/"


def is_cloudflare(images: CloudflareImages) -> bool:
    """Return whether that is the service itself, with its limits, and not a sandbox."""
    return images.base_url.startswith(CLOUDFLARE)


def heard(
    images: CloudflareImages, hear: Callable[[ResponseSummary], object], *, retries: int | None = None
) -> CloudflareImages:
    """Return a client that also calls `hear` with each response, and with other retries if they are not None."""
    others = images.on_response

    def tell(response: ResponseSummary) -> None:
        hear(response)
        if others is not None:
            others(response)

    return images.options(retries=retries, on_response=tell)


def is_of_batch_token(response: ResponseSummary) -> bool:
    """Return whether a response is the one with the token of the batch host, which the API itself gives."""
    return response.endpoint.endswith("/batch_token")


def batch_of(images: CloudflareImages) -> BatchClient | None:
    """Return the client of the batch host, or None if its address is not known."""
    try:
        return images.batch()
    except ConfigurationError:
        return None


def pager_of(
    images: CloudflareImages,
    *,
    meta: MetadataFilter | None = None,
    creator: str | Sequence[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
    sort_order: Literal["asc", "desc"] = "desc",
) -> Pager[Image]:
    """Return the listing that filters choose. Raises InvalidArgumentError."""
    return images.list(
        meta=meta,
        creator=creator,
        uploaded_since=uploaded_since,
        uploaded_before=uploaded_before,
        sort_order=sort_order,
    )
