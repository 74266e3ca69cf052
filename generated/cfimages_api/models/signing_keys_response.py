from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.response_info import ResponseInfo
    from ..models.signing_keys_result import SigningKeysResult


T = TypeVar("T", bound="SigningKeysResponse")

_FIELDS: frozenset[str] = frozenset(
    {
        "success",
        "result",
        "errors",
        "messages",
    }
)


@_attrs_define
class SigningKeysResponse:
    success: bool
    """ Whether the request was carried out. """
    result: SigningKeysResult
    errors: list[ResponseInfo] | None | Unset = UNSET
    messages: list[ResponseInfo] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        result = self.result.to_dict()

        errors: list[dict[str, Any]] | None | Unset
        if isinstance(self.errors, Unset):
            errors = UNSET
        elif isinstance(self.errors, list):
            errors = []
            for errors_type_0_item_data in self.errors:
                errors_type_0_item = errors_type_0_item_data.to_dict()
                errors.append(errors_type_0_item)

        else:
            errors = self.errors

        messages: list[dict[str, Any]] | None | Unset
        if isinstance(self.messages, Unset):
            messages = UNSET
        elif isinstance(self.messages, list):
            messages = []
            for messages_type_0_item_data in self.messages:
                messages_type_0_item = messages_type_0_item_data.to_dict()
                messages.append(messages_type_0_item)

        else:
            messages = self.messages

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "result": result,
            }
        )
        if errors is not UNSET:
            field_dict["errors"] = errors
        if messages is not UNSET:
            field_dict["messages"] = messages

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.response_info import ResponseInfo  # noqa: PLC0415
        from ..models.signing_keys_result import SigningKeysResult  # noqa: PLC0415

        success = src_dict["success"]

        result = SigningKeysResult.from_dict(src_dict["result"])

        errors = src_dict.get("errors", UNSET)
        if isinstance(errors, list):
            try:
                errors_type_0 = []
                _errors_type_0 = errors
                for errors_type_0_item_data in _errors_type_0:
                    errors_type_0_item = ResponseInfo.from_dict(errors_type_0_item_data)

                    errors_type_0.append(errors_type_0_item)

                errors = errors_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        messages = src_dict.get("messages", UNSET)
        if isinstance(messages, list):
            try:
                messages_type_0 = []
                _messages_type_0 = messages
                for messages_type_0_item_data in _messages_type_0:
                    messages_type_0_item = ResponseInfo.from_dict(messages_type_0_item_data)

                    messages_type_0.append(messages_type_0_item)

                messages = messages_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        signing_keys_response = cls(
            success=success,
            result=result,
            errors=errors,
            messages=messages,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            signing_keys_response.additional_properties = others
        return signing_keys_response

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
