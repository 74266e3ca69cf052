"""Patterns of paths."""

import re
from collections.abc import Callable, Iterable

from cfimages import InvalidArgumentError


def check_patterns(include: Iterable[str], exclude: Iterable[str]) -> dict[str, list[str]]:
    """Return patterns as arguments that a journal keeps. Raises InvalidArgumentError."""
    given = {"include": include, "exclude": exclude}
    for name, patterns in given.items():
        if isinstance(patterns, str):
            raise InvalidArgumentError(f"{name}={patterns!r}: must be several patterns, such as [{patterns!r}]")
    return {name: list(patterns) for name, patterns in given.items()}


def chooser(include: Iterable[str], exclude: Iterable[str]) -> Callable[[str], bool]:
    """Return a function: whether a path matches a pattern of `include`, or that is empty, and none of `exclude`."""
    included, excluded = ([as_regex(one) for one in patterns] for patterns in (include, exclude))

    def is_chosen(path: str) -> bool:
        if included and not any(one.fullmatch(path) for one in included):
            return False
        return not any(one.fullmatch(path) for one in excluded)

    return is_chosen


def as_regex(pattern: str) -> re.Pattern[str]:
    """Return a pattern of paths as a regular expression.

    `*` and `?` stand for characters of a name, `**` for any number of folders, `[...]` for one of some characters.

    >>> bool(as_regex("a/**/*.png").fullmatch("a/b/c/d.png")), bool(as_regex("*.png").fullmatch("a/b.png"))
    (True, False)
    """
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\])", pattern)
    for at in range(len(parts)):
        if at % 2 == 0:
            parts[at] = re.escape(parts[at])
        elif parts[at] in meanings:
            parts[at] = meanings[parts[at]]
        else:
            inner = parts[at][1:-1].replace("\\", "\\\\")
            parts[at] = f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.compile("".join(parts), re.DOTALL)
