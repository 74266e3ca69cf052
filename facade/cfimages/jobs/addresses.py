"""Find the addresses in Markdown, HTML, CSS, JSON and the like."""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain
from operator import itemgetter
from pathlib import PurePath

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"})
"""Suffixes of files of Markdown."""

QUOTED = re.compile(r"""(?<=["'(])[^"'()<>\r\n]+(?=["')])|(?<=<)[^"'()<>=\r\n]+(?=>)""")
"""What stands in quotes, parentheses or angle brackets."""
SRCSET = re.compile(r"""(?<=srcset=["'])[^"']+(?=["'])""", re.IGNORECASE)
TAG = re.compile(r"""<[A-Za-z][^\s<>"'/]*\s(?:"[^"]*"|'[^']*'|[^"'<>])*+>""")
ATTRIBUTE = re.compile(r"""\s([^\s"'=<>/]+)\s*=\s*(?:"[^"]*"|'[^']*'|(?P<address>[^\s"'=<>`]+))""")
PROSE = re.compile(r"""\b(?:alt|title|aria-label)\s*=\s*(?:"[^"\r\n]*"|'[^'\r\n]*'|[^\s"'=<>`]+)""", re.IGNORECASE)
"""Attributes that have a text, and no address."""

# Of Markdown.
_WORD = r"""[^\s<>()"'](?:[^\s<>()]|\([^\s<>()]*\))*"""
_TITLE = r"""(?P<title>(?:[ \t]+|[ \t]*\r?\n[ \t]*)(?:"[^"\r\n]*"|'[^'\r\n]*'|\([^()\r\n]*\)))"""
LINK = re.compile(rf"\]\([ \t]*(?:<[^<>\r\n]*>|(?P<address>{_WORD}(?: +{_WORD})*)){_TITLE}?\s*\)")
DEFINITION = re.compile(
    r"^[ \t>]*\[(?!\^)[^\[\]\r\n]+\]:[ \t]*(?:\r?\n[ \t]*)?"
    rf"(?:<[^<>\r\n]*>|(?P<address>[^\s<>]+)){_TITLE}?[ \t]*\r?$",
    re.MULTILINE,
)
IMAGE_TEXT = re.compile(r"!\[[^\[\]]*\]")
CODE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^[ \t>]*(?P=fence)[`~]*[ \t]*\r?$|\Z)"
    r"|(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n[ \t>]*\r?\n).)+?(?<!`)(?P=ticks)(?!`)",
    re.MULTILINE | re.DOTALL,
)
"""Fenced and inline code."""

Span = tuple[int, int]


def addresses(text: str, path: str | os.PathLike[str]) -> Iterator[Span]:
    """Yield where something stands that may be an address, in order. These places can overlap.

    Texts of images and links, and code of Markdown, are left out.

    Args:
        text: Any text.
        path: Its file. The suffix says whether it is Markdown.
    """
    is_markdown = PurePath(path).suffix.lower() in MARKDOWN
    left = [_spans(pattern, text) for pattern in ((PROSE, CODE, IMAGE_TEXT) if is_markdown else (PROSE,))]
    found = [_spans(QUOTED, text), _unquoted(text), _in_srcset(text)]
    if is_markdown:
        left += [_spans(pattern, text, "title") for pattern in (LINK, DEFINITION)]
        found += [_spans(pattern, text, "address") for pattern in (LINK, DEFINITION)]
    for span in sorted(set(chain(*found)), key=lambda span: (span[0], -span[1])):
        if not any(_covers(spans, span[0]) for spans in left):
            yield span


def _spans(pattern: re.Pattern[str], text: str, group: str | int = 0) -> list[Span]:
    """Return where a group of a pattern matches, without white space around it."""
    found = []
    for match in pattern.finditer(text):
        if part := (match[group] or "").strip():
            start = text.index(part, match.start(group))
            found.append((start, start + len(part)))
    return found


def _unquoted(text: str) -> Iterator[Span]:
    for tag in TAG.finditer(text):
        for attribute in ATTRIBUTE.finditer(text, *tag.span()):
            if attribute["address"]:
                yield attribute.span("address")


def _in_srcset(text: str) -> Iterator[Span]:
    for srcset in SRCSET.finditer(text):
        for word in re.finditer(r"[^\s,]+", srcset[0]):
            yield srcset.start() + word.start(), srcset.start() + word.end()


def _covers(spans: list[Span], position: int) -> bool:
    """Return whether one of these spans, which are in order, has a position in it."""
    index = bisect_right(spans, position, key=itemgetter(0)) - 1
    return index >= 0 and position < spans[index][1]
