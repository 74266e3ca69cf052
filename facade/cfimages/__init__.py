"""A Python SDK for the Cloudflare Images API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfimages._version import __version__
from cfimages.client import AsyncCloudflareImages, CloudflareImages
from cfimages.downloads import Target
from cfimages.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    CloudflareImagesError,
    ConfigurationError,
    ConflictError,
    ErrorDetail,
    FilterError,
    InvalidArgumentError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    ServerError,
    UnprocessableEntityError,
)
from cfimages.filters import Comparison, MetadataFilter
from cfimages.image import Image
from cfimages.pacing import Pacer
from cfimages.pagination import AsyncPager, Page, Pager
from cfimages.retries import RetryPolicy
from cfimages.times import Expiry, SortOrder, Time
from cfimages.uploads import ImageFile

if TYPE_CHECKING:
    from cfimages.delivery import FlexibleOptions, account_hash_of, delivery_url, sign_url
    from cfimages.models import DirectUpload, Settings, SigningKey, Usage, Variant
    from cfimages.resources import Fit, KeptMetadata
    from cfimages.resuming import AsyncResumableWalk, ResumableWalk
else:
    # What a program that lists does not need is imported when it is first asked for.
    _LATER = {
        **dict.fromkeys(("FlexibleOptions", "account_hash_of", "delivery_url", "sign_url"), "delivery"),
        **dict.fromkeys(("DirectUpload", "Settings", "SigningKey", "Usage", "Variant"), "models"),
        **dict.fromkeys(("Fit", "KeptMetadata"), "resources"),
        **dict.fromkeys(("AsyncResumableWalk", "ResumableWalk"), "resuming"),
    }

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"cfimages.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncCloudflareImages",
    "AsyncPager",
    "AsyncResumableWalk",
    "AuthenticationError",
    "BadRequestError",
    "ClientClosedError",
    "CloudflareImages",
    "CloudflareImagesError",
    "Comparison",
    "ConfigurationError",
    "ConflictError",
    "DirectUpload",
    "ErrorDetail",
    "Expiry",
    "FilterError",
    "Fit",
    "FlexibleOptions",
    "Image",
    "ImageFile",
    "InvalidArgumentError",
    "KeptMetadata",
    "MetadataFilter",
    "NotFoundError",
    "Pacer",
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestTooLargeError",
    "ResumableWalk",
    "RetryPolicy",
    "ServerError",
    "Settings",
    "SigningKey",
    "SortOrder",
    "Target",
    "Time",
    "UnprocessableEntityError",
    "Usage",
    "Variant",
    "__version__",
    "account_hash_of",
    "delivery_url",
    "sign_url",
]
