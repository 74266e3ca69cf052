from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..models.form_boolean import FormBoolean, check_form_boolean
from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="ImageUpload")

_FIELDS: frozenset[str] = frozenset(
    {
        "file",
        "url",
        "id",
        "creator",
        "metadata",
        "requireSignedURLs",
    }
)


@_attrs_define
class ImageUpload:
    """Form of an upload. Exactly one of file and url is given."""

    file: File | Unset = UNSET
    """ Bytes of the image. """
    url: str | Unset = UNSET
    """ Address from which the service fetches the image. """
    id: str | Unset = UNSET
    """ Id chosen by the account. May contain slashes, but neither begin nor end with one, and is not a UUID. """
    creator: str | Unset = UNSET
    """ The account's own id of whoever the image belongs to. """
    metadata: str | Unset = UNSET
    """ A JSON object of at most 1,024 bytes. """
    require_signed_urls: FormBoolean | Unset = UNSET
    """ A yes or no in a form. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        file: FileTypes | Unset = UNSET
        if not isinstance(self.file, Unset):
            file = self.file.to_tuple()

        url = self.url

        id = self.id

        creator = self.creator

        metadata = self.metadata

        require_signed_urls: str | Unset = UNSET
        if not isinstance(self.require_signed_urls, Unset):
            require_signed_urls = self.require_signed_urls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if file is not UNSET:
            field_dict["file"] = file
        if url is not UNSET:
            field_dict["url"] = url
        if id is not UNSET:
            field_dict["id"] = id
        if creator is not UNSET:
            field_dict["creator"] = creator
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if require_signed_urls is not UNSET:
            field_dict["requireSignedURLs"] = require_signed_urls

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        if not isinstance(self.file, Unset):
            files.append(("file", self.file.to_tuple()))

        if not isinstance(self.url, Unset):
            files.append(("url", (None, str(self.url).encode(), "text/plain")))

        if not isinstance(self.id, Unset):
            files.append(("id", (None, str(self.id).encode(), "text/plain")))

        if not isinstance(self.creator, Unset):
            files.append(("creator", (None, str(self.creator).encode(), "text/plain")))

        if not isinstance(self.metadata, Unset):
            files.append(("metadata", (None, str(self.metadata).encode(), "text/plain")))

        if not isinstance(self.require_signed_urls, Unset):
            files.append(("requireSignedURLs", (None, str(self.require_signed_urls).encode(), "text/plain")))

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        _file = src_dict.get("file", UNSET)
        file: File | Unset
        if isinstance(_file, Unset):
            file = UNSET
        else:
            file = File(payload=BytesIO(_file))

        url = src_dict.get("url", UNSET)

        id = src_dict.get("id", UNSET)

        creator = src_dict.get("creator", UNSET)

        metadata = src_dict.get("metadata", UNSET)

        _require_signed_urls = src_dict.get("requireSignedURLs", UNSET)
        require_signed_urls: FormBoolean | Unset
        if isinstance(_require_signed_urls, Unset):
            require_signed_urls = UNSET
        else:
            require_signed_urls = check_form_boolean(_require_signed_urls)

        image_upload = cls(
            file=file,
            url=url,
            id=id,
            creator=creator,
            metadata=metadata,
            require_signed_urls=require_signed_urls,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            image_upload.additional_properties = others
        return image_upload

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
