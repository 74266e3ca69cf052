"""JSON means the same with the extra `speed` as without."""

import itertools
import json
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages.http import decoding

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


def outcome(text: bytes) -> str:
    try:
        return repr(decoding.loads(text))
    except (ValueError, RecursionError) as error:
        return "nested too deeply" if isinstance(error, RecursionError) else "not JSON"


def both_outcomes(text: bytes) -> tuple[str, str]:
    """With the extra, and without."""
    assert decoding.fast() is msgspec.json.decode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "_texts", itertools.count(1))
        with_it = outcome(text)
        patch.setattr(decoding, "fast", lambda: None)
        return with_it, outcome(text)


@pytest.mark.parametrize("text", TEXTS, ids=[repr(text[:20]) for text in TEXTS])
def test_the_same_is_read_with_and_without(text: bytes) -> None:
    with_it, without = both_outcomes(text)
    assert with_it == without


def test_what_json_cannot_say_is_not_read() -> None:
    for text in (b"[NaN]", b"Infinity", b"1e400", b"[-1e400]", b"", b"{", b'"\xff"'):
        assert both_outcomes(text) == ("not JSON", "not JSON")


def test_integers_of_any_size_are_exact() -> None:
    assert both_outcomes(b"123456789012345678901234567890") == ("123456789012345678901234567890",) * 2


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
    with_it, without = both_outcomes(text)
    assert with_it == without


@given(text=st.binary() | st.text(st.sampled_from('{}[]:,"\\0123456789.eE+-ntrufals \n')).map(str.encode))
def test_any_text_comes_out_alike(text: bytes) -> None:
    with_it, without = both_outcomes(text)
    assert with_it == without


def test_only_the_first_text_is_decoded_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(decoding, "_texts", itertools.count())
    monkeypatch.setattr(decoding, "fast", lambda: asked.append(1) or msgspec.json.decode)
    assert decoding.loads(b"[1]") == [1]
    assert not asked
    assert decoding.loads(b"[2]") == [2]
    assert asked


def test_it_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    assert decoding.fast.__wrapped__() is None
