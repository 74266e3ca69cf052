"""The frame of every page of the console."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from cfimages.sandbox.console.html import Html, h, join

_PAGES = (("/", "Overview"), ("/console/log", "Requests"), ("/console/faults", "Faults"))


class Page(NamedTuple):
    """A page of the console, before it is written."""

    title: str
    content: tuple[object, ...]
    here: str = ""
    """Its address, if it is in the navigation."""
    message: str = ""


def page(title: str, *content: object, here: str = "", message: str = "") -> Page:
    """Return a page."""
    return Page(title, content, here, message)


def written(made: Page, *, logout: bool = False) -> str:
    """Return the HTML of a page, with a button to log out if wanted."""
    title, content, here, message = made
    links = [h("a", name, href=path, aria_current="page" if path == here else None) for path, name in _PAGES]
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", f"{title} · cfimages sandbox"),
        h("link", rel="stylesheet", href="/console/style.css"),
        h("script", src="/console/script.js", defer=True),
    )
    leave = h("form", h("button", "Log out", type="submit"), method="post", action="/console/logout")
    note = h("p", message, role="status", class_="note") if message else None
    body = h(
        "body",
        h("a", "Skip to content", href="#content", class_="skip"),
        h("header", h("strong", "cfimages sandbox"), h("nav", links, aria_label="Main"), leave if logout else None),
        h(
            "main",
            h("h1", title),
            note,
            content,
            id="content",
        ),
    )
    return f"<!DOCTYPE html>{h('html', head, body, lang='en')}"


def address(path: str, **query: str | int | None) -> str:
    """Return an address within the console."""
    given = {name: value for name, value in query.items() if value is not None and value != ""}
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path


def table(caption: str, headings: Iterable[str], rows: Iterable[Html], **attributes: str) -> Html:
    """Return a table, which scrolls by itself where it is too wide."""
    head = h("thead", h("tr", [h("th", heading, scope="col") for heading in headings]))
    inner = h("table", h("caption", caption), head, h("tbody", rows, **attributes))
    return h("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def fields(pairs: Mapping[str, object]) -> Html:
    """Return a list of names and values."""
    return h("dl", [join((h("dt", name), h("dd", value))) for name, value in pairs.items()])


def as_json(content: Any) -> Html:
    """Return indented JSON. Text is shown as it is."""
    text = content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)
    return h("pre", text, tabindex="0")


def labelled(label: str, control: Html) -> Html:
    """Return a control with its label around it."""
    return h("label", h("span", label), control)


def tick(name: str, label: str, ticked: bool) -> Html:
    """Return a box to tick."""
    return h("label", h("input", type="checkbox", name=name, value="1", checked=ticked), f" {label}")


def choice(name: str, values: Iterable[str], chosen: str) -> Html:
    """Return a list to choose from."""
    return h("select", [h("option", value, value=value, selected=value == chosen) for value in values], name=name)


def copied(text: str, label: str) -> Html:
    """Return text that can be selected, with a button that copies it (shown where scripts run)."""
    return h(
        "span",
        h("input", value=text, readonly=True, aria_label=label),
        h("button", "Copy", type="button", data_copy=True, hidden=True, aria_label=f"Copy {label}"),
        class_="copy",
    )
