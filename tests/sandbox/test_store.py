"""What the store keeps, and in which order it gives it back."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from patience import PATIENCE

from cfimages.sandbox.database import DuplicateError
from cfimages.sandbox.store import Position, Store, StoredImage


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


def image(name: str, uploaded: int = 0, *, creator: str | None = None, draft: bool = False) -> StoredImage:
    return StoredImage(0, name, uploaded, f"{name}.png", {"name": name}, creator, private=False, draft=draft)


def names(images: list[StoredImage]) -> list[str]:
    return [image.id for image in images]


def test_an_image_comes_back_as_it_was_stored(store: Store) -> None:
    stored = StoredImage(0, "a", 5, None, {"x": {"y": [1, "é"]}}, "me", private=True)
    store.insert("one", stored, b"bytes")
    found = store.get("one", "a")
    assert found == StoredImage(1, "a", 5, None, {"x": {"y": [1, "é"]}}, "me", private=True)
    assert store.content("one", "a") == b"bytes"
    assert store.get("two", "a") is None
    assert store.content("one", "b") is None


def test_an_id_is_unique_in_its_account_only(store: Store) -> None:
    store.insert("one", image("a"), b"")
    store.insert("two", image("a"), b"")
    with pytest.raises(DuplicateError):
        store.insert("one", image("a"), b"")
    assert store.count("one") == 1


def test_a_failing_fill_adds_nothing(store: Store) -> None:
    with pytest.raises(DuplicateError):
        store.fill("one", [image("a"), image("b"), image("a")])
    assert store.count("one") == 0


def test_deleting_removes_image_and_bytes(store: Store) -> None:
    store.insert("one", image("a"), b"bytes")
    assert store.delete("one", "a")
    assert not store.delete("one", "a")
    assert store.content("one", "a") is None
    store.insert("one", image("a"), b"other")
    assert store.content("one", "a") == b"other"


def test_ties_are_in_the_order_of_arrival(store: Store) -> None:
    store.fill("one", [image("late", 2), image("tie 1", 1), image("tie 2", 1)])
    assert names(store.page("one", limit=9, direction="asc")) == ["tie 1", "tie 2", "late"]
    assert names(store.page("one", limit=9)) == ["late", "tie 2", "tie 1"]


def test_drafts_are_not_listed(store: Store) -> None:
    store.fill("one", [image("a"), image("b", draft=True)])
    assert names(store.page("one", limit=9)) == ["a"]
    assert store.count("one") == 1
    found = store.get("one", "b")
    assert found is not None
    assert found.draft


def test_pages_by_creator(store: Store) -> None:
    store.fill("one", [image("a", creator="me"), image("b"), image("c", creator=""), image("d", creator="you")])
    assert names(store.page("one", limit=9, creator="me")) == ["a"]
    assert names(store.page("one", limit=9, creator="")) == ["c", "b"]
    assert len(store.page("one", limit=9)) == 4


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("seed", range(5))
def test_inserts_and_deletes_between_pages_neither_repeat_nor_skip_others(
    store: Store, direction: str, seed: int
) -> None:
    chance = random.Random(seed)
    store.fill("one", [image(f"old {number}", chance.randrange(10)) for number in range(100)])
    kept = {f"old {number}" for number in range(100)}
    seen: list[str] = []
    behind = None
    while page := store.page("one", limit=7, direction=direction, behind=behind):
        seen += names(page)
        behind = Position(page[-1].uploaded, page[-1].number)
        store.insert("one", image(f"new {len(seen)}", chance.randrange(10)), b"")
        gone = f"old {chance.randrange(100)}"
        store.delete("one", gone)
        kept.discard(gone)
    assert len(seen) == len(set(seen))
    assert kept <= set(seen)


def test_a_matching_page_is_filled_up_to_its_limit(store: Store) -> None:
    store.fill("one", [image(str(number), number) for number in range(100)])
    found = store.page("one", limit=3, direction="asc", matches=lambda image: image.uploaded % 10 == 0)
    assert names(found) == ["0", "10", "20"]
    rest = store.page("one", limit=30, behind=Position(20, 21), direction="asc", matches=lambda i: i.uploaded % 10 == 0)
    assert names(rest) == ["30", "40", "50", "60", "70", "80", "90"]


def test_a_search_goes_on_over_batches(store: Store) -> None:
    store.fill("one", [image(str(number), number // 3, creator="me") for number in range(2500)])
    wanted = {"0", "999", "1000", "1001", "2499"}
    found = store.page("one", limit=9, creator="me", matches=lambda image: image.id in wanted)
    assert names(found) == ["2499", "1001", "1000", "999", "0"]
    assert names(store.page("one", limit=4, matches=lambda image: image.id in wanted)) == names(found)[:4]


def test_a_search_does_not_hold_up_others(store: Store) -> None:
    store.fill("one", [image("a")])
    counted: list[int] = []

    def matches(_image: StoredImage) -> bool:
        other = threading.Thread(target=lambda: counted.append(store.count("one")))
        other.start()
        other.join(PATIENCE)
        return True

    assert names(store.page("one", limit=9, matches=matches)) == ["a"]
    assert counted == [1]


def test_images_are_counted_without_reading_them(tmp_path: Path) -> None:
    path = tmp_path / "images.sqlite"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        query = "EXPLAIN QUERY PLAN SELECT count(*) FROM images WHERE account = 'a' AND NOT draft"
        ((_, _, _, plan),) = connection.execute(query)
    assert "COVERING INDEX" in plan


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.sqlite"
    path.write_bytes(b"something else" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        Store(path)


def test_a_file_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "images.sqlite"
    first = Store(path)
    first.insert("one", image("a"), b"bytes")
    first.close()
    again = Store(path)
    assert again.content("one", "a") == b"bytes"
    again.close()


def test_threads_share_a_store(store: Store) -> None:
    def write(thread: int) -> None:
        for number in range(20):
            store.insert("one", image(f"{thread}-{number}", number), b"x")
            store.page("one", limit=5)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count("one") == 160
