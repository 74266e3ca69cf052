"""JSON, decoded by msgspec where it is installed (the extra `speed`): the same result, sooner.

Of msgspec only what it accepts is taken. The standard library decides about the rest, so that what is an answer does
not depend on what is installed; both give exact integers of any size, which is why it is msgspec and no other.
"""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

fast: Callable[[bytes], Any] | None = None
with suppress(ModuleNotFoundError):
    from msgspec.json import decode as fast


def loads(content: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises ValueError for what JSON is not, and RecursionError."""
    if fast:
        with suppress(ValueError, RecursionError):  # of half a surrogate pair, or what is no JSON at all
            return fast(content)
    return _JSON.decode(content.decode())


def _number(text: str) -> float:
    """A number of JSON. Raises ValueError for one that a float cannot hold, which would not be written back."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"a number out of range: {text[:20]}")
    return number


_JSON = json.JSONDecoder(parse_float=_number, parse_constant=_number)  # the latter for NaN and Infinity
