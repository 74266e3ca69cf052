from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DirectUpload")

_FIELDS: frozenset[str] = frozenset(
    {
        "id",
        "uploadURL",
    }
)


@_attrs_define
class DirectUpload:
    id: str
    """ Id of the draft, which the image keeps. """
    upload_url: str
    """ Where the file goes, as the field `file` of a multipart form. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        upload_url = self.upload_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "uploadURL": upload_url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        id = src_dict["id"]

        upload_url = src_dict["uploadURL"]

        direct_upload = cls(
            id=id,
            upload_url=upload_url,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            direct_upload.additional_properties = others
        return direct_upload

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
