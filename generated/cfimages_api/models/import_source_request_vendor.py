from typing import Literal

ImportSourceRequestVendor = Literal["r2", "s3"]

IMPORT_SOURCE_REQUEST_VENDOR_VALUES: set[ImportSourceRequestVendor] = {
    "r2",
    "s3",
}


def check_import_source_request_vendor(value: str) -> ImportSourceRequestVendor:
    if value in IMPORT_SOURCE_REQUEST_VENDOR_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {IMPORT_SOURCE_REQUEST_VENDOR_VALUES!r}")
