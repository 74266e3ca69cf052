"""JSON means the same with the extra `speed` as without."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages import decoding

TEXTS = [
    b'{"a": [1, 2.5, "x", null, true]}',
    b"18446744073709551616",
    b"-123456789012345678901234567890",
    b"9007199254740993",
    b"0.1",
    b"-0.0",
    b"1e400",
    b"-1e400",
    b"5e-324",
    b'{"a": 1, "a": 2}',
    b'"\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\\u0000"',
    b"\xef\xbb\xbf[1]",
    b"[NaN, Infinity, -Infinity]",
    b"",
    b"{",
    b'{"a": 1} x',
    b'"\xff"',
    b'"a\nb"',
    b"[" * 100_000 + b"]" * 100_000,
]


@pytest.fixture(params=["with", "without"])
def loads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    assert decoding.fast is msgspec.json.decode
    if request.param == "without":
        monkeypatch.setattr(decoding, "fast", None)
    return decoding.loads


def outcome(loads: Any, text: bytes) -> str:
    try:
        return repr(loads(text))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


@pytest.mark.parametrize("text", TEXTS, ids=[repr(text[:20]) for text in TEXTS])
def test_the_standard_library_decides_what_is_read(loads: Any, text: bytes) -> None:
    assert outcome(loads, text) == outcome(json.loads, text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(value=VALUES, ascii_only=st.booleans())
def test_any_value_comes_out_alike(value: Any, ascii_only: bool) -> None:
    try:
        text = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 does not have
        text = json.dumps(value).encode()
    assert outcome(decoding.loads, text) == outcome(json.loads, text)


def test_what_the_fast_one_refuses_is_not_refused() -> None:
    with pytest.raises(ValueError, match="malformed"):
        msgspec.json.decode(b"[NaN]")
    assert math.isnan(decoding.loads(b"[NaN]")[0])
