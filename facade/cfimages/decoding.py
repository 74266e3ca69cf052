"""JSON, decoded by msgspec where it is installed (the extra `speed`): the same result, sooner.

Of msgspec only what it accepts is taken. The standard library decides about the rest, so that what is an answer does
not depend on what is installed; both give exact integers of any size, which is why it is msgspec and no other.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

fast: Callable[[bytes], Any] | None = None
with suppress(ModuleNotFoundError):
    from msgspec.json import decode as fast


def loads(content: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises ValueError, or RecursionError for one that is nested too deeply."""
    if fast:
        with suppress(ValueError, RecursionError):  # of NaN, a lone surrogate, or no JSON at all
            return fast(content)
    return json.loads(content)
