"""Escape text for terminals and lines: an id or a file name may have any character."""

import re

_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"


def escaped(text: str) -> str:
    r"""Return text with control characters and invisible ones escaped, so that nothing acts on a terminal.

    >>> escaped("a\x1b[31m\n"), escaped("caf\u00e9 \u202e")
    ('a\\x1b[31m\\n', 'café \\u202e')
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def has_control_characters(text: str) -> bool:
    """Return whether text cannot stand on a line of its own."""
    return re.search(_CONTROL, text) is not None
