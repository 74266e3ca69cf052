"""Base class of jobs on images that ids or filters choose."""

from collections.abc import Iterator
from typing import Any

from cfimages import Image
from cfimages.jobs import selection, snapshot
from cfimages.jobs.account import Account
from cfimages.jobs.kind import Kind, Step
from cfimages.jobs.records import Json, NewItem


class Chosen(Kind):
    """A kind of job on the images of an account that ids or filters choose."""

    def __init__(self, arguments: Json, ids: selection.Ids | None = None) -> None:
        super().__init__(arguments)
        self._ids = ids

    def check(self, account: Account) -> None:
        """Check the filters."""
        selection.check(account, self.arguments)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images."""
        return selection.plan_images(account, self.arguments, self._ids, position, self.planned)

    def compare(self, position: Any) -> None:
        """Compare the ids."""
        selection.compare_ids(self._ids, position)

    def planned(self, image: Image) -> NewItem:
        """Return the item for an image."""
        return snapshot.as_it_is(image)
