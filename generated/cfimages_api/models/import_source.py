from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ImportSource")

_FIELDS: frozenset[str] = frozenset(
    {
        "id",
        "name",
        "bucket",
        "vendor",
        "region",
        "createdAt",
        "updatedAt",
    }
)


@_attrs_define
class ImportSource:
    """A bucket that images are imported from."""

    id: str
    name: str | Unset = UNSET
    """ Name of the source, chosen by the account. """
    bucket: str | Unset = UNSET
    """ Name of the bucket. """
    vendor: str | Unset = UNSET
    """ Whose bucket it is, s3 or r2. """
    region: None | str | Unset = UNSET
    """ Region of the bucket; of S3 only. """
    created_at: datetime.datetime | None | Unset = UNSET
    updated_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        bucket = self.bucket

        vendor = self.vendor

        region: None | str | Unset
        if isinstance(self.region, Unset):
            region = UNSET
        else:
            region = self.region

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if bucket is not UNSET:
            field_dict["bucket"] = bucket
        if vendor is not UNSET:
            field_dict["vendor"] = vendor
        if region is not UNSET:
            field_dict["region"] = region
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        id = src_dict["id"]

        name = src_dict.get("name", UNSET)

        bucket = src_dict.get("bucket", UNSET)

        vendor = src_dict.get("vendor", UNSET)

        region = src_dict.get("region", UNSET)

        created_at = src_dict.get("createdAt", UNSET)
        if isinstance(created_at, str):
            try:
                created_at_type_0 = datetime.datetime.fromisoformat(created_at)

                created_at = created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        updated_at = src_dict.get("updatedAt", UNSET)
        if isinstance(updated_at, str):
            try:
                updated_at_type_0 = datetime.datetime.fromisoformat(updated_at)

                updated_at = updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        import_source = cls(
            id=id,
            name=name,
            bucket=bucket,
            vendor=vendor,
            region=region,
            created_at=created_at,
            updated_at=updated_at,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_source.additional_properties = others
        return import_source

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
