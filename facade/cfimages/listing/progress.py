"""How far a walk over a listing has come, as text that another process can continue from.

If the service no longer knows the saved token, the listing starts again, and the images before the last one are
dropped. For that, the state has the upload time of the last image, and the ids of the images with that upload time.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any, Self

import attrs

from cfimages.arguments import check_text, repr_short
from cfimages.errors import APIStatusError, InvalidArgumentError
from cfimages.listing.listing import MAX_CONCURRENT, Listing
from cfimages.listing.page import ItemT, Page
from cfimages.listing.position import Position, are_sorted, to_text
from cfimages.models.shape import require

logger: logging.Logger = logging.getLogger("cfimages")

VERSION = 2
"""Version of the state. The first one had no number."""

TOKEN_REFUSED = frozenset({400, 404, 410, 422})
"""Statuses with which a service may refuse a token that it does not know. Cloudflare's is not documented."""


@attrs.define
class Progress:
    """How far a walk over a listing has come. It neither fetches nor waits."""

    account_id: str
    listing: Listing
    concurrency: int = 0
    """Number of requests at a time; 0 if `concurrent` was not asked for."""
    prefetch: int = 0
    """Number of pages to fetch ahead."""
    token: str | None = None
    """The user's token at which the walk continues."""
    finished: bool = False
    """Whether the last page has come."""
    count: int = 0
    """Number of images that have come."""
    last: str | None = None
    """Id of the last image."""
    passed: Position = attrs.field(factory=Position)
    """The position after the last image, without a token."""
    complete: bool = attrs.field(default=attrs.Factory(lambda progress: progress.token is None, takes_self=True))
    """Whether every image before `token` is before `passed`. Not known at first if the walk began at a token."""
    in_order: bool = True
    """Whether every image had an upload time, in the order of the listing."""
    _recovered: int | None = attrs.field(default=None, init=False)
    """Number of images when the listing was last started again."""

    @classmethod
    def from_state(cls, state: str) -> Self:
        """Return the progress of a saved state. Raises InvalidArgumentError, naming `state`."""
        check_text("state", state)
        try:
            saved = json.loads(state)
            version = saved.get("version", 1)
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise _damaged() from error
        if version != VERSION:
            raise InvalidArgumentError(
                f"state: has version {repr_short(version)}, and this release reads version {VERSION}"
            )
        try:
            arguments = {**saved["listing"]}
            fields = _fields(saved)
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged() from error
        try:
            listing = Listing.from_json(arguments)
            listing.check_token(fields["token"])
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"state: {error}") from error
        return cls(listing=listing, **fields)

    @property
    def state(self) -> str:
        """The progress as JSON text, for `from_state`."""
        fields = attrs.asdict(self, recurse=False, filter=lambda field, _: field.init)
        return json.dumps(
            {"version": VERSION, **fields, "listing": self.listing.to_json(), "passed": self.passed.to_json()}
        )

    def advance(self, page: Page[ItemT]) -> Page[ItemT]:
        """Continue after a page. Return it."""
        moments = [item.uploaded for item in page.items]
        if self.passed.moment is not None:
            moments.insert(0, self.passed.moment)
        in_order = self.in_order and are_sorted(moments, descending=self.listing.descending)
        passed, count = self.passed.after(page.items), self.count + len(page.items)
        last = page.items[-1].id if page.items else self.last
        complete = self.complete or moments[:1] != moments[-1:]
        # Assignments only: an interruption comes between two calls. So either all of this counts or nothing.
        self.in_order, self.complete, self.passed, self.count, self.last = in_order, complete, passed, count, last
        self.token, self.finished = page.next_token, page.next_token is None
        return page

    def recover(self, error: APIStatusError) -> bool:
        """Start the listing again if the service refused its token. Return False if `error` has to be raised.

        It has to if images could be lost or come twice: they are not sorted by upload time, or the walk began at a
        token and all images since have the same upload time. It also has to if no image has come since the listing
        was last started again: the service may refuse every token.
        """
        beginning = self.listing.token_after(self.passed)
        refused = self.token not in (None, beginning) and error.status_code in TOKEN_REFUSED
        if not refused or not (self.complete and self.in_order) or self.count == self._recovered:
            return False
        logger.warning(
            "the service no longer knows the token of this walk (after %d images): the listing starts over, and skips"
            " the images that it has returned before",
            self.count,
        )
        self.token, self._recovered = beginning, self.count
        return True


def _fields(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a saved state, but for the listing. Raises KeyError, TypeError and ValueError."""
    ahead = {name: require(int, name, saved[name]) for name in ("concurrency", "prefetch")}
    if min(ahead.values()) != 0 or max(ahead.values()) > MAX_CONCURRENT:
        raise ValueError("not what `prefetch` and `concurrent` of a pager accept")
    return {
        **ahead,
        "account_id": require(str, "account_id", saved["account_id"]),
        "token": to_text(saved["token"]),
        "finished": require(bool, "finished", saved["finished"]),
        "count": require(int, "count", saved["count"]),
        "last": to_text(saved["last"]),
        "passed": Position.from_json(saved["passed"]),
        "complete": require(bool, "complete", saved["complete"]),
        "in_order": require(bool, "in_order", saved["in_order"]),
    }


def _damaged() -> InvalidArgumentError:
    return InvalidArgumentError("state: is damaged: pass the `state` of a resumable walk unchanged, and all of it")
