"""A Python SDK for the Cloudflare Images API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfimages._version import __version__

if TYPE_CHECKING:
    from cfimages._async.batch import AsyncBatchClient
    from cfimages._async.client import AsyncCloudflareImages
    from cfimages._async.keys import AsyncKeys
    from cfimages._async.pager import AsyncPager
    from cfimages._async.pages import AsyncPages
    from cfimages._async.resumable import AsyncResumableWalk
    from cfimages._async.streams import AsyncImageStream
    from cfimages._async.variants import AsyncVariants
    from cfimages._sync.batch import BatchClient
    from cfimages._sync.client import CloudflareImages
    from cfimages._sync.keys import Keys
    from cfimages._sync.pager import Pager
    from cfimages._sync.pages import Pages
    from cfimages._sync.resumable import ResumableWalk
    from cfimages._sync.streams import ImageStream
    from cfimages._sync.variants import Variants
    from cfimages.delivery.options import FlexibleOptions
    from cfimages.delivery.signing import sign_url
    from cfimages.delivery.urls import account_hash_of, delivery_url
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
        NoRouteError,
        NotFoundError,
        PaginationError,
        PermissionDeniedError,
        RateLimitError,
        RequestTooLargeError,
        ServerError,
        UnprocessableEntityError,
        UnsupportedMediaTypeError,
    )
    from cfimages.files.sources import ImageFile
    from cfimages.files.targets import Target
    from cfimages.http.options import OnResponse, ResponseSummary
    from cfimages.http.pacing import Pacer
    from cfimages.http.retries import RetryPolicy
    from cfimages.listing.filters import Comparison, MetadataFilter
    from cfimages.listing.listing import Creators
    from cfimages.listing.page import Page
    from cfimages.models.account import Settings, Usage
    from cfimages.models.direct_upload import DirectUpload
    from cfimages.models.image import Image
    from cfimages.models.signing_key import SigningKey
    from cfimages.models.variant import Fit, KeptMetadata, Variant
    from cfimages.times import Expiry, SortOrder, Time
else:
    _MODULES = {
        "_async.batch": ["AsyncBatchClient"],
        "_async.client": ["AsyncCloudflareImages"],
        "_async.keys": ["AsyncKeys"],
        "_async.pager": ["AsyncPager"],
        "_async.pages": ["AsyncPages"],
        "_async.resumable": ["AsyncResumableWalk"],
        "_async.streams": ["AsyncImageStream"],
        "_async.variants": ["AsyncVariants"],
        "_sync.batch": ["BatchClient"],
        "_sync.client": ["CloudflareImages"],
        "_sync.keys": ["Keys"],
        "_sync.pager": ["Pager"],
        "_sync.pages": ["Pages"],
        "_sync.resumable": ["ResumableWalk"],
        "_sync.streams": ["ImageStream"],
        "_sync.variants": ["Variants"],
        "delivery.options": ["FlexibleOptions"],
        "delivery.signing": ["sign_url"],
        "delivery.urls": ["account_hash_of", "delivery_url"],
        "errors": [
            "APIConnectionError",
            "APIError",
            "APIResponseValidationError",
            "APIStatusError",
            "APITimeoutError",
            "AuthenticationError",
            "BadRequestError",
            "ClientClosedError",
            "CloudflareImagesError",
            "ConfigurationError",
            "ConflictError",
            "ErrorDetail",
            "FilterError",
            "InvalidArgumentError",
            "NoRouteError",
            "NotFoundError",
            "PaginationError",
            "PermissionDeniedError",
            "RateLimitError",
            "RequestTooLargeError",
            "ServerError",
            "UnprocessableEntityError",
            "UnsupportedMediaTypeError",
        ],
        "files.sources": ["ImageFile"],
        "files.targets": ["Target"],
        "http.options": ["OnResponse", "ResponseSummary"],
        "http.pacing": ["Pacer"],
        "http.retries": ["RetryPolicy"],
        "listing.filters": ["Comparison", "MetadataFilter"],
        "listing.listing": ["Creators"],
        "listing.page": ["Page"],
        "models.account": ["Settings", "Usage"],
        "models.direct_upload": ["DirectUpload"],
        "models.image": ["Image"],
        "models.signing_key": ["SigningKey"],
        "models.variant": ["Fit", "KeptMetadata", "Variant"],
        "times": ["Expiry", "SortOrder", "Time"],
    }
    _MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"cfimages.{_MODULE_OF[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncBatchClient",
    "AsyncCloudflareImages",
    "AsyncImageStream",
    "AsyncKeys",
    "AsyncPager",
    "AsyncPages",
    "AsyncResumableWalk",
    "AsyncVariants",
    "AuthenticationError",
    "BadRequestError",
    "BatchClient",
    "ClientClosedError",
    "CloudflareImages",
    "CloudflareImagesError",
    "Comparison",
    "ConfigurationError",
    "ConflictError",
    "Creators",
    "DirectUpload",
    "ErrorDetail",
    "Expiry",
    "FilterError",
    "Fit",
    "FlexibleOptions",
    "Image",
    "ImageFile",
    "ImageStream",
    "InvalidArgumentError",
    "KeptMetadata",
    "Keys",
    "MetadataFilter",
    "NoRouteError",
    "NotFoundError",
    "OnResponse",
    "Pacer",
    "Page",
    "Pager",
    "Pages",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestTooLargeError",
    "ResponseSummary",
    "ResumableWalk",
    "RetryPolicy",
    "ServerError",
    "Settings",
    "SigningKey",
    "SortOrder",
    "Target",
    "Time",
    "UnprocessableEntityError",
    "UnsupportedMediaTypeError",
    "Usage",
    "Variant",
    "Variants",
    "__version__",
    "account_hash_of",
    "delivery_url",
    "sign_url",
]
