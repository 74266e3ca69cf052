"""Delete images."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from cfimages import Image
from cfimages.jobs import selection
from cfimages.jobs.account import Account, Host
from cfimages.jobs.kind import Kind, Step, Work
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, skipped


class Delete(Kind):
    """Delete the images that a listing or ids choose.

    The account does not say which upload an id stands for, so that a check has to come before each delete. What
    happens to an image between the two cannot be seen.
    """

    name = "delete"

    def __init__(self, arguments: Json, ids: selection.Ids | None = None) -> None:
        self.arguments = arguments
        self._ids = ids
        self._recheck: bool = arguments["recheck"]

    @classmethod
    def from_arguments(cls, arguments: Json) -> Self:
        """Return the kind that a journal was written by."""
        return cls(arguments)

    def check(self, account: Account) -> None:
        """Check the filters."""
        selection.check(account, self.arguments)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images."""
        return selection.plan_images(account, self.arguments, self._ids, position, _planned)

    def do(self, item: Item, work: Work) -> Outcome:
        """Compare with the plan, then delete."""
        if self._recheck and not work.doubt and (outcome := self.ask(item, work)) is not None:
            return outcome
        return done() if work.account.delete(item.key) else _missing(work)

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Compare with the plan."""
        return _overtaken(item, work.account.find(item.key), work)

    def requests(self) -> Mapping[Host, int]:
        """Return how many requests an item takes."""
        return {"batch": 2 if self._recheck else 1}


def _planned(image: Image) -> NewItem:
    return NewItem(image.id, before=selection.record(image))


def _missing(work: Work) -> Outcome:
    return done() if work.doubt else skipped("it was already gone")


def _overtaken(item: Item, image: Image | None, work: Work) -> Outcome | None:
    """Return what has come of an item without this delete; None if the image is as it was planned."""
    if image is None:
        return _missing(work)
    before = item.before or {}
    if not selection.is_same_upload(before, image):
        if work.doubt:
            return done(reason="another image was uploaded under its id since")
        return skipped("another image was uploaded under its id since the plan")
    if not selection.has_same_metadata(before, image):
        return skipped("its metadata was changed since the plan")
    return None
