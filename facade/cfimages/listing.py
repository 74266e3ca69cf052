"""What to list and in which order: the arguments of `list` and `list_all` as queries of list_images_v2."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Self, TypedDict

import attrs

from cfimages.errors import InvalidArgumentError
from cfimages.filters import MetadataFilter, split, to_query
from cfimages.image import Image
from cfimages.pages import stored
from cfimages.pagination import Origin, Page, Walk
from cfimages.times import SortOrder, Time, UploadWindow, to_datetime
from cfimages.values import one_of, positive, shown, unicode_text
from cfimages_api import models
from cfimages_api.types import UNSET, Unset

Creators = str | Sequence[str]
"""The account's own id of whoever images belong to, or several; an empty one means images without."""


class Query(TypedDict):
    """The parameters of list_images_v2, but for the token."""

    meta: "models.MetadataFilters | Unset"
    creator: str | Unset
    sort_order: SortOrder
    per_page: int


@attrs.frozen
class Listing:
    """One listing that the service can give. Raises FilterError and InvalidArgumentError when it is made."""

    query: Query
    window: UploadWindow | None

    @classmethod
    def of(
        cls,
        meta: MetadataFilter | None,
        creator: str | None,
        sort_order: SortOrder,
        per_page: int,
        uploaded_after: Time | None,
        uploaded_before: Time | None,
    ) -> Self:
        """The listing of the arguments of `list`."""
        query: Query = {
            "meta": UNSET if meta is None else models.MetadataFilters.from_dict(to_query(meta)),
            "creator": given_creator(creator),
            "sort_order": one_of("sort_order", sort_order, ("asc", "desc")),
            "per_page": positive("per_page", per_page),
        }
        return cls(query, UploadWindow.of(uploaded_after, uploaded_before, sort_order))

    @property
    def descending(self) -> bool:
        """Whether the newest image comes first."""
        return self.query["sort_order"] == "desc"

    @property
    def show(self) -> Callable[[Page[Image]], Page[Image]] | None:
        """How to show a page: with the images of the window only, and as the last one once no more can match."""
        window = self.window
        if window is None:
            return None

        def show(page: Page[Image]) -> Page[Image]:
            end = window.is_over(page.items)
            selected = window.select(page.items)
            items = page.items if len(selected) == len(page.items) else selected
            return attrs.evolve(page, items=items, next_token=None if end else page.next_token)

        return show

    def walk(self, start: str | None) -> Walk[Image]:
        """A walk over it, from a token on."""
        return Walk(start, self.show)

    def stored_walk(self) -> Walk[Image]:
        """A walk over all of it whose pages are kept for long."""
        show = self.show
        return Walk(None, lambda page: stored(show(page) if show else page))

    def reversed(self) -> "Listing":
        """The same images from the other end."""
        order: SortOrder = "asc" if self.descending else "desc"
        return Listing({**self.query, "sort_order": order}, self.window and attrs.evolve(self.window, sort_order=order))


def listings(meta: MetadataFilter | None, creator: Creators | None, *others: Any) -> list[Listing]:
    """The listings that together have what is asked for: one for each creator and for as many values as `in` takes.

    `others` are the further arguments of `Listing.of`.
    """
    metas = [meta] if meta is None else split(meta)
    return [Listing.of(*pair, *others) for pair in itertools.product(metas, _creators(creator))]


def origin(account_id: str, method: str, **arguments: Any) -> Origin:
    """What a listing was made from. The arguments have been checked."""
    return Origin(account_id, method, {name: _plain(value) for name, value in arguments.items()})


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str.__str__(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, date):
        return to_datetime("uploaded", value).isoformat()
    if isinstance(value, str):
        return str.__str__(value)
    return [_plain(inner) for inner in value] if isinstance(value, Sequence) else value


def _creators(creator: Creators | None) -> list[str | None]:
    if creator is None or isinstance(creator, str):
        return [creator]
    if not isinstance(creator, Sequence) or isinstance(creator, bytes | bytearray | memoryview) or not creator:
        raise InvalidArgumentError(f"creator={shown(creator)}: must be text or a list of one text or more")
    if any(not isinstance(one, str) for one in creator):
        raise InvalidArgumentError(
            f'creator={shown(creator)}: not all of it is text ("" is for images without a creator)'
        )
    return list(dict.fromkeys(creator))


def given_creator(creator: str | None) -> str | Unset:
    """A creator as the generated code takes it."""
    return UNSET if creator is None else unicode_text("creator", creator)
