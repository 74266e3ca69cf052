"""The paths and methods of the sandbox. A fault at any other would never happen."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from cfimages.sandbox.accounts import account_hash

OPERATIONS: dict[str, tuple[str, ...]] = {
    "/images/v1": ("GET", "POST"),
    "/images/v1/{image_id}": ("GET", "PATCH", "DELETE"),
    "/images/v1/{image_id}/blob": ("GET",),
    "/images/v1/batch_token": ("GET",),
    "/images/v1/config": ("GET", "PATCH"),
    "/images/v1/keys": ("GET",),
    "/images/v1/keys/{signing_key_name}": ("PUT", "DELETE"),
    "/images/v1/stats": ("GET",),
    "/images/v1/variants": ("GET", "POST"),
    "/images/v1/variants/{variant_id}": ("GET", "PATCH", "DELETE"),
    "/images/v2": ("GET",),
    "/images/v2/direct_upload": ("POST",),
    "/images/v2/metadata/keys": ("GET",),
    "/images/v2/sourcingkit/migrations": ("GET", "POST"),
    "/images/v2/sourcingkit/migrations/{import_id}": ("GET", "DELETE"),
    "/images/v2/sourcingkit/migrations/{import_id}/lifecycle": ("GET",),
    "/images/v2/sourcingkit/migrations/{import_id}/lifecycle/abort": ("PATCH",),
    "/images/v2/sourcingkit/migrations/{import_id}/lifecycle/start": ("PATCH",),
    "/images/v2/sourcingkit/migrations/{import_id}/logs": ("GET",),
    "/images/v2/sourcingkit/sources": ("GET", "POST"),
    "/images/v2/sourcingkit/sources/connectivity-precheck": ("POST",),
    "/images/v2/sourcingkit/sources/{source_id}": ("GET", "PATCH", "DELETE"),
    "/images/v2/sourcingkit/sources/{source_id}/connectivity": ("GET",),
}
"""The operations of the API, without the account, and their methods."""

_HASH = "#" * 22  # an account's name in delivery URLs


def check_target(method: str, pattern: str, account: str | None) -> None:
    """Raise ValueError, with a suggestion, if no request of the protocol has such a method and path.

    Args:
        method: A method, or `*` for any.
        pattern: A pattern of paths, with or without the account. `*`, `?` and `[abc]` work as in names of files.
        account: Only requests about this account.
    """
    allowed = {each for path, methods in _routes(account) if _overlap(pattern, path) for each in methods}
    path, mark, query = pattern.partition("?")
    if mark and "=" in query and path in OPERATIONS:
        raise ValueError(f"path {pattern!r} must have no query: write {path!r}")
    if method in allowed or (allowed and method == "*"):
        return
    if allowed:
        raise ValueError(
            f"method {method} is not allowed for path {pattern!r}, which takes {', '.join(sorted(allowed))}"
        )
    if account is not None and any(_overlap(pattern, path) for path, _ in _routes(None)):
        raise ValueError(f"path {pattern!r} is not of account {account!r}: leave the account out of the path")
    from difflib import get_close_matches  # a sandbox that is used rightly needs no suggestions

    paths = [_glob(operation) for operation in OPERATIONS]
    near = [path for path in paths if path.endswith(pattern)] or get_close_matches(pattern, paths, 1)
    hint = f"did you mean {near[0]!r}?" if near else "write it as '/images/v2' or '/images/v1/*', without the account"
    raise ValueError(f"path {pattern!r} is not a path of the API: {hint}")


def _routes(account: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The paths that there are, and their methods. `*` stands for anything, `?` for a character, `#` for no slash."""
    plain = account is not None and re.fullmatch(r"[\w.~-]+", account, re.ASCII)
    segment = account if plain else "#*"
    name = _HASH if account is None else account_hash(account)
    for operation, methods in OPERATIONS.items():
        path = _glob(operation, "?*")
        for prefix in ("", f"/client/v4/accounts/{segment}", "/batch"):
            yield prefix + path, methods
    yield f"/{name}/?*/?*", ("GET", "HEAD")  # delivery
    yield f"/upload/{name}/?*", ("OPTIONS", "POST")


def _glob(operation: str, anything: str = "*") -> str:
    return re.sub(r"\{\w+\}", anything, operation)


def _overlap(pattern: str, path: str) -> bool:
    """Return whether some text matches both: a pattern, and a path with `*`, `?` and `#`."""
    tokens = re.findall(r"\[!?\]?[^]]*\]|.", pattern, re.DOTALL)
    reached = _without_stars({0}, tokens)
    for each in path:
        if each == "*":
            reached = set(range(min(reached), len(tokens) + 1)) if reached else reached
        else:
            reached = {n if tokens[n] == "*" else n + 1 for n in reached if n < len(tokens) and _same(tokens[n], each)}
        reached = _without_stars(reached, tokens)
    return len(tokens) in reached


def _without_stars(reached: Iterable[int], tokens: Sequence[str]) -> set[int]:
    """Add the places behind stars, which may stand for nothing."""
    found = set(reached)
    for n, each in enumerate(tokens):
        if each == "*" and n in found:
            found.add(n + 1)
    return found


def _same(part: str, character: str) -> bool:
    """Return whether a part of a pattern may stand for a character of a path."""
    if character in "?#":
        return character == "?" or part != "/"
    return fnmatchcase(character, part)
