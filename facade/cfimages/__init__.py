"""A Python SDK for the Cloudflare Images API."""

from cfimages._version import __version__
from cfimages.client import AsyncCloudflareImages, CloudflareImages
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
from cfimages.models import Image
from cfimages.pagination import AsyncPager, Page, Pager
from cfimages.retries import RetryPolicy
from cfimages.times import SortOrder, Time
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
    "ErrorDetail",
    "FilterError",
    "Image",
    "ImageFile",
    "InvalidArgumentError",
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
    "SortOrder",
    "Time",
    "UnprocessableEntityError",
    "__version__",
]
