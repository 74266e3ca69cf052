"""Checks of arguments before anything is sent: each gives the value back or says what is wrong with it."""

import os
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar
from urllib.parse import urlsplit

from cfimages.errors import InvalidArgumentError

T = TypeVar("T")


class Confidential:
    """Holds a secret: refuses to be pickled, so that none ends in a cache, a queue or a file. A copy is itself."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} holds a secret and is not pickled: pass on what is needed of it")


class Secret(Confidential, str):
    """Text that no repr shows, and so no traceback with locals. `str()` and the methods of text give it away.

    >>> Secret("token")
    '[secret]'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[secret]'"


def hidden(value: T) -> T:
    """A secret of the caller's as a `Secret`; what is not text, as an empty one, which every check refuses.

    A function that binds its own argument anew (`key = hidden(key)`) shows it in no traceback.
    """
    if value is None:
        return value
    return Secret(str.__str__(value) if isinstance(value, str) else "")  # type: ignore[return-value]  # it is a str


LONGEST_SHOWN = 200
"""Characters of a refused value that an error shows."""


def shown(value: object) -> str:
    """A value as an error shows it: cut short, and also where Python refuses to print it.

    >>> shown("logo"), len(shown(bytes(1000)))
    ("'logo'", 200)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more than 4,300 digits, or a nest without end
        text = f"<{type(value).__name__} too long to print>"
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def unicode_text(name: str, value: object) -> str:
    """Text that can be sent.

    Raises InvalidArgumentError for anything but text, and for text with lone surrogates.
    """
    if not isinstance(value, str):
        hint = ": give its id" if isinstance(getattr(value, "id", None), str) else ""  # as of an image
        raise InvalidArgumentError(f"{name}={shown(value)}: must be text, not {type(value).__name__}{hint}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgumentError(f"{name}={shown(value)}: not valid Unicode text: {error.reason}") from None
    return str.__str__(value)  # the value of a text enum, not its name


def path_segment(name: str, value: object) -> str:
    """Text that goes into the path as one segment, where the generated code percent-encodes it.

    Raises InvalidArgumentError for what percent-encoding does not keep in its place: nothing at all, and `.` and
    `..`, which address another resource.
    """
    text = unicode_text(name, value)
    if text in ("", ".", ".."):
        raise InvalidArgumentError(f"{name}={shown(text)}: would address something else: give the whole id")
    return text


SIBLINGS = frozenset({"batch_token", "config", "direct_upload", "keys", "stats", "variants"})
"""What the API has beside images under /images/v1/, where an image's id would stand."""


def image_segment(image_id: object) -> str:
    """An id that addresses an image, and not another thing of the account. Raises InvalidArgumentError."""
    segment = path_segment("image_id", image_id)
    if segment in SIBLINGS:
        raise InvalidArgumentError(
            f"image_id={shown(segment)}: the API has something else than an image at this address"
        )
    return segment


MAX_VARIANT_NAME = 99
"""Letters and digits in the name of a variant."""


def path_of(name: str, path: str | os.PathLike[str]) -> Path:
    """A path that the system can be asked for. Raises InvalidArgumentError for one it has no words for."""
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise InvalidArgumentError(f"{name}={shown(path)}: is no path: it has a character that none can have")
    return Path(os.fsdecode(path))


def seekable(file: object) -> bool:
    """Whether a file can be read from its beginning again."""
    ask = getattr(file, "seekable", None)
    return ask is not None and bool(ask())


def boolean(name: str, value: object) -> bool:
    """True or False. Raises InvalidArgumentError for anything else, also for 0, 1 and texts."""
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"{name}={shown(value)}: must be True or False")
    return value


MOST = 10**4000
"""The largest number that is taken: Python does not write longer ones as text, so they could not be sent."""


def positive(name: str, value: object) -> int:
    """A whole number from 1 on. Raises InvalidArgumentError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise InvalidArgumentError(f"{name}={shown(value)}: must be a whole number, 1 or more")
    return value


def one_of(name: str, value: T, accepted: tuple[T, ...], otherwise: str = "") -> T:
    """One of the accepted values. Raises InvalidArgumentError for another; `otherwise` says what would do too."""
    if value not in accepted:
        raise InvalidArgumentError(f"{name}={shown(value)}: must be one of {', '.join(map(repr, accepted))}{otherwise}")
    return accepted[accepted.index(value)]  # the plain text, where a text enum was given


def has_possible_port(address: str) -> bool:
    """Whether the port of an address can be one, if it names any.

    httpx lets others pass, and a socket takes 65537 for 1.
    """
    try:
        _ = urlsplit(address).port
    except ValueError:
        return False
    return True
