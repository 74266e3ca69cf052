from typing import Literal

ImportJobRequestExcludedContentTypesItem = Literal[
    "image/avif", "image/gif", "image/heic", "image/jpeg", "image/png", "image/svg+xml", "image/webp"
]

IMPORT_JOB_REQUEST_EXCLUDED_CONTENT_TYPES_ITEM_VALUES: set[ImportJobRequestExcludedContentTypesItem] = {
    "image/avif",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
}


def check_import_job_request_excluded_content_types_item(value: str) -> ImportJobRequestExcludedContentTypesItem:
    if value in IMPORT_JOB_REQUEST_EXCLUDED_CONTENT_TYPES_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {IMPORT_JOB_REQUEST_EXCLUDED_CONTENT_TYPES_ITEM_VALUES!r}"
    )
