"""The only module of the sandbox that knows the SDK: its clients."""

from cfimages._async.client import AsyncCloudflareImages
from cfimages._sync.client import CloudflareImages
from cfimages.http.options import OnResponse
from cfimages.http.pacing import Pacer
from cfimages.http.retries import RetryPolicy

__all__ = ["AsyncCloudflareImages", "CloudflareImages", "OnResponse", "Pacer", "RetryPolicy"]
