"""The README's comparison: each line of its last column is so. `test_official.py` shows the official SDK's."""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from documents import read
from pictures import PNG
from servers import envelope

from cfimages import APIError, CloudflareImages, ConflictError, FilterError, NotFoundError, jobs
from cfimages.sandbox import Sandbox

SECTION = read("README.md").partition("## Compared with Cloudflare's own tools\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| ([^|]+) \|", SECTION, re.MULTILINE)


def answering(status: int, requests: list[httpx.Request]) -> CloudflareImages:
    """Return a client of a service that refuses everything with this status."""

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status, json=envelope(None, success=False))

    return CloudflareImages("account", api_token="token", transport=httpx.MockTransport(answer))


def lists_every_image_and_goes_on(images: CloudflareImages, folder: Path) -> None:
    assert len(list(images.list(per_page=10))) == 25
    first = next(images.list(per_page=10).pages())
    assert len(list(images.list(per_page=10).starting_at(first.next_token))) == 15


def lists_with_the_old_api(images: CloudflareImages, folder: Path) -> None:
    with pytest.warns(DeprecationWarning, match="list_v1"):
        assert len(list(images.list_v1(per_page=10))) == 25


def sends_a_filter_or_refuses_it(images: CloudflareImages, folder: Path) -> None:
    assert [image.meta for image in images.list(meta={"n": {"gte": 24}})] == [{"n": 24}]
    with pytest.raises(FilterError):
        images.list(meta={"n": {"above": 24}})


def lists_images_without_a_creator(images: CloudflareImages, folder: Path) -> None:
    assert len(list(images.list(creator=""))) == 24


def uploads_a_folder_once_although_it_was_stopped(images: CloudflareImages, folder: Path) -> None:
    job = jobs.upload(images, folder / "upload.job", folder / "photos", id="{path}")
    for _ in job.events(workers=1):
        job.stop()
    assert jobs.resume(images, folder / "upload.job").run().counts["done"] == 3
    assert images.stats().current == 28


def shows_the_plan_of_each_item(images: CloudflareImages, folder: Path) -> None:
    job = jobs.delete(images, folder / "delete.job", creator="me")
    assert [item.key for item in job.items()] == ["0"]
    assert images.exists("0")


def raises_where_success_is_false(images: CloudflareImages, folder: Path) -> None:
    with answering(200, []) as refused, pytest.raises(APIError):
        refused.get("0")


def does_not_repeat_a_conflict(images: CloudflareImages, folder: Path) -> None:
    requests: list[httpx.Request] = []
    with answering(409, requests) as refused, pytest.raises(ConflictError):
        refused.get("0")
    assert len(requests) == 1


def raises_errors_that_can_be_pickled(images: CloudflareImages, folder: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        images.get("no-such-image")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


SHOWN: dict[str, Callable[[CloudflareImages, Path], Any]] = {
    "list all images": lists_every_image_and_goes_on,
    "list with the old API (v1)": lists_with_the_old_api,
    "filter by metadata": sends_a_filter_or_refuses_it,
    "images without a creator": lists_images_without_a_creator,
    "upload a folder": uploads_a_folder_once_although_it_was_stopped,
    "dry run": shows_the_plan_of_each_item,
    "response with `success: false`": raises_where_success_is_false,
    "409 Conflict": does_not_repeat_a_conflict,
    "errors": raises_errors_that_can_be_pickled,
}


@pytest.mark.parametrize("row", SHOWN)
def test_the_last_column_is_so(row: str, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in "abc":
        (tmp_path / "photos" / f"{name}.png").write_bytes(PNG + name.encode())
    with Sandbox() as sandbox, sandbox.client() as images:
        for number in range(25):
            images.upload(PNG, id=f"{number}", metadata={"n": number}, creator=None if number else "me")
        SHOWN[row](images, tmp_path)


def test_each_row_is_shown() -> None:
    assert list(SHOWN) == ROWS
