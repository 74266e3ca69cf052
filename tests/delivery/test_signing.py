"""Signed URLs: what is signed is what arrives, and no error shows a secret."""

import hashlib
import hmac
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from delivery_urls import BASE, domains, hashes, ids, names, refusal
from hypothesis import given
from hypothesis import strategies as st

from cfimages import InvalidArgumentError, delivery_url, sign_url

KEY = "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5="
SIGNED = "https://imagedelivery.net/cheeW4oKsx5ljh8e8BoL2A/bc27a117-9509-446b-8c69-c81bfeac0a01/mobile"
END = datetime.fromtimestamp(1631289275, UTC)
NOW = END - timedelta(hours=1)


def test_a_signature_without_expiry_covers_the_path() -> None:
    assert sign_url(SIGNED, KEY) == f"{SIGNED}?sig=f650d16a54309cc5560ccf74ba805cd33c92ba5edaa7f09abeebfaf7e3f5895e"


@pytest.mark.parametrize(
    "expiry",
    [
        END,
        END.astimezone(timezone(timedelta(hours=2))),
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


@pytest.mark.parametrize("name", ["expiry", "now"])
def test_a_time_without_a_zone_is_refused(name: str) -> None:
    naive = END.replace(tzinfo=None)
    text = refusal(sign_url, SIGNED, KEY, **{"expiry": END, "now": NOW, name: naive})
    assert text.startswith(f"{name}={naive!r}: has no time zone: use datetime.now(UTC), or add tzinfo")


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


FLEXIBLE = "variant: flexible options cannot be signed: private images are delivered in named variants only"
SIGNED_ALREADY = "url: already has a signature or an expiry: sign the URL without them"
QUERY = "url: has a query, but only the path and the expiry are signed"
NO_URL = "url: not a delivery URL, https://<host>/<account hash>/<image id>/<variant>, such as image.variants[0]"
ENCODE = "url: has characters that clients percent-encode: encode them first, as delivery_url does"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"{SIGNED}?sig=abc", SIGNED_ALREADY),
        (f"{SIGNED}?exp=1", SIGNED_ALREADY),
        (f"{SIGNED}?a=1&exp=1", SIGNED_ALREADY),
        (f"{SIGNED}?a=1", QUERY),
        (f"{SIGNED}?sign=1", QUERY),
        (f"{SIGNED}?design=1&asig=1", QUERY),
        (f"{SIGNED}?a?sig=1", QUERY),
        pytest.param(f"{SIGNED}{'?' * 1_000_000}", QUERY, id="a million question marks"),
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


@pytest.mark.parametrize("url", ["", f"{SIGNED}?a=1", SIGNED])
def test_no_local_variable_shows_the_key(url: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        sign_url(url, KEY, expiry="soon")
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    ours = [frame for frame in frames if "/cfimages/" in frame.filename]
    assert ours
    assert all(KEY not in text for frame in ours for text in (frame.locals or {}).values())


@pytest.mark.parametrize("url", ["", KEY, f"{SIGNED}?sig={KEY}", f"{BASE}/{KEY} /public"])
@pytest.mark.parametrize("expiry", [None, "soon", "2000-01-01", 5])
def test_no_error_shows_the_key(url: str, expiry: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        sign_url(url, KEY, expiry=expiry)
    assert KEY not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("expiry", ["2021-09-10T15:54:35Z", timedelta(0), timedelta(-1), END - timedelta(days=1)])
def test_an_expiry_that_has_passed_is_refused(expiry: Any) -> None:
    assert refusal(sign_url, SIGNED, KEY, expiry=expiry, now=END) == f"expiry={expiry!r}: has passed"


@pytest.mark.parametrize(
    ("arguments", "name"), [({"expiry": 60}, "expiry"), ({"expiry": END, "now": 5}, "now"), ({"expiry": ""}, "expiry")]
)
def test_a_time_that_is_none_is_refused_by_its_name(arguments: dict[str, Any], name: str) -> None:
    assert refusal(sign_url, SIGNED, KEY, **arguments).startswith(f"{name}=")
