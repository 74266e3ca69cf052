"""A Python SDK for the Cloudflare Images API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfimages._version import __version__ as __version__

if TYPE_CHECKING:
    from cfimages._async.batch import AsyncBatchClient as AsyncBatchClient
    from cfimages._async.client import AsyncCloudflareImages as AsyncCloudflareImages
    from cfimages._async.import_sources import AsyncImportSources as AsyncImportSources
    from cfimages._async.imports import AsyncImports as AsyncImports
    from cfimages._async.keys import AsyncKeys as AsyncKeys
    from cfimages._async.pager import AsyncPager as AsyncPager
    from cfimages._async.pages import AsyncPages as AsyncPages
    from cfimages._async.resumable import AsyncResumableWalk as AsyncResumableWalk
    from cfimages._async.streams import AsyncImageStream as AsyncImageStream
    from cfimages._async.variants import AsyncVariants as AsyncVariants
    from cfimages._sync.batch import BatchClient as BatchClient
    from cfimages._sync.client import CloudflareImages as CloudflareImages
    from cfimages._sync.import_sources import ImportSources as ImportSources
    from cfimages._sync.imports import Imports as Imports
    from cfimages._sync.keys import Keys as Keys
    from cfimages._sync.pager import Pager as Pager
    from cfimages._sync.pages import Pages as Pages
    from cfimages._sync.resumable import ResumableWalk as ResumableWalk
    from cfimages._sync.streams import ImageStream as ImageStream
    from cfimages._sync.variants import Variants as Variants
    from cfimages.delivery.options import FlexibleOptions as FlexibleOptions
    from cfimages.delivery.options import Length as Length
    from cfimages.delivery.options import Quality as Quality
    from cfimages.delivery.signing import sign_url as sign_url
    from cfimages.delivery.urls import account_hash_of as account_hash_of
    from cfimages.delivery.urls import delivery_url as delivery_url
    from cfimages.errors import APIConnectionError as APIConnectionError
    from cfimages.errors import APIError as APIError
    from cfimages.errors import APIResponseValidationError as APIResponseValidationError
    from cfimages.errors import APIStatusError as APIStatusError
    from cfimages.errors import APITimeoutError as APITimeoutError
    from cfimages.errors import AuthenticationError as AuthenticationError
    from cfimages.errors import BadRequestError as BadRequestError
    from cfimages.errors import ClientClosedError as ClientClosedError
    from cfimages.errors import CloudflareImagesError as CloudflareImagesError
    from cfimages.errors import ConfigurationError as ConfigurationError
    from cfimages.errors import ConflictError as ConflictError
    from cfimages.errors import ErrorDetail as ErrorDetail
    from cfimages.errors import FilterError as FilterError
    from cfimages.errors import ImportTimeoutError as ImportTimeoutError
    from cfimages.errors import InvalidArgumentError as InvalidArgumentError
    from cfimages.errors import NoRouteError as NoRouteError
    from cfimages.errors import NotFoundError as NotFoundError
    from cfimages.errors import NotificationError as NotificationError
    from cfimages.errors import PaginationError as PaginationError
    from cfimages.errors import PermissionDeniedError as PermissionDeniedError
    from cfimages.errors import RateLimitError as RateLimitError
    from cfimages.errors import RequestTooLargeError as RequestTooLargeError
    from cfimages.errors import ServerError as ServerError
    from cfimages.errors import UnprocessableEntityError as UnprocessableEntityError
    from cfimages.errors import UnsupportedMediaTypeError as UnsupportedMediaTypeError
    from cfimages.errors import UntrustedNotificationError as UntrustedNotificationError
    from cfimages.files.sources import AsyncImageFile as AsyncImageFile
    from cfimages.files.sources import ImageFile as ImageFile
    from cfimages.files.targets import Target as Target
    from cfimages.http.options import OnResponse as OnResponse
    from cfimages.http.options import ResponseSummary as ResponseSummary
    from cfimages.http.pacing import Pacer as Pacer
    from cfimages.http.retries import Failure as Failure
    from cfimages.http.retries import Refusal as Refusal
    from cfimages.http.retries import RetryPolicy as RetryPolicy
    from cfimages.listing.filters import Comparison as Comparison
    from cfimages.listing.filters import MetadataFilter as MetadataFilter
    from cfimages.listing.listing import Creators as Creators
    from cfimages.listing.page import Page as Page
    from cfimages.models.account import MetadataKeys as MetadataKeys
    from cfimages.models.account import Settings as Settings
    from cfimages.models.account import Usage as Usage
    from cfimages.models.direct_upload import DirectUpload as DirectUpload
    from cfimages.models.image import Image as Image
    from cfimages.models.imports import ConflictBehaviour as ConflictBehaviour
    from cfimages.models.imports import Connectivity as Connectivity
    from cfimages.models.imports import Import as Import
    from cfimages.models.imports import ImportContentType as ImportContentType
    from cfimages.models.imports import ImportLog as ImportLog
    from cfimages.models.imports import ImportProgress as ImportProgress
    from cfimages.models.imports import ImportSource as ImportSource
    from cfimages.models.imports import Vendor as Vendor
    from cfimages.models.signing_key import SigningKey as SigningKey
    from cfimages.models.variant import Fit as Fit
    from cfimages.models.variant import KeptMetadata as KeptMetadata
    from cfimages.models.variant import Variant as Variant
    from cfimages.times import Expiry as Expiry
    from cfimages.times import SortOrder as SortOrder
    from cfimages.times import Time as Time
    from cfimages.webhooks import Notification as Notification
    from cfimages.webhooks import read_notification as read_notification
else:
    # Each name is imported when it is first used: --help, the pytest plugin and type checkers need no HTTP.
    _MODULES = {
        "_async.batch": "AsyncBatchClient",
        "_async.client": "AsyncCloudflareImages",
        "_async.imports": "AsyncImports",
        "_async.import_sources": "AsyncImportSources",
        "_async.keys": "AsyncKeys",
        "_async.pager": "AsyncPager",
        "_async.pages": "AsyncPages",
        "_async.resumable": "AsyncResumableWalk",
        "_async.streams": "AsyncImageStream",
        "_async.variants": "AsyncVariants",
        "_sync.batch": "BatchClient",
        "_sync.client": "CloudflareImages",
        "_sync.imports": "Imports",
        "_sync.import_sources": "ImportSources",
        "_sync.keys": "Keys",
        "_sync.pager": "Pager",
        "_sync.pages": "Pages",
        "_sync.resumable": "ResumableWalk",
        "_sync.streams": "ImageStream",
        "_sync.variants": "Variants",
        "delivery.options": "FlexibleOptions Length Quality",
        "delivery.signing": "sign_url",
        "delivery.urls": "account_hash_of delivery_url",
        "errors": (
            "APIConnectionError APIError APIResponseValidationError APIStatusError APITimeoutError "
            "AuthenticationError BadRequestError ClientClosedError CloudflareImagesError ConfigurationError "
            "ConflictError ErrorDetail FilterError ImportTimeoutError InvalidArgumentError NoRouteError "
            "NotFoundError NotificationError PaginationError PermissionDeniedError RateLimitError "
            "RequestTooLargeError ServerError UnprocessableEntityError UnsupportedMediaTypeError "
            "UntrustedNotificationError"
        ),
        "files.sources": "AsyncImageFile ImageFile",
        "files.targets": "Target",
        "http.options": "OnResponse ResponseSummary",
        "http.pacing": "Pacer",
        "http.retries": "Failure Refusal RetryPolicy",
        "listing.filters": "Comparison MetadataFilter",
        "listing.listing": "Creators",
        "listing.page": "Page",
        "models.account": "MetadataKeys Settings Usage",
        "models.direct_upload": "DirectUpload",
        "models.image": "Image",
        "models.imports": (
            "ConflictBehaviour Connectivity Import ImportContentType ImportLog ImportProgress ImportSource Vendor"
        ),
        "models.signing_key": "SigningKey",
        "models.variant": "Fit KeptMetadata Variant",
        "times": "Expiry SortOrder Time",
        "webhooks": "Notification read_notification",
    }
    _MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
    __all__ = sorted([*_MODULE_OF, "__version__"])

    def __getattr__(name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"cfimages.{_MODULE_OF[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return list(__all__)
