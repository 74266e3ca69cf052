"""One page of a listing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import attrs

from cfimages.arguments import repr_short
from cfimages.frozen import freeze_extra


class Item(Protocol):
    """An item of a listing that is sorted by upload time."""

    @property
    def id(self) -> str:
        """The id, which no other item has."""
        ...

    @property
    def uploaded(self) -> datetime | None:
        """The upload time."""
        ...


T = TypeVar("T")
"""Any item. Only what restricts, merges or reverses a listing needs more of it."""

ItemT = TypeVar("ItemT", bound=Item)


@attrs.frozen(repr=False)
class Page(Generic[T]):
    """One page of a listing. Iterating it yields its items."""

    items: tuple[T, ...]
    """The items of the page. A page in the middle of a filtered listing may be empty."""
    token: str | None
    """Token with which this page began; None at the start of the listing."""
    next_token: str | None
    """Token of the next page; None after the last one."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze_extra, eq=False)
    """The other fields of the response, by the API's names. A read-only `dict`.

    Empty if listings are merged."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        first = f", first={getattr(self.items[0], 'id', self.items[0])!r}" if self.items else ""
        return f"Page(<{len(self)} items>{first}, next_token={repr_short(self.next_token)})"

    def _repr_html_(self) -> str:
        """Return the page as a notebook shows it: a small grid of the first items."""
        from cfimages.models.notebook import MAX_CELLS, grid

        more = len(self) - MAX_CELLS
        return grid(self.items[:MAX_CELLS], f"and {more} more" if more > 0 else "")
