"""Decode JSON, with msgspec if it is installed (the extra `speed`).

Text that msgspec refuses is decoded by the standard library, so that the result does not depend on what is installed.
"""

import itertools
import json
import math
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

_texts = itertools.count()


@cache
def fast() -> Callable[[bytes], Any] | None:
    """Return the decoder of msgspec, or None if it is not installed."""
    try:
        from msgspec.json import decode
    except ModuleNotFoundError:
        return None
    return decode


def loads(content: bytes) -> Any:
    """Decode JSON in UTF-8. Raises ValueError for anything else, and RecursionError for deep nesting."""
    is_first = next(_texts) == 0  # importing msgspec takes longer than it saves with one text
    decode = None if is_first else fast()
    if decode:
        with suppress(ValueError, RecursionError):  # a lone surrogate, or not JSON
            return decode(content)
    return _JSON.decode(content.decode())


def _number(text: str) -> float:
    """Parse a number. Raises ValueError if a float cannot hold it."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"a number out of range: {text[:20]}")
    return number


_JSON = json.JSONDecoder(parse_float=_number, parse_constant=_number)  # the latter for NaN and Infinity
