"""The arguments of `list`, checked, and the listings of the service that they stand for."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar, Literal, Self

import attrs
from attrs.converters import optional

import cfimages
from cfimages.arguments import check_choice, check_positive, check_text, is_sequence, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.frozen import FrozenDict
from cfimages.listing.part import PagedListing, Part
from cfimages.listing.position import Position
from cfimages.listing.v2_part import V2Part
from cfimages.listing.window import UploadWindow
from cfimages.models.image import Image
from cfimages.times import Time, to_datetime

Creators = str | Sequence[str]
"""The account's own id of the user to whom images belong, or several; `""` stands for images without one."""

SortOrder = Literal["asc", "desc"]
"""Order by upload time: oldest first, or newest first."""

DEFAULT_PER_PAGE = 1000
"""Images on a page of list_images_v2, as far as is known, also if more are asked for."""

MAX_PER_PAGE = 10_000
"""Largest `per_page` that list_images_v2 is documented to accept."""

MIN_PER_PAGE = 10
"""Smallest documented page of list_images_v2."""

MAX_CONCURRENT = 100
"""Most requests at a time, and most pages fetched ahead: a client has this many connections."""


def _meta(meta: "cfimages.MetadataFilter") -> "cfimages.MetadataFilter":
    """Check a filter and return a frozen copy."""
    from cfimages.listing.filters import to_query  # most listings do not need it

    to_query(meta)  # the whole of it: `split` could separate values that must not be in one `in`
    return FrozenDict({field: _condition(condition) for field, condition in meta.items()})


def _condition(condition: Any) -> Any:
    if not isinstance(condition, Mapping):
        return condition
    return FrozenDict({name: tuple(value) if name == "in" else value for name, value in condition.items()})


def _creator(creator: Creators) -> str | tuple[str, ...]:
    if isinstance(creator, str):
        return check_text("creator", creator)
    if not is_sequence(creator) or not creator:
        raise InvalidArgumentError(f"creator={repr_short(creator)}: must be a string or a non-empty list of strings")
    if any(not isinstance(one, str) for one in creator):
        raise InvalidArgumentError(
            f'creator={repr_short(creator)}: must contain only strings ("" stands for images without a creator)'
        )
    return tuple(dict.fromkeys(check_text("creator", one) for one in creator))


def _sort_order(order: SortOrder) -> SortOrder:
    return check_choice("sort_order", order, ("asc", "desc"))


def _per_page(per_page: int) -> int:
    return check_positive("per_page", per_page, MAX_PER_PAGE)


def _parts_of(listing: "Listing") -> tuple[V2Part, ...]:
    """Return a part for each creator and each ten values of an `in`."""
    query = listing.given()
    since, before = query.pop("uploaded_since", None), query.pop("uploaded_before", None)
    window = None if since is before is None else UploadWindow.of(since, before)
    meta, creator = query.pop("meta", None), query.pop("creator", None)
    queries = [query]
    if meta is not None:
        from cfimages.listing.filters import split, to_query

        queries = [{**query, "meta": tuple(to_query(part).items())} for part in split(meta)]
    if creator is not None:
        creators = (creator,) if isinstance(creator, str) else creator
        queries = [{**query, "creator": one} for query in queries for one in creators]
    return tuple(map(partial(V2Part, window=window), queries))


@attrs.frozen
class Listing(PagedListing[Image]):
    """The arguments of `list`, checked. Two are equal if they ask the service for the same.

    Each field goes to the generated function under its own name, but for `uploaded_since` and `uploaded_before`.
    Raises FilterError and InvalidArgumentError.
    """

    method: ClassVar[str] = "list"

    meta: "cfimages.MetadataFilter | None" = attrs.field(default=None, converter=optional(_meta), eq=False)
    creator: str | tuple[str, ...] | None = attrs.field(default=None, converter=optional(_creator), eq=False)
    sort_order: SortOrder = attrs.field(default="desc", converter=_sort_order, eq=False)
    per_page: int = attrs.field(default=DEFAULT_PER_PAGE, converter=_per_page, eq=False)
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
            from cfimages.listing.merge import Merge

            Merge(len(self.parts), token, descending=self.descending)

    def token_after(self, position: Position) -> str | None:
        """Return the user's token of a position that has no token of the service."""
        if position.moment is None or len(self.parts) == 1:
            return position.encode()
        from cfimages.listing.merge import Merge

        return Merge.token_at(position.moment, position.ids, len(self.parts), descending=self.descending)

    def to_json(self) -> dict[str, Any]:
        """Return the arguments as JSON has them, for `from_json`. Times are those that they stand for."""
        return {
            name: to_datetime(name, value).isoformat() if isinstance(value, date) else value
            for name, value in self.given().items()
        }

    @classmethod
    def from_json(cls, arguments: Mapping[str, Any]) -> Self:
        """Return the listing that `to_json` describes.

        Raises InvalidArgumentError, also for an argument that this release does not know.
        """
        unknown = set(arguments).difference(field.name for field in attrs.fields(cls) if field.init)
        if unknown:
            raise InvalidArgumentError(f"{repr_short(min(unknown))}: is not an argument of {cls.method}")
        return cls(**arguments)
