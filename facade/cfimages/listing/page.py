"""One page of a listing."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Generic, TypeVar

import attrs

from cfimages.arguments import repr_short

T = TypeVar("T")

MAX_SHOWN = 24
"""Number of items that a notebook shows of a page."""


@attrs.frozen(repr=False)
class Page(Generic[T]):
    """One page of a listing. Iterating it yields its items."""

    items: tuple[T, ...]
    """The items of the page. A page in the middle of a filtered listing may be empty."""
    token: str | None
    """Token with which this page began; None at the start of the listing."""
    next_token: str | None
    """Token of the next page; None after the last one."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, eq=False)
    """What the response held beside items and token, under the API's names. Empty where listings are merged."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        first = f", first={getattr(self.items[0], 'id', self.items[0])!r}" if self.items else ""
        return f"Page(<{len(self)} items>{first}, next_token={repr_short(self.next_token)})"

    def _repr_html_(self) -> str:
        """Return the page as a notebook shows it: a small grid of the first items."""
        more = len(self) - MAX_SHOWN
        return grid(self.items[:MAX_SHOWN], f"and {more} more" if more > 0 else "")


def grid(items: Iterable[object], note: str = "") -> str:
    """Return items side by side as HTML, and a note behind them."""
    cells = [_cell(item) for item in items] or ["<div>no items</div>"]
    if note:
        cells.append(f"<div>{escape(note)}</div>")
    return f'<div style="display:flex;flex-wrap:wrap">{"".join(cells)}</div>'


def _cell(item: object) -> str:
    as_html = getattr(item, "_repr_html_", None)
    return str(as_html()) if as_html else f"<div><code>{escape(repr_short(item))}</code></div>"
