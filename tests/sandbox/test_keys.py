"""Signing keys, usage and settings."""

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.calls import refused, upload

from cfimages.sandbox import Sandbox
from cfimages.sandbox.accounts import Account, Accounts
from cfimages.sandbox.database import Database
from cfimages.sandbox.store import Store


def keys(response: httpx.Response) -> dict[str, str]:
    """Values by name, of any answer about keys."""
    assert response.status_code == 200, response.text
    return {key["name"]: key["value"] for key in response.json()["result"]["keys"]}


def test_keys_are_made_changed_and_removed(http: httpx.Client) -> None:
    first = keys(http.get("/v1/keys"))
    assert list(first) == ["default"]
    assert len(first["default"]) == 32
    two = keys(http.put("/v1/keys/second"))
    assert (list(two), two["default"]) == (["default", "second"], first["default"])
    rotated = keys(http.put("/v1/keys/second"))
    assert (rotated["default"], rotated["second"] != two["second"]) == (first["default"], True)
    assert keys(http.delete("/v1/keys/default")) == {"second": rotated["second"]}
    assert keys(http.get("/v1/keys")) == {"second": rotated["second"]}


def test_in_place_of_the_last_key_comes_a_new_one(http: httpx.Client) -> None:
    before = keys(http.get("/v1/keys"))
    after = keys(http.delete("/v1/keys/default"))
    assert list(after) == ["default"]
    assert after["default"] != before["default"]


def test_there_are_at_most_two(http: httpx.Client) -> None:
    http.put("/v1/keys/second")
    assert refused(http.put("/v1/keys/third"))[:2] == (400, 5453)
    assert list(keys(http.get("/v1/keys"))) == ["default", "second"]


@pytest.mark.parametrize("name", ["a-b", "%C3%A9", "x" * 21, "", "a%0A"])
def test_a_bad_name_is_refused(http: httpx.Client, name: str) -> None:
    assert refused(http.put(f"/v1/keys/{name}"))[:2] == (400, 5400)


def test_what_is_missing_is_not_found(http: httpx.Client) -> None:
    assert refused(http.delete("/v1/keys/none"))[:2] == (404, 5404)
    assert refused(http.put("/v1/keys/a/b"))[:2] == (404, 7003)


def test_many_threads_begin_an_account_once() -> None:
    store = Store()
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda: seen.append(store.accounts.get("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1
    assert len(store.accounts.keys("a")) == 1
    assert "secret" not in repr(seen[0])
    store.close()


def test_the_slower_of_two_finds_the_account() -> None:
    quicker: list[Account] = []

    class Overtaken(Database):
        """Another thread adds an account right after it was not found."""

        def rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
            found = super().rows(query, values)
            if not found and not quicker:
                with self.transaction() as connection:
                    connection.execute("INSERT INTO accounts (id, hash, secret) VALUES ('a', 'hash', 'secret')")
                quicker.append(Account("a", "hash", "secret", flexible_variants=False))
            return found

    with closing(Overtaken()) as database:
        assert [Accounts(database).get("a")] == quicker


def test_a_file_keeps_what_an_account_has(tmp_path: Path) -> None:
    path = tmp_path / "images.sqlite"
    bodies: list[Any] = []
    for _ in range(2):
        with Sandbox(path) as sandbox:
            base_url = f"{sandbox.base_url}/accounts/a/images/v1"
            with httpx.Client(base_url=base_url, headers={"Authorization": "Bearer x"}) as http:
                if not bodies:
                    http.put("/keys/second")
                    http.patch("/config", json={"flexible_variants": True})
                bodies.append([http.get(path).json() for path in ("/keys", "/variants", "/config")])
    assert bodies[0] == bodies[1]
    assert len(bodies[0][0]["result"]["keys"]) == 2


def test_usage_counts_images_without_drafts(http: httpx.Client) -> None:
    upload(http)
    http.post("/v2/direct_upload")
    assert http.get("/v1/stats").json()["result"] == {"count": {"allowed": 100_000, "current": 1}}


def test_the_setting_can_be_switched(http: httpx.Client) -> None:
    assert http.get("/v1/config").json()["result"] == {"flexible_variants": False}
    on = http.patch("/v1/config", json={"flexible_variants": True})
    assert on.json() == {"result": {"flexible_variants": True}, "success": True, "errors": [], "messages": []}
    assert http.patch("/v1/config", json={}).json()["result"] == {"flexible_variants": True}
    assert http.get("/v1/config").json()["result"] == {"flexible_variants": True}


@pytest.mark.parametrize("body", [{"browser_ttl": 5}, {"flexible_variants": "true"}, {"flexible_variants": None}, []])
def test_other_settings_are_refused(http: httpx.Client, body: Any) -> None:
    assert refused(http.patch("/v1/config", json=body))[:2] == (400, 5400)
