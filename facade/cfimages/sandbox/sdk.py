"""The only module of the sandbox that knows the SDK: its clients, made for a sandbox."""

from typing import Any

import httpx

from cfimages.client import AsyncCloudflareImages, CloudflareImages
from cfimages.pacing import Pacer
from cfimages.retries import RetryPolicy

__all__ = ["AsyncCloudflareImages", "CloudflareImages", "Pacer", "RetryPolicy", "async_client", "client"]


class _Client(CloudflareImages):
    """A client whose batch host is the sandbox's."""

    batch_url: str

    def batch(self, *, base_url: str | None = None) -> CloudflareImages:
        return super().batch(base_url=base_url or self.batch_url)


class _AsyncClient(AsyncCloudflareImages):
    """An asynchronous client whose batch host is the sandbox's."""

    batch_url: str

    def batch(self, *, base_url: str | None = None) -> AsyncCloudflareImages:
        return super().batch(base_url=base_url or self.batch_url)


def client(account_id: str, batch_url: str, options: dict[str, Any]) -> CloudflareImages:
    """Make a client that goes straight to the sandbox, whatever proxy the environment names."""
    made = _Client(account_id, **_completed(options, httpx.HTTPTransport))
    made.batch_url = batch_url
    return made


def async_client(account_id: str, batch_url: str, options: dict[str, Any]) -> AsyncCloudflareImages:
    """Make an asynchronous client that goes straight to the sandbox, whatever proxy the environment names."""
    made = _AsyncClient(account_id, **_completed(options, httpx.AsyncHTTPTransport))
    made.batch_url = batch_url
    return made


def _completed(options: dict[str, Any], transport: type[httpx.HTTPTransport | httpx.AsyncHTTPTransport]) -> Any:
    """The arguments of a client: plain HTTP is allowed wherever the sandbox has been told to listen."""
    return {
        **options,
        "retries": options["retries"] or RetryPolicy(),
        "transport": options["transport"] or transport(),
        "allow_http": True,
    }
