"""The only module of the sandbox that knows the SDK: its clients, made for a sandbox."""

from typing import Any

from cfimages._async.client import AsyncCloudflareImages
from cfimages._sync.client import CloudflareImages
from cfimages.http.pacing import Pacer
from cfimages.http.retries import RetryPolicy

__all__ = ["AsyncCloudflareImages", "CloudflareImages", "Pacer", "RetryPolicy", "async_client", "client"]


def client(account_id: str, batch_url: str, options: dict[str, Any]) -> CloudflareImages:
    """Make a client of the sandbox and its batch host."""
    return CloudflareImages(account_id, batch_base_url=batch_url, allow_http=True, **_without_none(options))


def async_client(account_id: str, batch_url: str, options: dict[str, Any]) -> AsyncCloudflareImages:
    """Make an asynchronous client of the sandbox and its batch host."""
    return AsyncCloudflareImages(account_id, batch_base_url=batch_url, allow_http=True, **_without_none(options))


def _without_none(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
