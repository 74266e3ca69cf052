from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.connectivity_request_vendor import (
    ConnectivityRequestVendor,
    check_connectivity_request_vendor,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.import_source_secret import ImportSourceSecret


T = TypeVar("T", bound="ConnectivityRequest")

_FIELDS: frozenset[str] = frozenset(
    {
        "bucket",
        "vendor",
        "secret",
        "account",
        "region",
    }
)


@_attrs_define
class ConnectivityRequest:
    bucket: str
    """ Name of the bucket. """
    vendor: ConnectivityRequestVendor
    """ Whose bucket it is. """
    secret: ImportSourceSecret
    """ Credentials for a bucket. Their fields depend on the vendor and are published nowhere; Cloudflare's tool for
    moving objects to R2 takes accessKeyId and secretAccessKey, for both. """
    account: str | Unset = UNSET
    """ Id of the account that has the bucket; needed for R2. """
    region: None | str | Unset = UNSET
    """ Region of the bucket; of S3 only. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        bucket = self.bucket

        vendor: str = self.vendor

        secret = self.secret.to_dict()

        account = self.account

        region: None | str | Unset
        if isinstance(self.region, Unset):
            region = UNSET
        else:
            region = self.region

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "bucket": bucket,
                "vendor": vendor,
                "secret": secret,
            }
        )
        if account is not UNSET:
            field_dict["account"] = account
        if region is not UNSET:
            field_dict["region"] = region

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_source_secret import ImportSourceSecret  # noqa: PLC0415

        bucket = src_dict["bucket"]

        vendor = check_connectivity_request_vendor(src_dict["vendor"])

        secret = ImportSourceSecret.from_dict(src_dict["secret"])

        account = src_dict.get("account", UNSET)

        region = src_dict.get("region", UNSET)

        connectivity_request = cls(
            bucket=bucket,
            vendor=vendor,
            secret=secret,
            account=account,
            region=region,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            connectivity_request.additional_properties = others
        return connectivity_request

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
