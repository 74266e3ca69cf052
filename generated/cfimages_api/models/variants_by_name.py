from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.variant_definition import VariantDefinition


T = TypeVar("T", bound="VariantsByName")

_FIELDS: frozenset[str] = frozenset({})


@_attrs_define
class VariantsByName:
    additional_properties: dict[str, VariantDefinition] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop.to_dict()

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.variant_definition import VariantDefinition  # noqa: PLC0415

        variants_by_name = cls()

        additional_properties = {}
        for prop_name, prop_dict in src_dict.items():
            if prop_name in _FIELDS:
                continue
            additional_property = VariantDefinition.from_dict(prop_dict)

            additional_properties[prop_name] = additional_property

        variants_by_name.additional_properties = additional_properties
        return variants_by_name

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> VariantDefinition:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: VariantDefinition) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
