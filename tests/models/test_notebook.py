"""What a notebook shows: thumbnails of public images, fields, and no markup of anybody else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages import Image, Pager
from cfimages.listing.page import Page
from cfimages.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


HERO = "https://imagedelivery.net/h/a/hero"
PUBLIC = "https://imagedelivery.net/h/a/public"


class Parsed(HTMLParser):
    """The tags, the sources of pictures and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.sources: list[str | None] = []
        self.texts: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.sources += [value for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


TAGS = {"div", "img", "code", "table", "tr", "th", "td"}
ATTRIBUTES = {"style", "src", "alt", "loading", "referrerpolicy"}


def shown(thing: Image | Page[object] | Pager[Image]) -> Parsed:
    parsed = Parsed(thing._repr_html_() or "")
    assert parsed.tags <= TAGS
    assert parsed.attributes <= ATTRIBUTES
    return parsed


def test_an_image_shows_its_thumbnail_and_its_fields() -> None:
    image = Image("a", "a.png", {"status": "active", "n": {"x": 1}}, "me", datetime(2026, 11, 1, tzinfo=UTC),
                  variants=[HERO, PUBLIC])  # fmt: skip
    parsed = shown(image)
    assert parsed.sources == [PUBLIC]
    assert parsed.texts == [
        "a", "filename", "a.png", "uploaded", "2026-11-01 00:00:00 UTC", "creator", "me",
        "meta.status", "active", "meta.n", "{'x': 1}",
    ]  # fmt: skip


def test_without_the_variant_public_the_first_is_the_thumbnail() -> None:
    assert shown(Image("a", variants=[HERO, f"{HERO}2"])).sources == [HERO]


@pytest.mark.parametrize(
    "image",
    [
        Image("a", require_signed_urls=True, variants=[PUBLIC]),
        Image("a", draft=True, variants=[PUBLIC]),
        Image("a"),
        Image("a", variants=["javascript:alert(1)", "data:image/png,x", "//evil.example/a", "https://evil.example/"]),
        Image("a", variants=[None, 5]),  # type: ignore[list-item]  # as a service could send them
    ],
    ids=["private", "draft", "no variants", "no delivery URLs", "no text"],
)
def test_nothing_is_fetched_for_an_image_that_is_not_public(image: Image) -> None:
    parsed = shown(image)
    assert parsed.sources == []
    assert "img" not in parsed.tags
    assert ("private" in parsed.texts) is image.require_signed_urls
    assert ("draft" in parsed.texts) is image.draft


EVIL = (
    st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'", "&lt;", "\ud800"]) | st.text()
)


@given(
    EVIL,
    EVIL,
    EVIL,
    st.dictionaries(EVIL, EVIL | st.lists(EVIL), max_size=2),
    st.lists(EVIL.map(f"{HERO}/{{}}".format)),
)
def test_no_field_becomes_markup(
    id: str, filename: str, creator: str, meta: dict[str, object], variants: list[str]
) -> None:
    image = Image(id, filename, meta, creator, variants=variants)
    image._repr_html_().encode()
    parsed = shown(image)
    assert len(parsed.sources) <= 1
    shown(Page(items=(image,), token=None, next_token=None))


def test_a_page_shows_a_small_grid() -> None:
    items = tuple(Image(str(n), variants=[PUBLIC]) for n in range(30))
    parsed = shown(Page(items=items, token=None, next_token="t"))
    assert len(parsed.sources) == 24
    assert parsed.texts[-1] == "and 6 more"
    assert "and" not in shown(Page(items=items[:24], token=None, next_token=None)).texts[-1]


def test_a_listing_shows_the_first_items(sandbox: Sandbox) -> None:
    sandbox.fill("one", 30)
    sandbox.add(account="private", id="a", require_signed_urls=True, metadata={"<b>": "<script>"})
    with sandbox.client("one") as images, sandbox.client("private") as private:
        parsed = shown(images.list(sort_order="asc"))
        assert (parsed.texts[0], len(parsed.sources)) == ("image-0000000", 24)
        assert parsed.texts[-1] == "the first 24 of Pager(<list(sort_order='asc', per_page=1000)>)"
        assert len(sandbox.requests) == 1
        assert "and" not in shown(images.list(creator="ada").prefetch(2)).texts[-1]
        assert shown(private.list()).sources == []
        assert shown(images.list(creator="nobody")).texts == ["no items"]


@pytest.mark.parametrize("options", [{}, {"per_page": 10}, {"meta": {"status": "active"}, "per_page": 10}])
def test_a_listing_asks_for_one_page_and_stays_as_it_is(sandbox: Sandbox, options: dict[str, Any]) -> None:
    sandbox.fill("sandbox", 100)
    with sandbox.client() as images:
        plain = images.list(**options)
        for pager in (plain, plain.prefetch(3), plain.concurrent(2)):
            walk = plain.pages()
            first = next(walk)
            asked, described = len(sandbox.requests), repr(pager)
            assert shown(pager).texts[0] == first.items[0].id
            assert len(sandbox.requests) == asked + 1
            assert repr(pager) == described
            assert [page.token for page in walk][:1] == ([first.next_token] if first.next_token else [])


def test_a_listing_whose_first_page_is_empty_says_that_there_is_more(sandbox: Sandbox) -> None:
    sandbox.fill("sandbox", 100)
    with sandbox.client() as images:
        pager = images.list(uploaded_before=datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC), per_page=10)
        assert shown(pager).texts[-1].startswith("none on the first page of Pager(<list(")


def test_an_error_is_shown_as_text(sandbox: Sandbox) -> None:
    with sandbox.client(retries=0) as images:
        sandbox.faults.next("GET", "/images/v2", kind="server-error", status=503)
        (text,) = shown(images.list()).texts
        assert text.startswith("ServerError: ")
        assert "503" in text
    (text,) = shown(images.list()).texts
    assert text.startswith("ClientClosedError: ")


def test_an_asynchronous_listing_shows_its_text(sandbox: Sandbox) -> None:
    assert sandbox.async_client().list()._repr_html_() is None
    assert sandbox.requests == ()


def test_a_page_of_nothing_and_of_other_things_is_shown_too() -> None:
    assert shown(Page(items=(), token=None, next_token=None)).texts == ["no items"]
    assert shown(Page(items=("<b>", 5), token=None, next_token=None)).texts == ["'<b>'", "5"]
