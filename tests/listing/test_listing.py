"""The arguments of `list` and `list_v1`: checked, compared, and as requests of the service."""

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from cfimages.errors import FilterError, InvalidArgumentError
from cfimages.listing.listing import Listing
from cfimages.listing.numbered import NumberedListing
from cfimages.listing.position import Position
from cfimages.listing.window import UploadWindow
from cfimages.models.shape import ShapeError
from cfimages_api import models
from cfimages_api.api.images import list_images_v1, list_images_v2

NOV = datetime(2026, 11, 1, tzinfo=UTC)


def params(listing: Listing | NumberedListing, token: str | None = None) -> list[dict[str, Any]]:
    """The query of a page of each part, as the generated code makes it."""
    endpoints = {"list_images_v2": list_images_v2, "list_images_v1": list_images_v1}
    return [endpoints[part.endpoint]._get_kwargs("acc", **part.arguments(token))["params"] for part in listing.parts]


def test_without_arguments_every_image_is_listed() -> None:
    assert params(Listing()) == [{"sort_order": "desc", "per_page": 1000}]
    assert params(Listing(), "t") == [{"sort_order": "desc", "per_page": 1000, "continuation_token": "t"}]
    assert Listing().descending
    assert Listing().parts[0].window is None


def test_every_argument_goes_where_it_belongs() -> None:
    listing = Listing(
        meta={"status": "active", "priority": {"gte": 2}},
        creator="ada",
        sort_order="asc",
        per_page=7,
        uploaded_since="2026-11-01",
        uploaded_before=date(2026, 11, 2),
    )
    assert params(listing) == [
        {
            "meta.status[eq:string]": "active",
            "meta.priority[gte:number]": "2",
            "creator": "ada",
            "sort_order": "asc",
            "per_page": 7,
        }
    ]
    assert not listing.descending
    assert listing.parts[0].window == UploadWindow(NOV, NOV + timedelta(days=1))


def test_an_empty_creator_stands_for_images_without_one() -> None:
    assert params(Listing(creator="")) == [{"creator": "", "sort_order": "desc", "per_page": 1000}]


def test_several_creators_and_more_than_ten_values_are_several_parts() -> None:
    listing = Listing(meta={"n": {"in": list(range(12))}}, creator=["ada", "", "ada"])
    asked = [(query["meta.n[in:number]"], query["creator"]) for query in params(listing)]
    first, second = "|".join(map(str, range(10))), "10|11"
    assert asked == [(first, "ada"), (first, ""), (second, "ada"), (second, "")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"creator": 5}, "creator=5: must be a string or a non-empty list of strings"),
        ({"creator": []}, "creator=[]: must be a string or a non-empty list of strings"),
        ({"creator": ()}, "creator=(): must be a string or a non-empty list of strings"),
        ({"creator": b"ab"}, "creator=b'ab': must be a string or a non-empty list of strings"),
        ({"creator": {"a"}}, "creator={'a'}: must be a string or a non-empty list of strings"),
        (
            {"creator": ["a", 5]},
            "creator=['a', 5]: must contain only strings (\"\" stands for images without a creator)",
        ),
        ({"creator": "\ud800"}, "creator='\\ud800': not valid Unicode text: surrogates not allowed"),
        ({"creator": ["\ud800"]}, "creator='\\ud800': not valid Unicode text: surrogates not allowed"),
        ({"sort_order": "newest"}, "sort_order='newest': must be one of 'asc', 'desc'"),
        ({"per_page": 0}, "per_page=0: must be a whole number, from 1 to 10,000"),
        ({"per_page": 10_001}, "per_page=10001: must be a whole number, from 1 to 10,000"),
        ({"per_page": True}, "per_page=True: must be a whole number, from 1 to 10,000"),
        ({"per_page": "10"}, "per_page='10': must be a whole number, from 1 to 10,000"),
        ({"uploaded_since": 5}, "uploaded_since=5: must be a datetime, a date or a string such as '2026-11-01'"),
        ({"uploaded_since": datetime(2026, 1, 1)}, "has no time zone: use datetime.now(UTC), or add tzinfo"),  # noqa: DTZ001
        ({"uploaded_before": "soon"}, "uploaded_before='soon': not a date: "),
        (
            {"uploaded_since": "2026-11-01", "uploaded_before": "2026-11-01"},
            "uploaded_since='2026-11-01' is not before uploaded_before='2026-11-01'",
        ),
    ],
)
def test_a_bad_argument_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Listing(**arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({}, "meta is empty"),
        ([], "meta=[]: must be a mapping"),
        ({"a": {"in": "bcd"}}, "meta['a']['in']='bcd': must be a list or tuple"),
        ({"a": {"in": []}}, "meta['a']['in'] has no values"),
        ({"a": {"in": [*range(10), "x"]}}, "must be all strings or all numbers"),
        ({"a": {"in": [*range(10), None]}}, "meta['a']['in']=None"),
        (dict.fromkeys("abcdef", 1), "meta has 6 conditions"),
    ],
)
def test_a_bad_filter_is_refused(meta: Any, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        Listing(meta=meta)
    assert message in str(caught.value)


def test_listings_are_equal_if_they_ask_for_the_same() -> None:
    one = Listing(meta={"a": {"in": ["x"]}}, creator="ada", uploaded_since="2026-11-01")
    same = Listing(meta={"a": {"in": ("x",)}}, creator=["ada"], uploaded_since=NOV, sort_order="desc")
    assert one == same
    assert hash(one) == hash(same)
    others = [
        Listing(creator="ada"),
        attrs.evolve(one, sort_order="asc"),
        attrs.evolve(one, per_page=10),
        attrs.evolve(one, uploaded_since="2026-11-02"),
        attrs.evolve(one, meta={"a": "x"}),
    ]
    assert len({one, same, *others}) == 6


def test_what_is_given_can_be_changed_afterwards() -> None:
    values, creators = ["x"], ["ada"]
    meta: dict[str, Any] = {"a": {"in": values}}
    listing = Listing(meta=meta, creator=creators)
    before = listing.to_json()
    values.append("y")
    creators.append("grace")
    meta["b"] = 1
    assert listing.to_json() == before
    assert Listing.from_json(before) == listing
    with pytest.raises(TypeError, match="is read-only"):
        listing.meta["b"] = 1  # type: ignore[index]  # that is what is tested
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        listing.per_page = 5  # type: ignore[misc]  # as above


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"meta": {"a": "x", "b": {"in": (1, 2.5), "gt": 1}, "c.d": True}, "creator": ["ada", ""]},
        {"creator": "", "sort_order": "asc", "per_page": 1},
        {"uploaded_since": "1 Nov 2026", "uploaded_before": NOV.max.replace(tzinfo=UTC)},
        {"uploaded_since": date(2026, 11, 1)},
    ],
)  # fmt: skip
def test_a_listing_survives_json(arguments: dict[str, Any]) -> None:
    listing = Listing(**arguments)
    saved = listing.to_json()
    assert Listing.from_json(json.loads(json.dumps(saved))) == listing
    assert set(saved) == {"sort_order", "per_page", *arguments}


def test_a_copy_asks_for_the_same() -> None:
    listing = Listing(meta={"a": "x"}, creator=["ada", ""])
    for copied in (copy.deepcopy(listing), pickle.loads(pickle.dumps(listing))):
        assert copied == listing
        assert params(copied) == params(listing)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^'limit': is not an argument of list$"):
        Listing.from_json({"limit": 5})


def test_the_arguments_are_shown_as_a_call_has_them() -> None:
    listing = Listing(creator=["ada", "grace"], uploaded_since="2026-11-01")
    assert listing.repr_arguments() == (
        "creator=('ada', 'grace'), sort_order='desc', per_page=1000, uploaded_since='2026-11-01'"
    )
    assert (listing.method, NumberedListing().method) == ("list", "list_v1")
    assert NumberedListing().repr_arguments() == "page=1, per_page=100"


def test_a_part_is_the_same_from_the_other_end() -> None:
    (part,) = Listing(creator="ada", uploaded_since="2026-11-01").parts
    other = part.reversed()
    assert other
    assert other.arguments(None) == {**part.arguments(None), "sort_order": "asc"}
    assert (other.descending, other.window) == (False, UploadWindow(NOV, None))
    assert other.reversed() == part
    assert hash(other.reversed()) == hash(part)
    assert other != part


def result_of(**result: Any) -> models.ImageListV2:
    return models.ImageListV2.from_dict(result)


def test_a_part_reads_a_page() -> None:
    (part,) = Listing().parts
    page = part.read(result_of(images=[{"id": "a"}, {"id": "b"}], continuation_token="u", total=2), "t")
    assert [image.id for image in page] == ["a", "b"]
    assert (page.token, page.next_token, page.extra) == ("t", "u", {"total": 2})


@pytest.mark.parametrize("end", [{}, {"continuation_token": None}, {"continuation_token": ""}])
def test_no_token_is_the_end(end: dict[str, Any]) -> None:
    page = Listing().parts[0].read(result_of(images=[], **end), None)
    assert (page.items, page.token, page.next_token) == ((), None, None)


@pytest.mark.parametrize(
    "result", [{"images": [{"id": "a"}, {}]}, {"images": [{"id": 5}]}, {"images": [], "continuation_token": 5}]
)
def test_a_page_of_another_shape_is_an_error(result: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        Listing().parts[0].read(result_of(**result), None)


def test_tokens_are_checked() -> None:
    several = Listing(creator=["a", "b"])
    for listing in (Listing(), several, NumberedListing()):
        listing.check_token(None)
        with pytest.raises(InvalidArgumentError, match=r"^token=''"):
            listing.check_token("")
    Listing().check_token("t")
    with pytest.raises(InvalidArgumentError, match="is not a token of this listing, which consists of 2"):
        several.check_token("t")


def test_a_token_after_a_place_is_one_of_the_listing() -> None:
    assert Listing().token_after(Position()) is Listing(creator=["a", "b"]).token_after(Position()) is None
    place = Position(None, NOV, frozenset({"x"}))
    assert Position.parse(Listing().token_after(place)) == place
    several = Listing(creator=["a", "b"])
    several.check_token(several.token_after(place))


# Numbered pages


def test_numbered_pages() -> None:
    listing = NumberedListing(creator="", page=3, per_page=10_000)
    assert params(listing) == [{"creator": "", "page": 3, "per_page": 10_000}]
    assert params(listing, "7") == [{"creator": "", "page": 7, "per_page": 10_000}]
    assert params(NumberedListing()) == [{"page": 1, "per_page": 100}]
    (part,) = listing.parts
    assert part.window is None
    assert part.arguments(None)["creator"] == ""
    assert NumberedListing() == NumberedListing(page=1)
    assert len({NumberedListing(), NumberedListing(page=1), NumberedListing(page=2)}) == 2


def numbered_result(images: list[Mapping[str, Any]]) -> models.ImageListV1:
    return models.ImageListV1.from_dict({"images": images, "total": 5})


def test_a_numbered_page_is_followed_by_the_next_number_until_one_is_empty() -> None:
    (part,) = NumberedListing(page=3).parts
    first = part.read(numbered_result([{"id": "a"}]), None)
    assert ([image.id for image in first], first.token, first.next_token) == (["a"], None, "4")
    assert first.extra == {"total": 5}
    last = part.read(numbered_result([]), "4")
    assert (last.items, last.token, last.next_token) == ((), "4", None)
    with pytest.raises(ShapeError):
        part.read(numbered_result([{}]), None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"creator": 5}, "creator=5: must be a string"),
        ({"page": 0}, "page=0: must be a whole number, 1 or more"),
        ({"per_page": 0}, "per_page=0: must be a whole number, from 1 to 10,000"),
        ({"per_page": 10_001}, "per_page=10001: must be a whole number, from 1 to 10,000"),
    ],
)
def test_a_bad_argument_of_numbered_pages_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        NumberedListing(**arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("token", ["", "0", "-1", "1.5", "x", " 1", "٣", "1" * 19, 5])
def test_the_tokens_of_numbered_pages_are_numbers(token: Any) -> None:
    listing = NumberedListing()
    for check in (listing.check_token, listing.parts[0].arguments):
        with pytest.raises(InvalidArgumentError) as caught:
            check(token)
        assert str(caught.value) == f"token={token!r}: must be a page number, as list_v1 gives it"
    listing.check_token("12")
