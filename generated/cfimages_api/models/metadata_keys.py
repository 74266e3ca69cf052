from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MetadataKeys")

_FIELDS: frozenset[str] = frozenset(
    {
        "keys",
        "truncated",
    }
)


@_attrs_define
class MetadataKeys:
    keys: list[str]
    truncated: bool
    """ Whether there are more keys than these. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        keys = self.keys

        truncated = self.truncated

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "keys": keys,
                "truncated": truncated,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        keys = src_dict["keys"]

        truncated = src_dict["truncated"]

        metadata_keys = cls(
            keys=keys,
            truncated=truncated,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            metadata_keys.additional_properties = others
        return metadata_keys

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
