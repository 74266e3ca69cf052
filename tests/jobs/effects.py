"""What has changed the accounts of a sandbox, as its store did it: the judge of the tests of jobs."""

import threading
from collections import defaultdict
from typing import Any

from cfimages.sandbox.store import Store

Effect = tuple[str, ...]


class Effects:
    """A record of every change that was carried out, in order, by account.

    `("upload", id)`, `("reserve", id)`, `("complete", id)`, `("edit", id, new id)`, `("delete", id)`.
    """

    def __init__(self, store: Store) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, list[Effect]] = defaultdict(list)
        insert, insert_draft, complete = store.insert, store.insert_draft, store.complete
        change, delete = store.change, store.delete

        def record(account: str, *effect: str) -> None:
            with self._lock:
                self._of[account].append(effect)

        def inserted(account: str, image: Any, content: bytes) -> None:
            insert(account, image, content)
            record(account, "upload", image.id)

        def drafted(account: str, image: Any, expires: int) -> None:
            insert_draft(account, image, expires)
            record(account, "reserve", image.id)

        def completed(account: str, id: str, content: bytes, **options: Any) -> Any:
            image = complete(account, id, content, **options)
            if image is not None:
                record(account, "complete", id)
            return image

        def changed(account: str, id: str, work: Any) -> Any:
            image = change(account, id, work)
            if image is not None:
                record(account, "edit", id, image.id)
            return image

        def deleted(account: str, id: str) -> bool:
            found = delete(account, id)
            if found:
                record(account, "delete", id)
            return found

        store.insert, store.insert_draft, store.complete = inserted, drafted, completed  # type: ignore[method-assign]
        store.change, store.delete = changed, deleted  # type: ignore[method-assign]

    def of(self, account: str, *kinds: str) -> list[Effect]:
        """What has happened in an account, or only some kinds of it."""
        with self._lock:
            return [effect for effect in self._of[account] if not kinds or effect[0] in kinds]

    def forget(self, account: str) -> None:
        """Begin anew."""
        with self._lock:
            self._of[account].clear()
