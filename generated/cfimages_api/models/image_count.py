from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ImageCount")

_FIELDS: frozenset[str] = frozenset(
    {
        "allowed",
        "current",
    }
)


@_attrs_define
class ImageCount:
    allowed: int
    """ Images that the account may have. """
    current: int
    """ Images that it has. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        allowed = self.allowed

        current = self.current

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "allowed": allowed,
                "current": current,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        allowed = src_dict["allowed"]

        current = src_dict["current"]

        image_count = cls(
            allowed=allowed,
            current=current,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            image_count.additional_properties = others
        return image_count

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
