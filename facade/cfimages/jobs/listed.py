"""What an account has, looked up by id while a job is planned: a temporary database, so that it takes no memory."""

import json
import sqlite3
import threading
import weakref

from cfimages import Image
from cfimages.jobs import selection
from cfimages.jobs.account import Account
from cfimages.jobs.records import Json, NewItem

EVERYTHING: Json = {"ids": False, **dict.fromkeys(selection.FILTERS)}
"""Arguments that choose every image."""


class Listed:
    """The records of every image of an account, as a listing gave them. Any thread may use it."""

    def __init__(self, account: Account) -> None:
        self._found = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        weakref.finalize(self, self._found.close)
        self._found.execute("CREATE TABLE images (id TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID")
        for items, _ in selection.plan_images(account, EVERYTHING, None, None, _item):
            self._found.executemany(
                "INSERT OR REPLACE INTO images VALUES (?, ?)", ((item.key, json.dumps(item.before)) for item in items)
            )

    def get(self, image_id: str) -> Json | None:
        """Return the record of an image, if there is one."""
        with self._lock:
            row = self._found.execute("SELECT record FROM images WHERE id = ?", (image_id,)).fetchone()
        return None if row is None else json.loads(row[0])


def _item(image: Image) -> NewItem:
    return NewItem(image.id, before=selection.record(image))
