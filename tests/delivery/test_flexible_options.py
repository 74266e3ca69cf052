"""Flexible options: written as documented, and refused by name."""

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pydantic
import pytest
from delivery_urls import BASE, HASH, odd, refusal
from hypothesis import given
from hypothesis import strategies as st

from cfimages import FlexibleOptions, InvalidArgumentError, delivery_url
from cfimages.delivery.flexible_options import write_options


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
        ({"trim": [0.1, 0.0, 0.25, 1]}, "trim=0.1;0;0.25;1"),
        ({"trim": "border"}, "trim=border"),
        (
            {"trim": "border", "trim_border_color": "#000000", "trim_border_tolerance": 5, "trim_border_keep": 10},
            "trim=border,trim.border.color=%23000000,trim.border.tolerance=5,trim.border.keep=10",
        ),
        ({"trim_top": 12, "trim_left": 0}, "trim.top=12,trim.left=0"),
        ({"trim_width": 678, "trim_height": 0.5}, "trim.width=678,trim.height=0.5"),
        (
            {"width": "auto", "wbreakpoints": [320, 768], "wmobile": 768, "wdesktop": 1200},
            "width=auto,wbreakpoints=320;768,wmobile=768,wdesktop=1200",
        ),
        ({"fit": "scale-up", "upscale": "generate"}, "fit=scale-up,upscale=generate"),
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
        ({"blur": 0}, "blur=0"),
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
        ("width", 0, "must be one of 'auto', or a whole number, 1 or more"),
        ("width", 1.5, "must be one of 'auto', or a whole number, 1 or more"),
        ("width", True, "must be one of 'auto', or a whole number, 1 or more"),
        ("width", None, "must be one of 'auto', or a whole number, 1 or more"),
        ("width", 10**400, "must be one of 'auto', or a whole number, 1 or more"),
        pytest.param("width", 10**5000, "must be one of 'auto', or a whole number, 1 or more", id="10**5000"),
        ("width", "400", "must be one of 'auto', or a whole number, 1 or more"),
        ("height", "auto", "must be a whole number, 1 or more"),
        ("fit", "cover,width=5", "must be one of 'scale-down', 'contain', 'cover', "),
        ("fit", None, "must be one of 'scale-down', 'contain', 'cover', "),
        ("gravity", "0.5x0.5", "must be one of 'auto', 'face', "),
        ("gravity", (0.5,), "must be one of 'auto', "),
        ("gravity", (0.5, 2), "must be one of 'auto', "),
        ("trim", "1;2;3;4", "must be one of 'border', or 4 of: a whole number of pixels, 0 or more, or a fraction"),
        ("zoom", 1.1, "must be a number from 0 to 1"),
        ("rotate", 45, "must be one of 90, 180, 270"),
        ("quality", 101, "must be one of 'high', 'medium-high', 'medium-low', 'low', or a whole number from 1 to 100"),
        ("quality", "best", "must be one of 'high', "),
        ("anim", 1, "must be True or False"),
        ("trim", (1, 2, 3), "must be one of 'border', or 4 of: a whole number"),
        ("trim", (1, 2, 3, -1), "must be one of 'border', or 4 of: a whole number"),
        ("trim_top", -1, "must be a whole number of pixels, 0 or more, or a fraction below 1"),
        ("trim_left", 1.5, "must be a whole number of pixels, 0 or more, or a fraction below 1"),
        ("trim_left", True, "must be a whole number of pixels, 0 or more, or a fraction below 1"),
        ("trim_left", "5", "must be a whole number of pixels, 0 or more, or a fraction below 1"),
        ("trim_width", 0, "must be a whole number of pixels, 1 or more, or a fraction below 1"),
        ("trim_height", 0.0, "must be a whole number of pixels, 1 or more, or a fraction below 1"),
        ("trim_height", 1.0, "must be a whole number of pixels, 1 or more, or a fraction below 1"),
        ("trim_top", float("nan"), "must be a whole number of pixels, 0 or more, or a fraction below 1"),
        ("trim_top", 10**400, "must be a whole number of pixels, 0 or more, or a fraction below 1"),
        ("trim_border_color", "a,b", "must be a CSS colour: "),
        ("trim_border_tolerance", 256, "must be a whole number from 0 to 255"),
        ("trim_border_keep", 0.5, "must be a whole number, 0 or more"),
        ("wbreakpoints", [], "must be a list or tuple of: a whole number, 1 or more"),
        ("wbreakpoints", "320;768", "must be a list or tuple of: a whole number, 1 or more"),
        ("wmobile", "auto", "must be a whole number, 1 or more"),
        ("dpr", 2.5, "must be a number from 0 to 2"),
        ("blur", 0.5, "must be a whole number from 0 to 250"),
        ("blur", 251, "must be a whole number from 0 to 250"),
        ("sharpen", "3", "must be a number from 0 to 10"),
        ("gamma", float("inf"), "must be a number, 0 or more"),
        ("gamma", float("nan"), "must be a number, 0 or more"),
        ("contrast", -1, "must be a number, 0 or more"),
        ("background", 5, "must be a CSS colour: "),
        ("background", "\ud800", "must be a CSS colour: "),
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


@pytest.mark.parametrize("name", ["w", "Width", "border", "onerror", "width=5,height", "", 5, ("width",)])
def test_an_unknown_option_is_refused(name: Any) -> None:
    text = refusal(delivery_url, HASH, "logo", {"height": 5, name: 400})
    assert text.startswith(f"variant[{name!r}]: no such option: there are width, wbreakpoints, wmobile, ")


@pytest.mark.parametrize(("name", "ours"), [("slow-connection-quality", "slow_connection_quality"),
                                            ("trim.border.color", "trim_border_color")])  # fmt: skip
def test_an_option_under_its_name_in_urls_is_told_its_name_here(name: str, ours: str) -> None:
    text = refusal(delivery_url, HASH, "logo", {name: 50})
    assert text == f"variant['{name}']: no such option: write it as '{ours}'"


# Cloudflare's page "Features": each option of hosted images, under its name in a URL, with values that it shows.
DOCUMENTED: dict[str, list[Any]] = {
    "anim": [True, False],
    "background": ["#FF0000", "red", "rgb(240,40,145)", "rgba(250,40,145,0.5)"],
    "blur": [0, 250],
    "brightness": [0.5, 2],
    "compression": ["fast"],
    "contrast": [0.5, 2],
    "dpr": [1, 2],
    "fit": ["scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze", "scale-up"],
    "flip": ["h", "v", "hv"],
    "format": ["auto", "avif", "webp", "jpeg", "baseline-jpeg", "json"],
    "gamma": [0, 0.5, 2],
    "gravity": ["auto", "face", "left", "right", "top", "bottom", (0.5, 1)],
    "height": [250],
    "metadata": ["copyright", "keep", "none"],
    "quality": [1, 100, "high", "medium-high", "medium-low", "low"],
    "rotate": [90, 180, 270],
    "saturation": [0, 0.5, 2],
    "segment": ["foreground"],
    "sharpen": [0, 10],
    "slow-connection-quality": [1, 100, "high", "medium-high", "medium-low", "low"],
    "trim": ["border", (20, 30, 20, 0), (0.1, 0.25, 0.1, 0.25)],
    "trim.border.color": ["#000000", "rgb(255 255 0)"],
    "trim.border.tolerance": [0, 255],
    "trim.border.keep": [10],
    "trim.top": [40, 0.25],
    "trim.left": [800, 0.25],
    "trim.height": [800, 0.25],
    "trim.width": [678, 0.25],
    "upscale": ["interpolate", "generate"],
    "width": [250, "auto"],
    "wbreakpoints": [[320, 768, 960, 1200]],
    "wmobile": [768],
    "wdesktop": [1200],
    "zoom": [0, 0.5, 1],
}


def test_each_documented_option_is_there_and_no_other() -> None:
    assert {re.sub("[-.]", "_", name) for name in DOCUMENTED} == set(get_type_hints(FlexibleOptions))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_documented_value_is_written(name: str) -> None:
    option = re.sub("[-.]", "_", name)
    for value in DOCUMENTED[name]:
        assert write_options({option: value}).startswith(f"{name}=")


def test_the_words_of_the_types_are_the_words_that_are_accepted() -> None:
    for option, hint in get_type_hints(FlexibleOptions).items():
        parts = [part for outer in (hint, *get_args(hint)) for part in (outer, *get_args(outer))]
        words = {word for part in parts if get_origin(part) is Literal for word in get_args(part)}
        values = next(DOCUMENTED[name] for name in DOCUMENTED if re.sub("[-.]", "_", name) == option)
        documented = {word for word in values if isinstance(word, str) or option == "rotate"}
        if option not in ("background", "trim_border_color"):
            assert words == documented
        for word in words:
            assert write_options({option: word})


@given(st.dictionaries(st.sampled_from(sorted(get_type_hints(FlexibleOptions))), odd | st.floats() | st.integers()))
def test_no_option_leaves_its_segment(options: Any) -> None:
    try:
        url = delivery_url(HASH, "a", options)
    except InvalidArgumentError:
        return
    written = url.removeprefix(f"{BASE}/a/")
    assert re.fullmatch(r"[a-z.-]+=([a-zA-Z0-9.;-]|%[0-9A-F]{2})+(,[a-z.-]+=([a-zA-Z0-9.;-]|%[0-9A-F]{2})+)*", written)
    assert written.count("=") == len(options)


def test_options_are_a_type_for_pydantic() -> None:
    kind = pydantic.TypeAdapter(FlexibleOptions)
    read = kind.validate_json('{"width": 400, "trim": [1, 0.5, 3, 0], "wbreakpoints": [320]}')
    assert write_options(read) == "width=400,wbreakpoints=320,trim=1;0.5;3;0"
    assert kind.validate_python({"trim_top": 1, "trim_left": 0.5}) == {"trim_top": 1, "trim_left": 0.5}
    with pytest.raises(pydantic.ValidationError, match="fit"):
        kind.validate_python({"fit": "stretch"})
    with pytest.raises(pydantic.ValidationError, match="widht"):
        kind.validate_python({"height": 5, "widht": 5})
    assert kind.json_schema()["properties"]["rotate"]["enum"] == [90, 180, 270]
