"""What an account has, looked up by id while a job is planned."""

import json
from collections.abc import Callable

from cfimages.jobs import selection, snapshot
from cfimages.jobs.account import Account
from cfimages.jobs.records import Json
from cfimages.jobs.scratch import Scratch

EVERYTHING: Json = {"ids": False, **dict.fromkeys(selection.FILTERS)}
"""Arguments that choose every image."""


class Listed:
    """The records of every image of an account, as a listing gave them."""

    def __init__(self, account: Account, notice: Callable[[Json], None] = lambda record: None) -> None:
        """Read the listing, and call `notice` with each record."""
        self._found = Scratch("CREATE TABLE images (id TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID")
        for items, _ in selection.plan_images(account, EVERYTHING, None, None, snapshot.as_it_is):
            records = [item.before or {} for item in items]
            rows = ((record["id"], json.dumps(record)) for record in records)
            self._found.execute_all("INSERT OR REPLACE INTO images VALUES (?, ?)", rows)
            for record in records:
                notice(record)

    def get(self, image_id: str) -> Json | None:
        """Return the record of an image, if there is one."""
        row = self._found.first("SELECT record FROM images WHERE id = ?", image_id)
        return None if row is None else json.loads(row[0])
