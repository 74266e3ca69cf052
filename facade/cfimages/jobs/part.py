"""The part of an account that belongs to a folder, and the hashes of its images."""

from collections.abc import Mapping
from typing import Any

from cfimages import FilterError, InvalidArgumentError
from cfimages.arguments import repr_short
from cfimages.jobs import snapshot
from cfimages.jobs.records import Json, is_same
from cfimages.jobs.url_map import UrlMap
from cfimages.listing.filters import to_query


class Part:
    """The images whose id, metadata and creator are as the arguments of a sync say."""

    def __init__(self, arguments: Json, urls: UrlMap | None) -> None:
        self._arguments = arguments
        self._urls = urls

    def has(self, record: Json) -> bool:
        """Whether an image is in the part, whoever has brought it."""
        creator, meta = self._arguments["creator"], snapshot.meta_of(record)
        return (
            record["id"].startswith(self._arguments["prefix"])
            and (creator is None or (record.get("creator") or "") == creator)
            and all(is_same(meta.get(key), value) for key, value in (self._arguments["where"] or {}).items())
        )

    def sha256_of(self, record: Json) -> Any:
        """Return what is kept as the hash of an image; None if no sync has brought it."""
        found = snapshot.meta_of(record).get(self._arguments["sha256_key"])
        return self._urls.sha256_of(record) if found is None and self._urls is not None else found

    def is_synced(self, record: Json) -> bool:
        """Whether an image is in the part, and looks as if a sync had brought it."""
        return self.has(record) and self.sha256_of(record) is not None


def check_where(where: Mapping[str, Any] | None, metadata: Mapping[str, Any] | None, sha256_key: str) -> Json | None:
    """Return metadata that name a part of the account, as JSON for the journal. Raises InvalidArgumentError."""
    if where is None:
        return None
    if isinstance(where, Mapping):
        for key, value in where.items():
            name = f"where[{repr_short(key)}]"
            if not isinstance(value, str | int | float):
                raise InvalidArgumentError(
                    f"{name}={repr_short(value)}: must be a value that new images get too: text, a number or a boolean"
                )
            if "." in str(key):
                raise InvalidArgumentError(f"{name}: must be a key of the metadata, and not a field within one")
            if key == sha256_key or not is_same((metadata or {}).get(key, value), value):
                raise InvalidArgumentError(f"{name}: new images would have another value: they belong to the part")
    try:
        to_query(where)
    except FilterError as error:
        raise InvalidArgumentError(str(error).replace("meta", "where", 1)) from None
    return dict(where)
