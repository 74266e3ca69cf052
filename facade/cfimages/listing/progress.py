"""How far a walk over a listing has come, as text that another process can continue from.

A token that the service no longer knows costs requests, but nothing else: the listing starts again, and what lies
before the last image is dropped. For that, the state has the upload time of that image and the ids of that moment.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import APIStatusError, InvalidArgumentError
from cfimages.listing.listing import Listing
from cfimages.listing.page import Page
from cfimages.listing.part import Item, ItemT
from cfimages.listing.position import comes_before, to_ids, to_moment, to_text

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
    concurrency: int = attrs.field(default=1, kw_only=True)
    """Number of requests at a time."""
    prefetch: int = attrs.field(default=0, kw_only=True)
    """Number of pages to fetch ahead."""
    token: str | None = attrs.field(default=None, kw_only=True)
    """The user's token at which the walk continues."""
    finished: bool = attrs.field(default=False, kw_only=True)
    """Whether the last page has come."""
    count: int = attrs.field(default=0, kw_only=True)
    """Number of images that have come."""
    last: str | None = attrs.field(default=None, kw_only=True)
    """Id of the last image."""
    moment: datetime | None = attrs.field(default=None, kw_only=True)
    """Upload time of the last image."""
    ids: set[str] = attrs.field(factory=set, kw_only=True)
    """Ids of the images of that moment."""
    complete: bool = attrs.field(
        default=attrs.Factory(lambda progress: progress.token is None, takes_self=True), kw_only=True
    )
    """Whether `moment` and `ids` tell all images before `token`. Not known at first if the walk began at a token."""
    in_order: bool = attrs.field(default=True, kw_only=True)
    """Whether every image had an upload time, in the order of the listing."""
    _recovered: int | None = attrs.field(default=None, init=False)
    """Number of images when the listing was last started again."""

    @classmethod
    def from_state(cls, state: str) -> Self:
        """Return the progress of a saved state. Raises InvalidArgumentError, naming `state`."""
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
            return cls(listing=listing, **fields)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"state: {error}") from error

    @property
    def state(self) -> str:
        """All of it as JSON, for `from_state`."""
        fields = {"version": VERSION, **{field.name: getattr(self, field.name) for field in _saved_fields()}}
        return json.dumps(
            fields
            | {
                "listing": self.listing.to_json(),
                "moment": self.moment and self.moment.isoformat(),
                "ids": sorted(self.ids),
            }
        )

    def advance(self, page: Page[ItemT]) -> Page[ItemT]:
        """Continue after a page. Return it."""
        for item in page.items:
            self._follow(item)
        self.count += len(page.items)
        self.token, self.finished = page.next_token, page.next_token is None
        return page

    def _follow(self, item: Item) -> None:
        self.last = item.id
        uploaded, moment = item.uploaded, self.moment
        if uploaded is None or (moment and comes_before(uploaded, moment, descending=self.listing.descending)):
            self.in_order = False
            return
        if uploaded != moment:
            self.complete = self.complete or moment is not None
            self.moment = uploaded
            self.ids.clear()
        self.ids.add(item.id)

    def recover(self, error: APIStatusError) -> bool:
        """Start the listing again if its token was refused. Return whether that loses and repeats nothing.

        It could if images are not sorted by upload time, or if the walk began at a token and all images since have
        the same upload time. It is also given up if no image has come since the last time, as where the service
        refuses every token.
        """
        beginning = self.listing.token_after(self.moment, self.ids)
        refused = self.token not in (None, beginning) and error.status_code in TOKEN_REFUSED
        if not refused or not (self.complete and self.in_order) or self.count == self._recovered:
            return False
        logger.warning(
            "the service does not know the token any more with which this walk continues (after %d images): the listing"
            " starts again, and the images before are dropped",
            self.count,
        )
        self.token, self._recovered = beginning, self.count
        return True


def _saved_fields() -> tuple["attrs.Attribute[Any]", ...]:
    return tuple(field for field in attrs.fields(Progress) if field.init)


def _fields(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a saved state, but for the listing. Raises KeyError, TypeError and ValueError."""
    moment = saved["moment"]
    return {
        "account_id": _of_type(str, saved["account_id"]),
        "concurrency": _of_type(int, saved["concurrency"]),
        "prefetch": _of_type(int, saved["prefetch"]),
        "token": to_text(saved["token"]),
        "finished": _of_type(bool, saved["finished"]),
        "count": _of_type(int, saved["count"]),
        "last": to_text(saved["last"]),
        "moment": None if moment is None else to_moment(moment),
        "ids": set(to_ids(saved["ids"])),
        "complete": _of_type(bool, saved["complete"]),
        "in_order": _of_type(bool, saved["in_order"]),
    }


def _of_type(kind: type, value: object) -> Any:
    if type(value) is not kind:
        raise TypeError(f"not {kind.__name__}")
    return value


def _damaged() -> InvalidArgumentError:
    return InvalidArgumentError("state: is damaged: pass the `state` of a resumable walk unchanged, and all of it")
