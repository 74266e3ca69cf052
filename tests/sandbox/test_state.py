"""Any state that a test needs: images from outside the protocol, the clock, what was asked, and the way back."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pictures import PNG
from sandbox.calls import refused, upload

from cfimages.sandbox import RateLimit, Sandbox
from cfimages.sandbox.clock import Clock
from cfimages.sandbox.database import DuplicateError

WHEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
TOKEN = {"Authorization": "Bearer any"}


def client(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=f"{sandbox.base_url}/accounts/sandbox/images", headers=TOKEN)


def test_an_image_is_as_it_was_described(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    added = sandbox.add(
        PNG, account=account, id="a/b", uploaded=WHEN, metadata={"n": 1}, creator="ada", filename="a.png"
    )
    assert added == "a/b"
    image = http.get("/v1/a/b").json()["result"]
    assert image.pop("variants")
    assert image == {
        "id": "a/b",
        "filename": "a.png",
        "uploaded": "2026-05-01T12:00:00.000Z",
        "requireSignedURLs": False,
        "meta": {"n": 1},
        "creator": "ada",
    }
    assert http.get("/v1/a/b/blob").content == PNG


def test_a_file_may_be_a_path_or_open_or_none(
    sandbox: Sandbox, http: httpx.Client, account: str, tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    by_path = sandbox.add(path, account=account)
    with path.open("rb") as file:
        opened = sandbox.add(file, account=account)
    pixel = sandbox.add(account=account, require_signed_urls=True)
    assert http.get(f"/v1/{by_path}").json()["result"]["filename"] == "photo.png"
    assert [http.get(f"/v1/{id}/blob").content for id in (by_path, opened)] == [PNG, PNG]
    assert http.get(f"/v1/{pixel}/blob").content.startswith(PNG[:8])
    assert http.get(f"/v1/{pixel}").json()["result"]["requireSignedURLs"]


def test_a_draft_waits_for_its_file(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    draft = sandbox.add(account=account, draft=True)
    assert http.get(f"/v1/{draft}").json()["result"]["draft"]
    assert http.get("/v2").json()["result"]["images"] == []


def test_what_cannot_be_described_is_refused(sandbox: Sandbox, account: str) -> None:
    sandbox.add(PNG, account=account, id="a")
    for content in (PNG, None):
        with pytest.raises(DuplicateError):
            sandbox.add(content, account=account, id="a")
    with pytest.raises(ValueError, match="id is empty"):
        sandbox.add(PNG, account=account, id="")
    with pytest.raises(ValueError, match="uploaded has no time zone"):
        sandbox.add(PNG, account=account, uploaded=datetime(2026, 5, 1))  # noqa: DTZ001 - that is what is tested
    with pytest.raises(ValueError, match="a draft has no file"):
        sandbox.add(PNG, account=account, draft=True)
    with pytest.raises(ValueError, match="count must not be negative"):
        sandbox.fill(account, -5)


def test_made_up_images_are_public_since_private_ones_cannot_have_such_ids(sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 23)
    with sandbox.client(account) as images:
        assert [image.id for image in images.list() if image.require_signed_urls] == []


def test_made_up_images_are_as_wanted(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    sandbox.fill(account, 2, start=WHEN, interval=timedelta(days=1), prefix="x/", metadata={"a": 1}, creator="me")
    sandbox.fill(account, 1, prefix="y/", metadata=lambda number: {"n": number}, creator=lambda _: None)
    images = http.get("/v2").json()["result"]["images"]
    assert [(i["id"], i["uploaded"][:10], i["meta"], i.get("creator")) for i in images] == [
        ("x/0000001", "2026-05-02", {"a": 1}, "me"),
        ("x/0000000", "2026-05-01", {"a": 1}, "me"),
        ("y/0000000", "2026-01-01", {"n": 0}, None),
    ]


@pytest.mark.parametrize("in_file", [True, False])
def test_everything_is_put_back(in_file: bool, tmp_path: Path) -> None:
    with Sandbox(tmp_path / "db.sqlite" if in_file else None) as sandbox, client(sandbox) as http:
        upload(http, id="kept")
        key = http.get("/v1/keys").json()
        snapshot = sandbox.snapshot()
        for _ in range(2):
            http.delete("/v1/kept")
            upload(http, id="new")
            http.put("/v1/keys/default")
            sandbox.restore(snapshot)
            assert [image["id"] for image in http.get("/v2").json()["result"]["images"]] == ["kept"]
            assert http.get("/v1/kept/blob").content == PNG
            assert http.get("/v1/keys").json() == key


def test_a_clock_can_be_moved() -> None:
    clock = Clock(lambda: 1000.0)
    clock.advance(5)
    clock.advance(timedelta(seconds=2))
    assert clock.seconds() == 1007
    clock.set(WHEN)
    assert clock.now() == WHEN
    assert repr(clock) == "Clock('2026-05-01T12:00:00.000+00:00')"
    clock.reset()
    assert clock.milliseconds() == 1_000_000
    with pytest.raises(ValueError, match="no time zone"):
        clock.set(datetime(2026, 5, 1))  # noqa: DTZ001 - that is what is tested
    with pytest.raises(ValueError, match="thousand years"):
        clock.advance(float("nan"))


def test_what_ends_ends_by_the_clock_of_the_sandbox() -> None:
    with Sandbox(rate_limit=RateLimit(100, 60)) as sandbox, client(sandbox) as http:
        draft = http.post("/v2/direct_upload").json()["result"]["uploadURL"]
        token = http.get("/v1/batch_token").json()["result"]["token"]
        sandbox.clock.advance(timedelta(hours=2))
        late = httpx.post(draft, files={"file": ("a.png", PNG)})
        assert refused(late)[:2] == (410, 5400)
        batch = httpx.get(f"{sandbox.batch_url}/images/v2", headers={"Authorization": f"Bearer {token}"})
        assert refused(batch)[:2] == (401, 10000)
        uploaded = datetime.fromisoformat(upload(http, id="a").json()["result"]["uploaded"])
        assert 7100 < uploaded.timestamp() - time.time() < 7300
        sandbox.clock.set(WHEN)
        assert http.get("/v2").headers["date"] == "Fri, 01 May 2026 12:00:00 GMT"
        assert upload(http).json()["result"]["uploaded"].startswith("2026-05-01T12:00")
