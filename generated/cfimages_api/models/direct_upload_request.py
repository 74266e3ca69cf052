from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..models.form_boolean import FormBoolean, check_form_boolean
from ..types import UNSET, Unset

T = TypeVar("T", bound="DirectUploadRequest")

_FIELDS: frozenset[str] = frozenset(
    {
        "id",
        "creator",
        "expiry",
        "metadata",
        "requireSignedURLs",
    }
)


@_attrs_define
class DirectUploadRequest:
    """Form of a direct upload. The service refuses a form without any field."""

    id: str | Unset = UNSET
    """ Id chosen by the account, under the rules of an upload. """
    creator: str | Unset = UNSET
    """ The account's own id of whoever the image belongs to. """
    expiry: str | Unset = UNSET
    """ When the address ends, in RFC 3339. """
    metadata: str | Unset = UNSET
    """ A JSON object of at most 1,024 bytes. """
    require_signed_urls: FormBoolean | Unset = UNSET
    """ A yes or no in a form. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        creator = self.creator

        expiry = self.expiry

        metadata = self.metadata

        require_signed_urls: str | Unset = UNSET
        if not isinstance(self.require_signed_urls, Unset):
            require_signed_urls = self.require_signed_urls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if creator is not UNSET:
            field_dict["creator"] = creator
        if expiry is not UNSET:
            field_dict["expiry"] = expiry
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if require_signed_urls is not UNSET:
            field_dict["requireSignedURLs"] = require_signed_urls

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        if not isinstance(self.id, Unset):
            files.append(("id", (None, str(self.id).encode(), "text/plain")))

        if not isinstance(self.creator, Unset):
            files.append(("creator", (None, str(self.creator).encode(), "text/plain")))

        if not isinstance(self.expiry, Unset):
            files.append(("expiry", (None, str(self.expiry).encode(), "text/plain")))

        if not isinstance(self.metadata, Unset):
            files.append(("metadata", (None, str(self.metadata).encode(), "text/plain")))

        if not isinstance(self.require_signed_urls, Unset):
            files.append(("requireSignedURLs", (None, str(self.require_signed_urls).encode(), "text/plain")))

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        id = src_dict.get("id", UNSET)

        creator = src_dict.get("creator", UNSET)

        expiry = src_dict.get("expiry", UNSET)

        metadata = src_dict.get("metadata", UNSET)

        _require_signed_urls = src_dict.get("requireSignedURLs", UNSET)
        require_signed_urls: FormBoolean | Unset
        if isinstance(_require_signed_urls, Unset):
            require_signed_urls = UNSET
        else:
            require_signed_urls = check_form_boolean(_require_signed_urls)

        direct_upload_request = cls(
            id=id,
            creator=creator,
            expiry=expiry,
            metadata=metadata,
            require_signed_urls=require_signed_urls,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            direct_upload_request.additional_properties = others
        return direct_upload_request

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
