"""Text that is never shown: credentials, keys and one-time addresses."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn, Self


class Confidential:
    """Refuse to be pickled, so that no secret ends in a cache, a queue or a file. A copy is the object itself."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a secret and cannot be pickled: pass the needed values instead")


class Secret(Confidential, str):
    """A string that no `repr` shows. `str()` and its string methods return it.

    >>> Secret("token")
    '[secret]'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[secret]'"


def as_secret(value: str | None) -> Secret | None:
    """Return a credential as a `Secret`, so that a traceback with locals does not show it.

    A value that is not a string becomes an empty secret, which every check refuses.
    """
    if value is None:
        return None
    return Secret(str.__str__(value) if isinstance(value, str) else "")


def as_secrets(values: object) -> dict[str, Secret]:
    """Return named credentials as secrets.

    Anything but a mapping of text to text that is not empty becomes an empty one, which every check refuses.
    """
    found = dict(values) if isinstance(values, Mapping) else {}
    if not all(isinstance(name, str) and _is_sendable(value) for name, value in found.items()):
        return {}
    return {name: Secret(str.__str__(value)) for name, value in found.items()}


def _is_sendable(value: object) -> bool:
    """Return whether a value is text that is not empty, and has no lone surrogates."""
    return isinstance(value, str) and value != "" and not re.search("[\ud800-\udfff]", value)
