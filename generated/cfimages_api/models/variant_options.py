from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="VariantOptions")

_FIELDS: frozenset[str] = frozenset(
    {
        "fit",
        "metadata",
        "width",
        "height",
    }
)


@_attrs_define
class VariantOptions:
    """How an image is made fit for a variant."""

    fit: str
    """ One of scale-down, contain, cover, crop and pad. """
    metadata: str
    """ Which EXIF data stays, keep, copyright or none. """
    width: int
    """ Pixels at most. """
    height: int
    """ Pixels at most. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        fit = self.fit

        metadata = self.metadata

        width = self.width

        height = self.height

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "fit": fit,
                "metadata": metadata,
                "width": width,
                "height": height,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        fit = src_dict["fit"]

        metadata = src_dict["metadata"]

        width = src_dict["width"]

        height = src_dict["height"]

        variant_options = cls(
            fit=fit,
            metadata=metadata,
            width=width,
            height=height,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            variant_options.additional_properties = others
        return variant_options

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
