from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.import_source_request_vendor import (
    ImportSourceRequestVendor,
    check_import_source_request_vendor,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.import_source_secret import ImportSourceSecret


T = TypeVar("T", bound="ImportSourceRequest")

_FIELDS: frozenset[str] = frozenset(
    {
        "name",
        "bucket",
        "vendor",
        "secret",
        "account",
    }
)


@_attrs_define
class ImportSourceRequest:
    name: str
    """ Name of the source, as the account wants to call it. """
    bucket: str
    """ Name of the bucket. """
    vendor: ImportSourceRequestVendor
    """ Whose bucket it is. """
    secret: ImportSourceSecret
    """ Credentials for a bucket. Their fields depend on the vendor and are published nowhere; Cloudflare's tool for
    moving objects to R2 takes accessKeyId and secretAccessKey, for both. """
    account: str | Unset = UNSET
    """ Id of the account that has the bucket; needed for R2. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        bucket = self.bucket

        vendor: str = self.vendor

        secret = self.secret.to_dict()

        account = self.account

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "bucket": bucket,
                "vendor": vendor,
                "secret": secret,
            }
        )
        if account is not UNSET:
            field_dict["account"] = account

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_source_secret import ImportSourceSecret  # noqa: PLC0415

        name = src_dict["name"]

        bucket = src_dict["bucket"]

        vendor = check_import_source_request_vendor(src_dict["vendor"])

        secret = ImportSourceSecret.from_dict(src_dict["secret"])

        account = src_dict.get("account", UNSET)

        import_source_request = cls(
            name=name,
            bucket=bucket,
            vendor=vendor,
            secret=secret,
            account=account,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_source_request.additional_properties = others
        return import_source_request

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
