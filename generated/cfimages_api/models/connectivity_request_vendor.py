from typing import Literal

ConnectivityRequestVendor = Literal["r2", "s3"]

CONNECTIVITY_REQUEST_VENDOR_VALUES: set[ConnectivityRequestVendor] = {
    "r2",
    "s3",
}


def check_connectivity_request_vendor(value: str) -> ConnectivityRequestVendor:
    if value in CONNECTIVITY_REQUEST_VENDOR_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONNECTIVITY_REQUEST_VENDOR_VALUES!r}")
