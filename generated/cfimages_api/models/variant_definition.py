from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.variant_options import VariantOptions


T = TypeVar("T", bound="VariantDefinition")

_FIELDS: frozenset[str] = frozenset(
    {
        "id",
        "options",
        "neverRequireSignedURLs",
    }
)


@_attrs_define
class VariantDefinition:
    id: str
    """ Name of the variant. """
    options: VariantOptions
    """ How an image is made fit for a variant. """
    never_require_signed_urls: bool | Unset = UNSET
    """ Whether private images are delivered in this variant without a signature. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        options = self.options.to_dict()

        never_require_signed_urls = self.never_require_signed_urls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "options": options,
            }
        )
        if never_require_signed_urls is not UNSET:
            field_dict["neverRequireSignedURLs"] = never_require_signed_urls

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.variant_options import VariantOptions  # noqa: PLC0415

        id = src_dict["id"]

        options = VariantOptions.from_dict(src_dict["options"])

        never_require_signed_urls = src_dict.get("neverRequireSignedURLs", UNSET)

        variant_definition = cls(
            id=id,
            options=options,
            never_require_signed_urls=never_require_signed_urls,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            variant_definition.additional_properties = others
        return variant_definition

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
