from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Connectivity")

_FIELDS: frozenset[str] = frozenset(
    {
        "connectivityStatus",
        "code",
        "reason",
    }
)


@_attrs_define
class Connectivity:
    connectivity_status: str
    """ Whether the bucket can be read, ok or error. """
    code: None | str | Unset = UNSET
    """ The reason, for programs; of an error only. """
    reason: None | str | Unset = UNSET
    """ The reason, for people; of an error only. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        connectivity_status = self.connectivity_status

        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "connectivityStatus": connectivity_status,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        connectivity_status = src_dict["connectivityStatus"]

        code = src_dict.get("code", UNSET)

        reason = src_dict.get("reason", UNSET)

        connectivity = cls(
            connectivity_status=connectivity_status,
            code=code,
            reason=reason,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            connectivity.additional_properties = others
        return connectivity

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
