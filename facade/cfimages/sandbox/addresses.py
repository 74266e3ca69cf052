"""What an address of the sandbox is about, without asking the database: for faults and for the log."""

import base64
import json
import re
from urllib.parse import unquote

ACCOUNT_HASH = r"[A-Za-z0-9_-]{22}"
"""The form of an account's name in delivery URLs."""


def short_path(path: str) -> str:
    """Return the path of an operation without account and host, as the API reference writes it.

    >>> short_path("/client/v4/accounts/one/images/v2")
    '/images/v2'
    >>> short_path("/batch/images/v2")
    '/images/v2'
    """
    return re.sub(r"^(/client/v4/accounts/[^/]+|/batch)(?=/images/)", "", path)


def account_of(path: str, authorization: str = "") -> str:
    """Return the account of a request, by its id or its name in delivery URLs; empty if there is none.

    >>> account_of("/client/v4/accounts/one/images/v2")
    'one'
    """
    if found := re.match(r"/client/v4/accounts/([^/]+)/", path):
        return unquote(found[1])
    if found := re.match(rf"(?:/upload)?/({ACCOUNT_HASH})/", path):
        return found[1]
    if path.startswith("/batch/") and authorization.count(".") == 2:
        claims = authorization.split(".")[1]
        try:
            return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])
        except (ValueError, KeyError, TypeError):  # no batch token, so no account
            return ""
    return ""
