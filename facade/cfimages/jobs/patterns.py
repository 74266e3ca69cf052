"""Patterns of paths."""

import re


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
