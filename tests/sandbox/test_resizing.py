"""Images in other sizes and formats, with Pillow and without."""

import io
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox.calls import upload

from cfimages.sandbox import resizing
from cfimages.sandbox.resizing import NOT_INSTALLED, OptionsError, flexible_options

Image = pytest.importorskip("PIL.Image")


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    resizing.load_pillow.cache_clear()
    yield
    resizing.load_pillow.cache_clear()


def picture(size: tuple[int, int] = (400, 200), format: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    """Red on its left half, blue on its right."""
    image = Image.new(mode, size, (255, 0, 0, 255)[: len(mode)])
    image.paste((0, 0, 255, 255)[: len(mode)], (size[0] // 2, 0, *size))
    image.save(file := io.BytesIO(), format, **options)
    return file.getvalue()


def opened(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def flexible(http: httpx.Client, content: bytes, options: str, **headers: str) -> httpx.Response:
    http.patch("/v1/config", json={"flexible_variants": True})
    url = upload(http, content).json()["result"]["variants"][0]
    return httpx.get(url.removesuffix("public") + options, headers=headers)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("w=100", (100, 50)),
        ("height=100", (200, 100)),
        ("w=100,h=100", (100, 50)),
        ("w=800", (400, 200)),
        ("w=800,fit=contain", (800, 400)),
        ("w=100,h=100,fit=cover", (100, 100)),
        ("w=800,h=800,fit=cover", (800, 800)),
        ("w=100,h=100,fit=crop", (100, 100)),
        ("w=800,h=100,fit=crop", (400, 100)),
        ("w=800,h=800,fit=crop", (400, 200)),
        ("w=100,h=100,fit=pad", (100, 100)),
        ("w=100,h=100,fit=squeeze", (100, 100)),
        ("w=auto,h=100", (200, 100)),
        ("quality=50", (400, 200)),
    ],
)
def test_every_fit_gives_the_size_that_it_should(http: httpx.Client, options: str, size: tuple[int, int]) -> None:
    response = flexible(http, picture(), options)
    assert opened(response).size == size
    assert response.headers["content-type"] == "image/png"


def test_gravity_says_which_part_stays(http: httpx.Client) -> None:
    def middle(options: str) -> Any:
        return opened(flexible(http, picture(), f"w=50,h=100,fit=crop,{options}")).convert("RGB").getpixel((25, 50))

    assert middle("gravity=left") == middle("g=0x0.5") == (255, 0, 0)
    assert middle("gravity=right") == (0, 0, 255)


def test_padding_has_the_color_that_is_asked_for(http: httpx.Client) -> None:
    for background, color in (("rgb(1%2C2%2C3)", (1, 2, 3)), ("rgb(1,2,3)", (1, 2, 3)), ("%23FF8000", (255, 128, 0))):
        image = opened(flexible(http, picture(), f"w=100,h=100,fit=pad,background={background}"))
        assert image.convert("RGB").getpixel((50, 5)) == color
    see_through = flexible(http, picture(mode="RGBA"), "w=100,h=100,fit=pad")
    assert opened(see_through).mode == "RGBA"


@pytest.mark.parametrize(
    ("options", "accept", "kind"),
    [
        ("f=webp", "*/*", "image/webp"),
        ("format=jpeg,q=40", "*/*", "image/jpeg"),
        ("format=png", "*/*", "image/png"),
        ("f=auto", "image/webp,*/*", "image/webp"),
        ("f=auto", "image/avif,image/webp", "image/avif"),
        ("f=auto", "*/*", "image/jpeg"),
        ("q=low", "*/*", "image/jpeg"),
    ],
)
def test_a_format_may_be_asked_for(http: httpx.Client, options: str, accept: str, kind: str) -> None:
    response = flexible(http, picture(format="JPEG"), options, Accept=accept)
    assert response.headers["content-type"] == kind
    assert opened(response).size == (400, 200)


def test_a_variant_has_its_size(http: httpx.Client) -> None:
    options = {"fit": "cover", "metadata": "none", "width": 30, "height": 30}
    http.post("/v1/variants", json={"id": "small", "options": options})
    small = upload(http, picture(format="JPEG")).json()["result"]["variants"][1]
    response = httpx.get(small)
    assert opened(response).size == (30, 30)
    assert response.headers["cf-resized"] == "sandbox=30x30"


def test_a_picture_that_lies_on_its_side_is_turned(http: httpx.Client) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(flexible(http, picture(format="JPEG", exif=exif), "w=50")).size == (50, 100)


def test_what_is_small_enough_stays_as_it_is(http: httpx.Client) -> None:
    content = picture()
    assert httpx.get(upload(http, content).json()["result"]["variants"][0]).content == content


def test_what_cannot_be_resized_stays_as_it_is(http: httpx.Client) -> None:
    animated = picture(format="GIF", save_all=True, append_images=[Image.new("RGB", (400, 200))])
    broken = picture()[:60]
    for content, note in ((animated, "animated"), (broken, "unreadable"), (b"<svg/>", "")):
        response = flexible(http, content, "w=50")
        assert response.content == content
        assert response.headers["cf-resized"].endswith(note)


def test_without_pillow_it_says_so(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    content = picture()
    monkeypatch.setitem(sys.modules, "PIL", None)
    response = flexible(http, content, "w=50")
    assert (response.content, response.headers["cf-resized"]) == (content, NOT_INSTALLED)
    assert "pip install pillow" in caplog.text


@pytest.mark.parametrize(
    "options", ["w=0", "w=12001", "h=-1", "w=1.5", "fit=none", "format=bmp", "quality=101", "q=best", "w=\u0665"]
)
def test_options_that_cannot_be_are_refused(options: str) -> None:
    with pytest.raises(OptionsError):
        flexible_options(options)
