"""Images and listings as a notebook shows them."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from cfimages.arguments import repr_short
from cfimages.delivery.urls import PATTERN
from cfimages.errors import CloudflareImagesError
from cfimages.models.image import Image

MAX_CELLS = 24
"""Number of items of a page that a notebook displays."""


def image_card(image: Image) -> str:
    """Return an image as HTML: a thumbnail and its fields.

    A private image and a draft have no thumbnail, so that nothing is fetched for them. All text is escaped.
    """
    fields = {
        "filename": image.filename,
        "uploaded": f"{image.uploaded:%Y-%m-%d %H:%M:%S %Z}" if image.uploaded else None,
        "creator": image.creator,
        "private": "yes" if image.require_signed_urls else None,
        "draft": "yes" if image.draft else None,
    } | {f"meta.{name}": str(value) for name, value in image.meta.items()}
    rows = "".join(
        f'<tr><th style="text-align:left">{_text(name)}</th><td style="text-align:left">{_text(value)}</td></tr>'
        for name, value in fields.items()
        if value is not None
    )
    return (
        '<div style="display:inline-block;vertical-align:top;margin:4px">'
        f"{_thumbnail(image)}<div><code>{_text(image.id)}</code></div><table>{rows}</table></div>"
    )


def _thumbnail(image: Image) -> str:
    url = None if image.require_signed_urls or image.draft else _public_url(image.variants)
    if url is None:
        return ""
    return (
        f'<img src="{_text(url)}" alt="{_text(image.id)}" loading="lazy" referrerpolicy="no-referrer"'
        ' style="max-width:160px;max-height:160px">'
    )


def _text(text: str) -> str:
    """Return text for HTML, also what no page can hold: lone surrogates."""
    return escape(text.encode(errors="replace").decode())


def _public_url(variants: Iterable[object]) -> str | None:
    """Return the delivery URL of the variant `public`, else the first one, else None."""
    urls = [url for url in variants if isinstance(url, str) and PATTERN.fullmatch(url)]
    return next((url for url in urls if url.endswith("/public")), urls[0] if urls else None)


def grid(items: Iterable[object], note: str = "") -> str:
    """Return items side by side as HTML, and a note behind them."""
    cells = [_cell(item) for item in items] or ["<div>no items</div>"]
    if note:
        cells.append(as_text(note))
    return f'<div style="display:flex;flex-wrap:wrap">{"".join(cells)}</div>'


def as_text(text: str) -> str:
    """Return text as HTML of its own."""
    return f"<div>{_text(text)}</div>"


def _cell(item: object) -> str:
    as_html = getattr(item, "_repr_html_", None)
    return str(as_html()) if as_html else f"<div><code>{escape(repr_short(item))}</code></div>"


def listing_html(begin: Callable[[], Any], described: str) -> str:
    """Return a listing as HTML: a grid of the items of its first page, or the error as text."""
    try:
        with begin() as pages:
            page = next(pages)
    except CloudflareImagesError as error:
        return as_text(f"{type(error).__name__}: {error}")
    if page.next_token is None and len(page) <= MAX_CELLS:
        return grid(page.items)
    shown = page.items[:MAX_CELLS]
    return grid(shown, f"the first {len(shown)} of {described}" if shown else f"none on the first page of {described}")
