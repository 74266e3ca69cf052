"""Delivery URLs: every id in its place and nowhere else."""

from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from delivery_urls import BASE, HASH, domains, hashes, ids, names, refusal
from hypothesis import given
from hypothesis import strategies as st

from cfimages import InvalidArgumentError, account_hash_of, delivery_url
from cfimages.delivery.urls import base_in

ACCOUNT = "0123456789abcdef" * 2


class Name(StrEnum):
    THUMB = "thumb"


@pytest.mark.parametrize(
    ("id", "variant", "domain", "rest"),
    [
        ("logo", "public", None, "logo/public"),
        ("083eb7b2-5392-4565-b69e-aff66acddd00", "thumb9", None, "083eb7b2-5392-4565-b69e-aff66acddd00/thumb9"),
        ("logo", Name.THUMB, None, "logo/thumb"),
        ("logo", "a" * 99, None, "logo/" + "a" * 99),
        ("a/b/c.png", "public", None, "a/b/c.png/public"),
        ("a//b", "public", None, "a//b/public"),
        ("50%", "public", None, "50%25/public"),
        ("50%25", "public", None, "50%2525/public"),
        ("%2e%2e/a", "public", None, "%252e%252e/a/public"),
        ("a b?c#d;e\\f", "public", None, "a%20b%3Fc%23d%3Be%5Cf/public"),
        ("é/日本", "public", None, "%C3%A9/%E6%97%A5%E6%9C%AC/public"),
        ("a\r\nb", "public", None, "a%0D%0Ab/public"),
        ("https://evil.example/x", "public", None, "https%3A//evil.example/x/public"),
        ("a.b/.c/...", "public", None, "a.b/.c/.../public"),
        ("~a-b_c", "public", None, "~a-b_c/public"),
    ],
)
def test_a_delivery_url(id: str, variant: str, domain: str | None, rest: str) -> None:
    assert delivery_url(HASH, id, variant, domain=domain) == f"{BASE}/{rest}"
    own = delivery_url(HASH, id, variant, domain="img-1.example.com")
    assert own == f"https://img-1.example.com/cdn-cgi/imagedelivery/{HASH}/{rest}"


def test_the_variant_is_public_if_none_is_named() -> None:
    assert delivery_url(HASH, "logo") == f"{BASE}/logo/public"


NAME = "must be letters A-Z and digits, at most 99 of them, or a mapping of options"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"account_hash": ""}, "account_hash='': must be letters A-Z, digits, - and _"),
        ({"account_hash": "a/b"}, "account_hash='a/b': must be letters A-Z, digits, - and _"),
        ({"account_hash": "a\n"}, "account_hash='a\\n': must be letters A-Z, digits, - and _"),
        ({"account_hash": "é"}, "account_hash='é': must be letters A-Z, digits, - and _"),
        ({"account_hash": "cdn-cgi"}, "account_hash='cdn-cgi': must be letters A-Z, digits, - and _"),
        ({"account_hash": None}, "account_hash=None: must be a string, not NoneType"),
        (
            {"account_hash": ACCOUNT},
            f"account_hash='{ACCOUNT}': looks like an account id; the hash is the one in delivery URLs",
        ),
        ({"image_id": ""}, "image_id='': must neither be empty nor begin or end with a slash"),
        ({"image_id": "/a"}, "image_id='/a': must neither be empty nor begin or end with a slash"),
        ({"image_id": "a/"}, "image_id='a/': must neither be empty nor begin or end with a slash"),
        ({"image_id": "/"}, "image_id='/': must neither be empty nor begin or end with a slash"),
        ({"image_id": ".."}, "image_id='..': would address something else, as a part of it is . or .."),
        ({"image_id": "a/../b"}, "image_id='a/../b': would address something else, as a part of it is . or .."),
        ({"image_id": "a/."}, "image_id='a/.': would address something else, as a part of it is . or .."),
        ({"image_id": "\ud800"}, "image_id='\\ud800': not valid Unicode text: surrogates not allowed"),
        ({"image_id": 5}, "image_id=5: must be a string, not int"),
        ({"variant": ""}, f"variant='': {NAME}"),
        ({"variant": "a-b"}, f"variant='a-b': {NAME}"),
        ({"variant": "w=5"}, f"variant='w=5': {NAME}"),
        ({"variant": {}}, "variant={}: must be a name or a mapping of options, with at least one"),
        ({"variant": None}, "variant=None: must be a name or a mapping of options, with at least one"),
        ({"variant": ["width"]}, "variant=['width']: must be a name or a mapping of options, with at least one"),
    ],
)  # fmt: skip
def test_what_would_be_another_address_is_refused(arguments: dict[str, Any], message: str) -> None:
    assert refusal(delivery_url, **{"account_hash": HASH, "image_id": "logo", **arguments}) == message


def test_a_name_beyond_99_characters_is_refused() -> None:
    assert NAME in refusal(delivery_url, HASH, "logo", "a" * 100)


@pytest.mark.parametrize(
    "domain",
    ["", "https://example.com", "example.com/", "example.com/a", "me@example.com", "example.com:8080", "example.com.",
     ".example.com", "a..b", "-a.example", "a-.example", "localhost", "127.0.0.1", "1.2", "a.0x7f", "[::1]",
     "exämple.com", "a b.com", "example.com\n", "example.com?a", "example.com#a", "example.com\\a", "a_b.com",
     "a" * 64 + ".com", "a." * 126 + "com"],
)  # fmt: skip
def test_a_domain_is_a_host_name_alone(domain: str) -> None:
    text = refusal(delivery_url, HASH, "logo", domain=domain)
    assert text.startswith("domain=")
    assert text.endswith(": must be a host name alone, such as images.example.com")


def test_a_domain_is_text() -> None:
    assert refusal(delivery_url, HASH, "logo", domain=5) == "domain=5: must be a string, not int"


@pytest.mark.parametrize(
    "domain", ["example.com", "a.b", "xn--bcher-kva.example", "EXAMPLE.com", "a" * 63 + ".c0-m", "1.2.example"]
)
def test_a_host_name_is_taken_as_it_is(domain: str) -> None:
    assert delivery_url(HASH, "a", domain=domain) == f"https://{domain}/cdn-cgi/imagedelivery/{HASH}/a/public"


@given(hashes, ids, names, domains)
def test_any_id_stays_in_its_place(hash: str, id: str, variant: str, domain: str | None) -> None:
    url = delivery_url(hash, id, variant, domain=domain)
    split = urlsplit(url)
    assert (split.scheme, split.netloc, split.query, split.fragment) == ("https", domain or "imagedelivery.net", "", "")
    assert "?" not in url
    assert "#" not in url
    own = split.path.removeprefix("/cdn-cgi/imagedelivery") if domain else split.path
    assert [unquote(part, errors="strict") for part in own.split("/")] == ["", hash, *id.split("/"), variant]
    assert account_hash_of(url) == hash
    sent = httpx.URL(url)  # what a client makes of it
    assert (sent.host, sent.raw_path.decode()) == (split.netloc, split.path)


@given(st.text(), st.text(), st.text(), st.none() | st.text())
def test_no_input_changes_the_host(hash: str, id: str, variant: str, domain: str | None) -> None:
    try:
        url = delivery_url(hash, id, variant, domain=domain)
    except InvalidArgumentError:
        return
    assert urlsplit(url).netloc == (domain or "imagedelivery.net")


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}/logo/public",
        f"{BASE}/a/b/c/public",
        f"{BASE}/logo/width=400,sharpen=3",
        f"{BASE}/logo/public?exp=1&sig=2",
        f"{BASE}/logo/public#top",
        f"HTTPS://imagedelivery.net/{HASH}/logo/public",
        f"http://127.0.0.1:8787/{HASH}/logo/public",
        f"http://[::1]:8787/{HASH}/logo/public",
        f"https://example.com/cdn-cgi/imagedelivery/{HASH}/a/b/public",
        f"https://imagedelivery.net/{HASH}/cdn-cgi/imagedelivery/x/public",
    ],
)
def test_the_account_hash_of_a_delivery_url(url: str) -> None:
    assert account_hash_of(url) == HASH


@pytest.mark.parametrize(
    "url",
    ["", HASH, "https://", "https://imagedelivery.net", "https://imagedelivery.net/", BASE, f"{BASE}/public",
     f"{BASE}//", f"//imagedelivery.net/{HASH}/a/public", f"ftp://imagedelivery.net/{HASH}/a/public",
     f"/{HASH}/a/public", f"https://example.com/cdn-cgi/imagedelivery/{HASH}/public",
     "https://example.com/cdn-cgi/image/w=4/a.png",
     f"https://me@imagedelivery.net/{HASH}/a/public", f"https://imagedelivery.net?/{HASH}/a/public",
     "https://imagedelivery.net/a%2Fb/c/public", f"https://imagedelivery.net//{HASH}/a/public", f" {BASE}/a/public",
     None, 5, b"https://imagedelivery.net/h/a/public"],
)  # fmt: skip
def test_what_is_no_delivery_url_has_no_account_hash(url: Any) -> None:
    assert refusal(account_hash_of, url) == (
        "url: not a delivery URL, https://<host>/<account hash>/<image id>/<variant>, such as image.variants[0]"
    )


def test_the_first_delivery_url_counts() -> None:
    assert base_in([]) is None
    assert base_in([None, "x", f"{BASE}/a/public", "https://imagedelivery.net/other/a/public"]) == BASE
