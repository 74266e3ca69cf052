"""Limits of files: names, sides and pixels, and that bytes which hold scripts run none."""

import struct

import httpx
import pytest
from pictures import PNG
from sandbox.calls import refused, upload

from cfimages.sandbox.dimensions import dimensions


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\0\0\0\0"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height)


def jpeg(width: int, height: int) -> bytes:
    tables = b"\xff\xe0\0\x04ab\xff\xff\xc4\0\x02"
    return b"\xff\xd8" + tables + b"\xff\xc2\0\x0b\x08" + struct.pack(">HH", height, width)


def webp(kind: bytes, rest: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + rest


def webp_extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def webp_lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def webp_lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height))


def heif(brand: bytes, *sizes: tuple[int, int]) -> bytes:
    boxes = b"".join(b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", *size) for size in sizes)
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + boxes


@pytest.mark.parametrize("make", [png, gif, jpeg, webp_extended, webp_lossless, webp_lossy])
def test_the_size_is_in_the_file(make: object) -> None:
    content = make(640, 480)  # type: ignore[operator]
    assert dimensions(content) == (640, 480)
    assert dimensions(content[:-1]) is None or make is png


def test_the_largest_of_several_counts() -> None:
    assert dimensions(heif(b"avif", (16, 16), (640, 480), (32, 32))) == (640, 480)
    assert dimensions(heif(b"heic")) is None


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", PNG, b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x02\0\0", webp(b"VP8?", b"")]
)
def test_a_file_that_does_not_say_has_no_size(content: bytes) -> None:
    assert dimensions(content) is None


@pytest.mark.parametrize("content", [png(12_001, 1), jpeg(1, 12_001), png(11_000, 9_091), webp_extended(16_000, 6_251)])
def test_too_many_pixels_are_refused(http: httpx.Client, content: bytes) -> None:
    status, code, message = refused(upload(http, content))
    assert (status, code) == (400, 5400)
    assert "pixels" in message


@pytest.mark.parametrize("content", [png(12_000, 1), png(10_000, 10_000), webp_extended(16_000, 1)])
def test_as_many_as_are_allowed_are_taken(http: httpx.Client, content: bytes) -> None:
    assert upload(http, content).status_code == 200


def test_a_direct_upload_has_the_same_limits(http: httpx.Client) -> None:
    url = http.post("/v2/direct_upload").json()["result"]["uploadURL"]
    assert refused(httpx.post(url, files={"file": ("a.png", png(12_001, 1))}))[:2] == (400, 5400)
    assert refused(httpx.post(url, files={"file": ("a" * 256, PNG)}))[:2] == (400, 5400)
    assert httpx.post(url, files={"file": ("a" * 255, PNG)}).status_code == 200


def test_a_file_name_has_a_limit(http: httpx.Client) -> None:
    assert upload(http, name="a" * 255).json()["result"]["filename"] == "a" * 255
    assert refused(upload(http, name="a" * 256)) == (400, 5400, "Bad request: filename must not exceed 255 characters")


@pytest.mark.parametrize("content", [b"<svg><script>alert(1)</script></svg>", b"<html><svg><script>alert(1)</script>"])
def test_bytes_that_hold_scripts_run_none(http: httpx.Client, content: bytes) -> None:
    url = upload(http, content, id="a").json()["result"]["variants"][0]
    for answer in (httpx.get(url), http.get("/v1/a/blob")):
        assert answer.content == content
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["content-security-policy"].endswith("sandbox")
