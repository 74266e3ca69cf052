"""The arguments of `list`, and the listings of the service that they stand for: operation list_images_v2."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Self

import attrs
from attrs.converters import optional

from cfimages.arguments import check_choice, check_positive, check_text, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.frozen import FrozenDict
from cfimages.listing.filters import MetadataFilter, split, to_query
from cfimages.listing.images import image_views
from cfimages.listing.merge import Merge
from cfimages.listing.page import Page
from cfimages.listing.part import PagedListing, Part, argument_fields
from cfimages.listing.position import Position
from cfimages.listing.window import UploadWindow
from cfimages.models.image import Image
from cfimages.models.shape import ShapeError
from cfimages.times import SortOrder, Time, to_datetime
from cfimages_api import models

Creators = str | Sequence[str]
"""The account's own id of the user to whom images belong, or several; `""` stands for images without one."""

DEFAULT_PER_PAGE = 1000
"""Images on a page of list_images_v2, as far as is known, also if more are asked for."""

MAX_PER_PAGE = 10_000
"""Largest `per_page` that list_images_v2 is documented to accept."""

MIN_PER_PAGE = 10
"""Smallest documented page of list_images_v2."""


def _generated(part: "TokenPart") -> dict[str, Any]:
    """Return the query of a part as the generated function takes it."""
    arguments = {}
    for name, value in part.query:
        if isinstance(value, tuple):
            arguments[name] = models.MetadataFilters.from_dict(dict(value))
        elif value is not None:
            arguments[name] = value
    return arguments


@attrs.frozen
class TokenPart:
    """One listing that list_images_v2 can give. Its tokens are those of the service."""

    endpoint: ClassVar[str] = "list_images_v2"
    query: tuple[tuple[str, Any], ...]
    """Name and value of each parameter of the generated function. None leaves it out; `meta` is its pairs."""
    window: UploadWindow | None
    _arguments: Mapping[str, Any] = attrs.field(
        default=attrs.Factory(_generated, takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )

    @property
    def descending(self) -> bool:
        """Whether the newest image comes first."""
        return bool(self._arguments["sort_order"] == "desc")

    def arguments(self, token: str | None) -> dict[str, Any]:
        """Return the keyword arguments of the generated function for the page with this token."""
        return {**self._arguments, "continuation_token": token} if token else dict(self._arguments)

    def read(self, body: models.ImageListV2Response, token: str | None) -> Page[Image]:
        """Return the page that a parsed body holds. Raises ShapeError if an id or the next token is not text."""
        result = body.result
        following = result.continuation_token
        if following and not isinstance(following, str):
            raise ShapeError(f"the continuation token {repr_short(following)} is not text")
        return Page(image_views(result.images), token, following or None, dict(result.additional_properties))

    def reversed(self) -> Self:
        """Return the same images from the other end."""
        order: SortOrder = "asc" if self.descending else "desc"
        query = tuple({**dict(self.query), "sort_order": order}.items())
        return attrs.evolve(self, query=query, window=self.window and attrs.evolve(self.window, sort_order=order))


def _meta(meta: MetadataFilter) -> MetadataFilter:
    """Check a filter and return a frozen copy."""
    to_query(meta)  # the whole of it: `split` could separate values that must not be in one `in`
    return FrozenDict({field: _condition(condition) for field, condition in meta.items()})


def _condition(condition: Any) -> Any:
    if not isinstance(condition, Mapping):
        return condition
    return FrozenDict({name: tuple(value) if name == "in" else value for name, value in condition.items()})


def _queries(meta: MetadataFilter) -> list[Hashable]:
    return [tuple(to_query(part).items()) for part in split(meta)]


def _creator(creator: Creators) -> str | tuple[str, ...]:
    if isinstance(creator, str):
        return check_text("creator", creator)
    if not isinstance(creator, Sequence) or isinstance(creator, bytes | bytearray | memoryview) or not creator:
        raise InvalidArgumentError(f"creator={repr_short(creator)}: must be text or a list of text, not empty")
    if any(not isinstance(one, str) for one in creator):
        raise InvalidArgumentError(
            f'creator={repr_short(creator)}: must be text throughout ("" stands for images without a creator)'
        )
    return tuple(dict.fromkeys(check_text("creator", one) for one in creator))


def _creators(creator: str | tuple[str, ...]) -> Iterable[Hashable]:
    return creator if isinstance(creator, tuple) else (creator,)


def _sort_order(order: SortOrder) -> SortOrder:
    return check_choice("sort_order", order, ("asc", "desc"))


def _per_page(per_page: int) -> int:
    return check_positive("per_page", per_page, MAX_PER_PAGE)


_ALTERNATIVES = "alternatives"


def _in_query(alternatives: Callable[[Any], Iterable[Hashable]] | None = None) -> dict[str, Any]:
    """Return the metadata of a field that is a parameter of the generated function, under its own name.

    `alternatives` returns the values to ask for, one in each part; without it there is one. None is left out.
    """
    return {_ALTERNATIVES: alternatives}


def _parts_of(listing: "Listing") -> tuple[TokenPart, ...]:
    """Return a part for each combination of the values to ask for."""
    since, before = listing.uploaded_since, listing.uploaded_before
    window = None if since is None and before is None else UploadWindow.of(since, before, listing.sort_order)
    names, choices = [], []
    for field in argument_fields(type(listing)):
        if _ALTERNATIVES in field.metadata:
            value, alternatives = getattr(listing, field.name), field.metadata[_ALTERNATIVES]
            names.append(field.name)
            choices.append((value,) if value is None or alternatives is None else alternatives(value))
    parts = []
    for values in itertools.product(*choices):
        parts.append(TokenPart(tuple(zip(names, values, strict=True)), window))  # noqa: PERF401 - one call less
    return tuple(parts)


@attrs.frozen
class Listing(PagedListing[Image]):
    """The arguments of `list`, checked. Two are equal if they ask the service for the same.

    Raises FilterError and InvalidArgumentError. A new argument is a new field here, with `_in_query` if it is a
    parameter of the generated function.
    """

    method: ClassVar[str] = "list"

    meta: MetadataFilter | None = attrs.field(
        default=None, converter=optional(_meta), eq=False, metadata=_in_query(_queries)
    )
    creator: str | tuple[str, ...] | None = attrs.field(
        default=None, converter=optional(_creator), eq=False, metadata=_in_query(_creators)
    )
    sort_order: SortOrder = attrs.field(default="desc", converter=_sort_order, eq=False, metadata=_in_query())
    per_page: int = attrs.field(default=DEFAULT_PER_PAGE, converter=_per_page, eq=False, metadata=_in_query())
    uploaded_since: Time | None = attrs.field(default=None, eq=False)
    uploaded_before: Time | None = attrs.field(default=None, eq=False)
    parts: tuple[Part[Image], ...] = attrs.field(
        default=attrs.Factory(_parts_of, takes_self=True), init=False, repr=False
    )

    def limited(self, n: int) -> Self:
        """Return the listing with pages of no more than `n` images, if no image is dropped afterwards."""
        if self.uploaded_since or self.uploaded_before or len(self.parts) > 1:
            return self
        return attrs.evolve(self, per_page=min(self.per_page, max(n, MIN_PER_PAGE)))

    def check_token(self, token: str | None) -> None:
        """Raise InvalidArgumentError, naming `token`, if it is no token of such a listing."""
        if len(self.parts) == 1:
            Position.parse(token)
        else:
            Merge(len(self.parts), token, descending=self.descending)

    def token_after(self, moment: datetime | None, ids: Iterable[str]) -> str | None:
        """Return a token that starts at the beginning and drops what lies before a place, as `Position` does."""
        position = Position(None, moment, frozenset(ids))
        if moment is None or len(self.parts) == 1:
            return position.encode()
        return Merge.token_at(position, len(self.parts), descending=self.descending)

    def to_json(self) -> dict[str, Any]:
        """Return the arguments as JSON has them, for `from_json`."""
        return {field.name: _plain(field.name, getattr(self, field.name)) for field in argument_fields(type(self))}

    @classmethod
    def from_json(cls, arguments: Mapping[str, Any]) -> Self:
        """Return the listing that `to_json` describes.

        Raises InvalidArgumentError, also for an argument that this release does not know.
        """
        unknown = set(arguments).difference(field.name for field in argument_fields(cls))
        if unknown:
            raise InvalidArgumentError(f"{repr_short(min(unknown))}: is not an argument of {cls.method}")
        return cls(**arguments)


def _plain(name: str, value: Any) -> Any:
    """Return the value of an argument as JSON has it."""
    if isinstance(value, Mapping):
        return {str.__str__(key): _plain(name, inner) for key, inner in value.items()}
    if isinstance(value, date):
        return to_datetime(name, value).isoformat()
    if isinstance(value, str):
        return str.__str__(value)
    return [_plain(name, inner) for inner in value] if isinstance(value, Sequence) else value
