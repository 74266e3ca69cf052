"""The listings of `images.imports`, which are asked for by offset and limit.

The service says neither how many items there are nor where a listing ends. A page may have fewer items than the limit,
so only an empty page is the end.
"""

import re
from abc import abstractmethod
from typing import Any, ClassVar, Self

import attrs
from attrs.converters import optional

from cfimages.arguments import check_positive, check_segment, check_text, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.listing.page import Page, T
from cfimages.listing.part import SinglePartListing
from cfimages.models.imports import Import, ImportLog, ImportSource

MAX_PER_PAGE = 100
"""Largest documented `limit`."""


def _name(name: str) -> str:
    if not check_text("name", name):
        raise InvalidArgumentError("name='': would filter nothing: pass None to list every source")
    return name


def _import_id(import_id: str) -> str:
    return check_segment("import_id", import_id)


def _per_page(per_page: int) -> int:
    return check_positive("per_page", per_page, MAX_PER_PAGE)


@attrs.frozen
class OffsetListing(SinglePartListing[T]):
    """The checked arguments of a method that lists by offset and limit. Its tokens are offsets.

    Each field goes to the generated function under its own name, but for `per_page`, which is the limit.
    """

    endpoint: ClassVar[str]
    """Name of the generated endpoint module."""

    per_page: int = attrs.field(default=MAX_PER_PAGE, converter=_per_page, kw_only=True)

    def arguments(self, token: str | None) -> dict[str, Any]:
        """Return the keyword arguments of the generated function for the page that begins at this offset."""
        arguments = self.given()
        arguments["limit"] = arguments.pop("per_page")
        return arguments if token is None else {**arguments, "offset": offset(token)}

    def read(self, result: Any, token: str | None) -> Page[T]:
        """Return the page that the result of a response holds. Raises ShapeError."""
        items = self.items(result)
        start = 0 if token is None else offset(token)
        following = str(start + len(items)) if items else None
        return Page(items, token, following, result.additional_properties)

    @abstractmethod
    def items(self, result: Any) -> tuple[T, ...]:
        """Return the items of a response. Raises ShapeError."""

    def limited(self, n: int) -> Self:
        """Return the listing with pages of no more than `n` items."""
        return attrs.evolve(self, per_page=min(self.per_page, n))

    def check_token(self, token: str | None) -> None:
        """Raise InvalidArgumentError, naming `token`, if it is not an offset."""
        if token is not None:
            offset(token)


@attrs.frozen
class SourceListing(OffsetListing[ImportSource]):
    """The arguments of `imports.sources.list`, checked. Raises InvalidArgumentError."""

    method: ClassVar[str] = "imports.sources.list"
    endpoint: ClassVar[str] = "list_import_sources"

    name: str | None = attrs.field(default=None, converter=optional(_name))

    def items(self, result: Any) -> tuple[ImportSource, ...]:
        """Return the sources of a response. Raises ShapeError."""
        return tuple(map(ImportSource.from_generated, result.sources))


@attrs.frozen
class ImportListing(OffsetListing[Import]):
    """The arguments of `imports.list`, checked. Raises InvalidArgumentError."""

    method: ClassVar[str] = "imports.list"
    endpoint: ClassVar[str] = "list_imports"

    def items(self, result: Any) -> tuple[Import, ...]:
        """Return the imports of a response. Raises ShapeError."""
        return tuple(map(Import.from_generated, result.migrations))


@attrs.frozen
class LogListing(OffsetListing[ImportLog]):
    """The arguments of `imports.logs`, checked. Raises InvalidArgumentError."""

    method: ClassVar[str] = "imports.logs"
    endpoint: ClassVar[str] = "list_import_logs"

    import_id: str = attrs.field(converter=_import_id)

    def items(self, result: Any) -> tuple[ImportLog, ...]:
        """Return the entries of a response. Raises ShapeError."""
        return tuple(map(ImportLog.from_generated, result.logs))


def offset(token: object) -> int:
    """Return a token of these listings as a number. Raises InvalidArgumentError.

    >>> offset("200")
    200
    """
    if not isinstance(token, str) or not re.fullmatch(r"[0-9]{1,18}", token):
        raise InvalidArgumentError(f"token={repr_short(token)}: must be an offset, as `next_token` of a page has it")
    return int(token)
