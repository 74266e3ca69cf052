from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ImportLogEntry")

_FIELDS: frozenset[str] = frozenset(
    {
        "createdAt",
        "logType",
        "msg",
    }
)


@_attrs_define
class ImportLogEntry:
    created_at: datetime.datetime | None | Unset = UNSET
    log_type: str | Unset = UNSET
    """ What happened: default, migrationStart, migrationAbort, migrationError, migrationComplete,
    migrationErrorFailedContinuation, importErrorRetryExhaustion, or importSkipped with one of
    UnsupportedContentType, ExcludedContentType, InvalidMedia, Oversized and StorageClass behind it. """
    msg: None | str | Unset = UNSET
    """ What happened, for people. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        log_type = self.log_type

        msg: None | str | Unset
        if isinstance(self.msg, Unset):
            msg = UNSET
        else:
            msg = self.msg

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if log_type is not UNSET:
            field_dict["logType"] = log_type
        if msg is not UNSET:
            field_dict["msg"] = msg

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        created_at = src_dict.get("createdAt", UNSET)
        if isinstance(created_at, str):
            try:
                created_at_type_0 = datetime.datetime.fromisoformat(created_at)

                created_at = created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        log_type = src_dict.get("logType", UNSET)

        msg = src_dict.get("msg", UNSET)

        import_log_entry = cls(
            created_at=created_at,
            log_type=log_type,
            msg=msg,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_log_entry.additional_properties = others
        return import_log_entry

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
