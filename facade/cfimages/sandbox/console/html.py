"""HTML that is escaped automatically: only `h` makes markup of text."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"br", "img", "input", "link", "meta"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def h(tag: str, *children: object, **attributes: str | bool | int | None) -> Html:
    """Return an element. All text in it is escaped. None and false attributes are left out.

    >>> h("a", "<b>", href='"x"', class_="wide", hidden=False)
    '<a href="&quot;x&quot;" class="wide">&lt;b&gt;</a>'
    """
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{join(children)}</{tag}>")


def join(children: Iterable[object]) -> Html:
    """Return children one after the other. Text is escaped, markup is not."""
    parts = []
    for child in children:
        if isinstance(child, Html):
            parts.append(str(child))
        elif isinstance(child, str | int | float):
            parts.append(escape(str(child)))
        elif isinstance(child, Iterable):
            parts.append(str(join(child)))
        elif child is not None:
            raise TypeError(f"{type(child).__name__} is neither text nor markup")
    return Html("".join(parts))
