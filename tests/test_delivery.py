"""Delivery URLs: every id in its place and nowhere else, options written as documented, signatures as documented."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages import FlexibleOptions, InvalidArgumentError, account_hash_of, delivery_url, sign_url
from cfimages.delivery import account_hash_in

HASH = "Vi7wi5KSItxGFsWRG2Us6Q"
BASE = f"https://imagedelivery.net/{HASH}"
ACCOUNT = "0123456789abcdef" * 2
KEY = "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5="
SIGNED = "https://imagedelivery.net/cheeW4oKsx5ljh8e8BoL2A/bc27a117-9509-446b-8c69-c81bfeac0a01/mobile"
END = datetime.fromtimestamp(1631289275, UTC)
NOW = END - timedelta(hours=1)


class Name(StrEnum):
    THUMB = "thumb"


def refusal(function: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


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


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"width": 400, "sharpen": 3}, "width=400,sharpen=3"),
        ({"sharpen": 3, "width": 400}, "sharpen=3,width=400"),
        ({"width": "auto", "height": 1}, "width=auto,height=1"),
        ({"fit": "aspect-crop"}, "fit=aspect-crop"),
        ({"gravity": "face", "zoom": 0.5}, "gravity=face,zoom=0.5"),
        ({"gravity": (0, 1)}, "gravity=0x1"),
        ({"gravity": [0.5, 0.33]}, "gravity=0.5x0.33"),
        ({"trim": (20, 30, 20, 0)}, "trim=20;30;20;0"),
        ({"rotate": 90, "flip": "hv", "dpr": 1.5}, "rotate=90,flip=hv,dpr=1.5"),
        ({"format": "baseline-jpeg", "quality": 100}, "format=baseline-jpeg,quality=100"),
        ({"quality": "medium-high", "slow_connection_quality": 50}, "quality=medium-high,slow-connection-quality=50"),
        ({"compression": "fast", "metadata": "none"}, "compression=fast,metadata=none"),
        ({"anim": True}, "anim=true"),
        ({"anim": False}, "anim=false"),
        ({"upscale": "generate", "segment": "foreground"}, "upscale=generate,segment=foreground"),
        ({"background": "red"}, "background=red"),
        ({"background": "#FF00aa"}, "background=%23FF00aa"),
        ({"background": "rgb(240 40 145)"}, "background=rgb%28240%2040%20145%29"),
        ({"background": "hsl(1.5,20%,30%)"}, "background=hsl%281.5%2C20%25%2C30%25%29"),
        ({"blur": 1, "brightness": 0, "contrast": 1.0}, "blur=1,brightness=0,contrast=1"),
        ({"gamma": 0.00001, "saturation": 1e16}, "gamma=0.00001,saturation=10000000000000000"),
        ({"brightness": -0.0}, "brightness=0"),
    ],
)
def test_flexible_options_are_written_in_their_order(options: Any, written: str) -> None:
    assert delivery_url(HASH, "a/b", options) == f"{BASE}/a/b/{written}"


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("width", 0, "must be a whole number, 1 or more"),
        ("width", 1.5, "must be a whole number, 1 or more"),
        ("width", True, "must be a whole number, 1 or more"),
        ("width", None, "must be a whole number, 1 or more"),
        ("width", 10**400, "must be a whole number, 1 or more"),
        pytest.param("width", 10**5000, "must be a whole number, 1 or more", id="10**5000"),
        ("width", "400", "must be one of 'auto', or a number of pixels"),
        ("height", "auto", "must be a whole number, 1 or more"),
        ("fit", "cover,width=5", "must be one of 'scale-down', 'contain', 'cover', "),
        ("fit", None, "must be one of 'scale-down', 'contain', 'cover', "),
        ("gravity", "0.5x0.5", "must be one of 'auto', 'face', "),
        ("gravity", (0.5,), "must be 2 numbers"),
        ("gravity", 0.5, "must be 2 numbers"),
        ("trim", "1;2;3;4", "must be 4 numbers"),
        ("zoom", 1.1, "must be a number from 0 to 1"),
        ("rotate", 45, "must be one of 90, 180, 270"),
        ("quality", 101, "must be a whole number from 1 to 100"),
        ("quality", "best", "must be one of 'high', "),
        ("anim", 1, "must be True or False"),
        ("blur", 0.5, "must be a number from 1 to 250"),
        ("blur", float("nan"), "must be a number from 1 to 250"),
        ("sharpen", "3", "must be a number from 0 to 10"),
        ("gamma", float("inf"), "must be a number, 0 or more"),
        ("gamma", float("nan"), "must be a number, 0 or more"),
        ("contrast", -1, "must be a number, 0 or more"),
        ("background", 5, "must be text, not int"),
        ("background", "\ud800", "not valid Unicode text"),
        ("background", "", "must be a CSS colour: "),
        ("background", "red,width=5", "must be a CSS colour: "),
        ("background", "red/../x", "must be a CSS colour: "),
        ("background", "rgb(0 0 0 / 5)", "must be a CSS colour: "),
        ("background", "%23fff", "must be a CSS colour: "),
        ("background", "red?x", "must be a CSS colour: "),
        ("background", "red\n", "must be a CSS colour: "),
    ],
)
def test_an_option_out_of_bounds_is_refused(option: str, value: Any, why: str) -> None:
    text = refusal(delivery_url, HASH, "logo", {option: value})
    assert text.startswith(f"variant['{option}']=")
    assert f": {why}" in text


def test_a_wrong_item_is_refused_with_its_place() -> None:
    assert refusal(delivery_url, HASH, "a", {"gravity": (0.5, 2)}) == (
        "variant['gravity'][1]=2: must be a number from 0 to 1"
    )
    assert refusal(delivery_url, HASH, "a", {"trim": (1, 2, 3, -1)}) == (
        "variant['trim'][3]=-1: must be a whole number, 0 or more"
    )


@pytest.mark.parametrize("name", ["w", "Width", "slow-connection-quality", "width=5,height", "", 5, ("width",)])
def test_an_unknown_option_is_refused(name: Any) -> None:
    text = refusal(delivery_url, HASH, "logo", {"height": 5, name: 400})
    assert text.startswith(f"variant[{name!r}]: no such option: there are width, height, fit, ")


def test_every_typed_option_and_every_word_is_written() -> None:
    written = {"width": 1, "height": 1, "trim": (0, 0, 0, 0), "anim": True, "background": "red", "blur": 1}
    for option, hint in get_type_hints(FlexibleOptions).items():
        words = [word for part in (hint, *get_args(hint)) for word in get_args(part) if isinstance(word, str | int)]
        for value in words or [written.get(option, 1)]:
            options: Any = {option: value}
            assert delivery_url(HASH, "a", options).startswith(f"{BASE}/a/{option.replace('_', '-')}=")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"account_hash": ""}, "account_hash='': must be letters A-Z, digits, - and _"),
        ({"account_hash": "a/b"}, "account_hash='a/b': must be letters A-Z, digits, - and _"),
        ({"account_hash": "a\n"}, "account_hash='a\\n': must be letters A-Z, digits, - and _"),
        ({"account_hash": "é"}, "account_hash='é': must be letters A-Z, digits, - and _"),
        ({"account_hash": "cdn-cgi"}, "account_hash='cdn-cgi': must be letters A-Z, digits, - and _"),
        ({"account_hash": None}, "account_hash=None: must be text, not NoneType"),
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
        ({"image_id": 5}, "image_id=5: must be text, not int"),
        ({"variant": ""}, "variant='': must be at most 99 letters A-Z and digits, or a mapping of options"),
        ({"variant": "a-b"}, "variant='a-b': must be at most 99 letters A-Z and digits, or a mapping of options"),
        ({"variant": "w=5"}, "variant='w=5': must be at most 99 letters A-Z and digits, or a mapping of options"),
        ({"variant": {}}, "variant={}: must be a name or a mapping of options, with at least one"),
        ({"variant": None}, "variant=None: must be a name or a mapping of options, with at least one"),
        ({"variant": ["width"]}, "variant=['width']: must be a name or a mapping of options, with at least one"),
    ],
)  # fmt: skip
def test_what_would_be_another_address_is_refused(arguments: dict[str, Any], message: str) -> None:
    assert refusal(delivery_url, **{"account_hash": HASH, "image_id": "logo", **arguments}) == message


def test_a_name_beyond_99_characters_is_refused() -> None:
    assert "must be at most 99 letters" in refusal(delivery_url, HASH, "logo", "a" * 100)


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
    assert refusal(delivery_url, HASH, "logo", domain=5) == "domain=5: must be text, not int"


@pytest.mark.parametrize(
    "domain", ["example.com", "a.b", "xn--bcher-kva.example", "EXAMPLE.com", "a" * 63 + ".c0-m", "1.2.example"]
)
def test_a_host_name_is_taken_as_it_is(domain: str) -> None:
    assert delivery_url(HASH, "a", domain=domain) == f"https://{domain}/cdn-cgi/imagedelivery/{HASH}/a/public"


def id_is_possible(id: str) -> bool:
    return not (id[:1] in ("", "/") or id[-1] == "/" or {".", ".."} & set(id.split("/")))


odd = st.text(st.characters(codec="utf-8") | st.sampled_from("%./?#\\:@&=;, \n"), min_size=1, max_size=20)
ids = odd.filter(id_is_possible)
hashes = st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True)
names = st.from_regex(r"[A-Za-z0-9]{1,99}", fullmatch=True)
domains = st.none() | st.sampled_from(["example.com", "img.example.co.uk"])


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


@given(st.dictionaries(st.sampled_from(sorted(get_type_hints(FlexibleOptions))), odd | st.floats() | st.integers()))
def test_no_option_leaves_its_segment(options: Any) -> None:
    try:
        url = delivery_url(HASH, "a", options)
    except InvalidArgumentError:
        return
    written = url.removeprefix(f"{BASE}/a/")
    assert re.fullmatch(r"[a-z-]+=([a-zA-Z0-9.-]|%[0-9A-F]{2})+(,[a-z-]+=([a-zA-Z0-9.-]|%[0-9A-F]{2})+)*", written)
    assert written.count("=") == len(options)


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
    assert account_hash_in([]) is None
    assert account_hash_in([None, "x", f"{BASE}/a/public", "https://imagedelivery.net/other/a/public"]) == HASH


def test_a_signature_without_expiry_covers_the_path() -> None:
    assert sign_url(SIGNED, KEY) == f"{SIGNED}?sig=f650d16a54309cc5560ccf74ba805cd33c92ba5edaa7f09abeebfaf7e3f5895e"


@pytest.mark.parametrize(
    "expiry",
    [
        END,
        END.astimezone(timezone(timedelta(hours=2))),
        END.replace(tzinfo=None),
        END - timedelta(seconds=0.9),  # rounded up
        timedelta(hours=1),
        "2021-09-10T15:54:35Z",
        "10 Sep 2021 15:54:35",
    ],
)
def test_a_signature_covers_the_path_and_the_expiry(expiry: Any) -> None:
    assert sign_url(SIGNED, KEY, expiry=expiry, now=NOW) == (
        f"{SIGNED}?exp=1631289275&sig=72411885ee02134d38662f3e70ac8ff694f408e9d14b05125f6b022c3f403efa"
    )


def test_a_naive_now_is_utc() -> None:
    assert sign_url(SIGNED, KEY, expiry=timedelta(hours=1), now=NOW.replace(tzinfo=None)) == (
        sign_url(SIGNED, KEY, expiry=END, now=NOW)
    )


def test_the_clock_counts_if_no_time_is_given() -> None:
    before = datetime.now(UTC).timestamp()
    end = int(dict(parse_qsl(urlsplit(sign_url(SIGNED, KEY, expiry=timedelta(minutes=1))).query))["exp"])
    assert before + 60 <= end <= datetime.now(UTC).timestamp() + 61


@pytest.mark.parametrize("base", ["http://127.0.0.1:8787", "https://example.com/cdn-cgi/imagedelivery"])
def test_what_is_signed_is_the_path_on_whatever_host(base: str) -> None:
    url = f"{base}/hash/id/public"
    message = urlsplit(url).path.encode()
    assert sign_url(url, KEY) == f"{url}?sig={hmac.new(KEY.encode(), message, hashlib.sha256).hexdigest()}"


@given(hashes, ids, names, domains, st.from_regex("[!-~]+", fullmatch=True), st.none() | st.integers(1, 10**9))
def test_every_signature_verifies(
    hash: str, id: str, variant: str, domain: str | None, key: str, seconds: int | None
) -> None:
    url = delivery_url(hash, id, variant, domain=domain)
    signed = sign_url(url, key, expiry=None if seconds is None else timedelta(seconds=seconds), now=NOW)
    arrived, _, signature = httpx.URL(signed).raw_path.rpartition(b"&sig=" if seconds else b"?sig=")
    assert hmac.new(key.encode(), arrived, hashlib.sha256).hexdigest().encode() == signature
    assert signed.startswith(url + "?")
    assert dict(parse_qsl(urlsplit(signed).query)).get("exp") == (seconds and str(int(NOW.timestamp()) + seconds))


FLEXIBLE = (
    "variant: flexible options do not go with a signature: an image that needs one is delivered in named variants only"
)
SIGNED_ALREADY = "url: has a signature or an expiry already: sign the URL without them"
QUERY = "url: has a query, and what is signed is the path and the expiry alone"
NO_URL = "url: not a delivery URL, https://<host>/<account hash>/<image id>/<variant>, such as image.variants[0]"
ENCODE = "url: has characters that are percent-encoded on the way: encode them first, as delivery_url does"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"{SIGNED}?sig=abc", SIGNED_ALREADY),
        (f"{SIGNED}?exp=1", SIGNED_ALREADY),
        (f"{SIGNED}?a=1&exp=1", SIGNED_ALREADY),
        (f"{SIGNED}?a=1", QUERY),
        (f"{SIGNED}?sign=1", QUERY),
        (f"{SIGNED}?design=1&asig=1", QUERY),
        (f"{SIGNED}?", QUERY),
        (f"{SIGNED}#top", NO_URL),
        (f"{BASE}/../a/public", NO_URL),
        (f"{BASE}/a/./public", NO_URL),
        (f"{BASE}/a/%2E./public", NO_URL),
        (f"{BASE}/public", NO_URL),
        ("", NO_URL),
        (None, NO_URL),
        (f"{BASE}/é/public", ENCODE),
        (f"{BASE}/a b/public", ENCODE),
        (f"{BASE}/a\nb/public", ENCODE),
        (f"{BASE}/a\\b/public", ENCODE),
        (f"{BASE}/100%/public", ENCODE),
        (f"{BASE}/logo/width=400", FLEXIBLE),
        (f"{BASE}/logo/w%3D400", FLEXIBLE),
    ],
)
def test_what_cannot_be_signed_is_refused_with_the_reason(url: Any, message: str) -> None:
    assert refusal(sign_url, url, KEY) == message


@pytest.mark.parametrize("key", ["", " ", "secret key", "secret\n", "sécret", "secr\ud800et", b"secret", None, 5])
def test_a_key_is_text_that_can_be_one_and_is_never_shown(key: Any) -> None:
    message = "key: must be the value of a signing key (key.value): text without spaces, line breaks or accents"
    assert refusal(sign_url, SIGNED, key) == message


@pytest.mark.parametrize("url", ["", KEY, f"{SIGNED}?sig={KEY}", f"{BASE}/{KEY} /public"])
@pytest.mark.parametrize("expiry", [None, "soon", "2000-01-01", 5])
def test_no_error_shows_the_key(url: str, expiry: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        sign_url(url, KEY, expiry=expiry)
    assert KEY not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("expiry", ["2021-09-10T15:54:35Z", timedelta(0), timedelta(-1), END - timedelta(days=1)])
def test_an_expiry_that_is_past_is_refused(expiry: Any) -> None:
    assert refusal(sign_url, SIGNED, KEY, expiry=expiry, now=END) == f"expiry={expiry!r}: is past"


@pytest.mark.parametrize(
    ("arguments", "name"), [({"expiry": 60}, "expiry"), ({"expiry": END, "now": 5}, "now"), ({"expiry": ""}, "expiry")]
)
def test_a_time_that_is_none_is_refused_by_its_name(arguments: dict[str, Any], name: str) -> None:
    assert refusal(sign_url, SIGNED, KEY, **arguments).startswith(f"{name}=")
