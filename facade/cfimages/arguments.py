"""Checks of arguments: each returns the value, or raises InvalidArgumentError."""

import os
import re
from collections.abc import Collection, Sequence
from math import inf
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from cfimages.errors import InvalidArgumentError

T = TypeVar("T")

MAX_REPR = 200
"""Characters of a refused value that an error shows."""

MAX_INT = 10**4000
"""Largest accepted integer. Python does not convert longer ones to text."""

RESERVED_IDS = frozenset({"batch_token", "config", "direct_upload", "keys", "stats", "variants"})
"""Names that the API has under /images/v1/ where the id of an image would stand."""

RESERVED_SOURCE_IDS = frozenset({"connectivity-precheck"})
"""Names that the API has where the id of an import source would stand."""

MAX_NAME_LENGTH = 128
"""Characters of the name of an import source or a bucket, and of a prefix."""


def repr_short(value: object) -> str:
    """Return the `repr` of a value, at most `MAX_REPR` characters of it.

    >>> repr_short("logo"), len(repr_short(bytes(1000)))
    ("'logo'", 200)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more than 4,300 digits, or endless nesting
        text = f"<{type(value).__name__} too long to print>"
    return text if len(text) <= MAX_REPR else text[: MAX_REPR - 1] + "…"


def check_type(name: str, value: object, kind: Any, accepted: str) -> None:
    """Check that a value is of a type; `accepted` says in an error what is."""
    if not isinstance(value, kind):
        raise InvalidArgumentError(f"{name}={repr_short(value)}: must be {accepted}")


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Return whether a value is a list, a tuple or the like, and neither text nor bytes."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)


def check_text(name: str, value: object) -> str:
    """Check that a value is text without lone surrogates."""
    if not isinstance(value, str):
        hint = ": pass its id" if isinstance(getattr(value, "id", None), str) else ""
        raise InvalidArgumentError(f"{name}={repr_short(value)}: must be a string, not {type(value).__name__}{hint}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgumentError(f"{name}={repr_short(value)}: not valid Unicode text: {error.reason}") from None
    return str.__str__(value)  # of a text enum the value, not the name


def has_strange_characters(text: str) -> bool:
    """Return whether text has white space, line breaks, or characters that cannot be seen."""
    return not text.isprintable() or " " in text


def check_segment(name: str, value: object, reserved: Collection[str] = ()) -> str:
    """Check that a value can be one segment of a path and is not reserved. The generated code percent-encodes it."""
    text = check_text(name, value)
    if text in ("", ".", ".."):
        raise InvalidArgumentError(f"{name}={repr_short(text)}: would address something else: pass the complete id")
    if text in reserved:
        raise InvalidArgumentError(f"{name}={repr_short(text)}: the API uses this name for something else")
    return text


def check_image_id(image_id: object) -> str:
    """Check that an id addresses an image and nothing else of the account."""
    return check_segment("image_id", image_id, RESERVED_IDS)


def check_source_id(source_id: object) -> str:
    """Check that an id addresses an import source and nothing else."""
    return check_segment("source_id", source_id, RESERVED_SOURCE_IDS)


def check_path(name: str, path: str | os.PathLike[str]) -> Path:
    """Check that the operating system can be asked for a path."""
    if not os.fspath(path):
        raise InvalidArgumentError(f"{name}={repr_short(path)}: is empty: pass the path of a file")
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise InvalidArgumentError(f"{name}={repr_short(path)}: has a character that no path can have")
    return Path(os.fsdecode(path))


def check_bool(name: str, value: object) -> bool:
    """Check that a value is True or False; 0, 1 and text are refused."""
    check_type(name, value, bool, "True or False")
    return bool(value)


def check_positive(name: str, value: object, maximum: int = MAX_INT) -> int:
    """Check that a value is an integer from 1 to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= maximum:
        bounds = "1 or more" if maximum == MAX_INT else f"from 1 to {maximum:,}"
        raise InvalidArgumentError(f"{name}={repr_short(value)}: must be a whole number, {bounds}")
    return value


def check_seconds(name: str, value: object, maximum: float = inf) -> float:
    """Check that a value is a finite number of seconds, above 0 and at most `maximum`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= maximum or value == inf:
        bound = "" if maximum == inf else f" and at most {maximum:,}"
        raise InvalidArgumentError(f"{name}={repr_short(value)}: must be seconds above 0{bound}")
    return value


def check_name(name: str, value: object) -> str:
    """Check the name of an import source or a bucket, or a prefix."""
    text = check_text(name, value)
    if not 1 <= len(text) <= MAX_NAME_LENGTH:
        raise InvalidArgumentError(f"{name}={repr_short(text)}: must have 1 to {MAX_NAME_LENGTH} characters")
    return text


def check_alphanumeric(name: str, value: object, max_length: int, otherwise: str = "") -> str:
    """Check that a value is letters and digits of ASCII; `otherwise` says in an error what else is accepted."""
    text = check_text(name, value)
    if not re.fullmatch(r"[A-Za-z0-9]+", text) or len(text) > max_length:
        raise InvalidArgumentError(
            f"{name}={repr_short(text)}: must be letters A-Z and digits, at most {max_length} of them{otherwise}"
        )
    return text


def check_choice(name: str, value: T, choices: tuple[T, ...]) -> T:
    """Check that a value is one of the choices."""
    if value not in choices:
        accepted = ", ".join(map(repr, choices))
        raise InvalidArgumentError(f"{name}={repr_short(value)}: must be one of {accepted}")
    return choices[choices.index(value)]  # the plain text where a text enum was given


def check_choices(name: str, values: Sequence[T], choices: tuple[Any, ...]) -> list[T]:
    """Check that a value is a list of choices."""
    if not is_sequence(values):
        raise InvalidArgumentError(f"{name}={repr_short(values)}: must be a list, such as [{choices[0]!r}]")
    return [check_choice(name, value, choices) for value in values]
