"""A Python SDK for the Cloudflare Images API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfimages._version import __version__ as __version__

if not TYPE_CHECKING:  # type checkers read `__init__.pyi`, which `make generate` makes of this table
    # Each name is imported when it is first used: --help and the pytest plugin need no HTTP.
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
        "delivery.flexible_options": "FlexibleOptions Length Quality",
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
        "http.summary": "OnResponse ResponseSummary",
        "http.pacing": "Pacer",
        "http.retries": "Failure Refusal RetryPolicy",
        "listing.filters": "Comparison MetadataFilter",
        "listing.listing": "Creators SortOrder",
        "listing.page": "Page",
        "models.account": "MetadataKeys Settings Usage",
        "models.direct_upload": "DirectUpload",
        "models.image": "Image",
        "models.imports": (
            "ConflictBehaviour Connectivity Import ImportContentType ImportLog ImportProgress ImportSource Vendor"
        ),
        "models.signing_key": "SigningKey",
        "models.variant": "Fit KeptMetadata Variant",
        "times": "Expiry Time",
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
