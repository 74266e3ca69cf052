"""A Python SDK for the Cloudflare Images API."""

from cfimages._version import __version__
from cfimages.client import AsyncCloudflareImages, CloudflareImages
from cfimages.delivery import FlexibleOptions, account_hash_of, delivery_url, sign_url
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
from cfimages.models import DirectUpload, Image, Settings, SigningKey, Usage, Variant
from cfimages.pagination import AsyncPager, Page, Pager
from cfimages.resources import Fit, KeptMetadata
from cfimages.retries import RetryPolicy
from cfimages.times import Expiry, SortOrder, Time
from cfimages.uploads import ImageFile

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncCloudflareImages",
    "AsyncPager",
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
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestTooLargeError",
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
