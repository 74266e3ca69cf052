"""Translate messages of the SDK into the words of the command."""

import re

OPTION_OF = {
    "meta": "--meta",
    "creator": "--creator",
    "uploaded_since": "--since",
    "uploaded_before": "--before",
    "per_page": "--limit",
    "n": "--limit",
    "sort_order": "--sort",
    "variant": "--variant",
    "domain": "--domain",
    "expiry": "--expiry",
    "account_hash": "--account-hash",
    "metadata": "--meta",
    "map": "--map",
    "where": "--where",
    "set": "--set",
    "unset": "--unset",
    "set_creator": "--set-creator",
    "require_signed_urls": "--private",
    "workers": "--concurrency",
}
"""Arguments of the SDK, and the options that they come from."""

_PHRASES = {
    "pass api_token or set": "give --token-file or --profile, or set",
    "(or api_email and api_key, ": "(or ",
    "for a pattern, use references.Text": "for a pattern, use --refs-text",
    "pass account_id or set": "give --account or --profile, or set",
    "the argument api_token": "--token-file or --profile",
    "the argument api_key": "--profile",
}
_FLAG = r"\b(everything|replace|allow_http|allow_fewer|allow_empty|require_signed_urls)=True\b"
_REMOVE = r"jobs\.remove(?:\((?P<path>'[^']*'|\"[^\"]*\")\))?"
_GO_ON = r": to resume, once the cause is fixed: jobs\.resume\(images, (?:'[^']*'|\"[^\"]*\")\)\.run\(\)"
"""The command says this itself, with all options."""
_NAME = r"(?<![\w./-])(uploaded_since|uploaded_before|older_than|set_creator|max_delete|account_hash)(?![\w./-])=?"


def in_options(text: str) -> str:
    """Return a message with options instead of arguments. Names within paths or ids stay.

    >>> in_options("3 of 4 images would be deleted, and at most 2 may be: see max_delete")
    '3 of 4 images would be deleted, and at most 2 may be: see --max-delete'
    >>> in_options("uploaded_before='2026-01-01': max_delete.job was planned with uploaded_before='2025-01-01'")
    "--before '2026-01-01': max_delete.job was planned with --before '2025-01-01'"
    """
    for phrase, ours in _PHRASES.items():
        text = text.replace(phrase, ours)
    text = re.sub(_GO_ON, "", text)
    text = re.sub(_REMOVE, lambda match: f"`cfimages jobs rm {match['path'] or 'FILE'}`", text)
    text = re.sub(_FLAG, lambda match: option_of(match[1]), text)
    return re.sub(_NAME, lambda match: option_of(match[1]) + " " * match[0].endswith("="), text)


def option_of(name: str) -> str:
    """Return the option of an argument: its name with dashes, unless it has another one."""
    return OPTION_OF.get(name, f"--{name.replace('_', '-')}")
