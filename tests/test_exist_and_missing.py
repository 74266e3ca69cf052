"""`exist_ok`, `missing_ok`, and which 404 says that an image is missing."""

from collections.abc import Iterator
from typing import Any

import pytest
from servers import ONCE, Run, Server, answer, envelope, image, refusal, run_async, run_sync, said

from cfimages import APIError, ConflictError, NoRouteError, NotFoundError

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

MISSING = refusal(404, 5404)
OF_A_PROXY = answer(404, "<html><title>Not here</title>", {"Content-Type": "text/html"})
IN_A_HEADER = answer(404, "", {"Cf-Images": "err=5404"})
NO_ROUTE = refusal(404, 7003, "Could not route to /accounts/typo")


@both
@pytest.mark.parametrize("response", [MISSING, IN_A_HEADER, answer(404, "ERROR 5404: Image not found")])
def test_a_missing_image_counts_as_deleted_if_asked(run: Run, response: bytes) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        yield images.delete("a", missing_ok=True)
        with pytest.raises(NotFoundError):
            yield images.delete("a")
        assert (yield images.exists("a")) is False

    with Server(response, forever=True) as server:
        run(scenario, base_url=server.address, retries=ONCE)


@both
@pytest.mark.parametrize(("path", "advice"), [("", r" \(base_url usually ends with /client/v4\)"), ("/client/v4", "")])
def test_an_address_that_leads_nowhere_tells_how_one_ends(run: Run, path: str, advice: str) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(NoRouteError, match=rf"accounts/typo{advice} \(code 7003\)"):
            yield images.get("a")

    with Server(NO_ROUTE) as server:
        run(scenario, base_url=server.address + path, retries=ONCE)


@both
@pytest.mark.parametrize(
    ("response", "kind"),
    [(OF_A_PROXY, NotFoundError), (NO_ROUTE, NoRouteError), (refusal(400, 7000), NoRouteError)],
    ids=["of a proxy", "no route", "no such account"],
)
def test_nothing_else_counts_as_a_missing_image(run: Run, response: bytes, kind: type[Exception]) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        for call in (lambda: images.delete("a", missing_ok=True), lambda: images.exists("a"), lambda: images.get("a")):
            with pytest.raises(kind):
                yield call()

    with Server(response, forever=True) as server:
        run(scenario, base_url=server.address, retries=ONCE)


DELETIONS = {
    "an image": lambda images: images.delete("a", missing_ok=True),
    "an image with a slash": lambda images: images.delete("a/blob"),
    "a key": lambda images: images.keys.delete("blob"),
    "a variant": lambda images: images.variants.delete("blob"),
    "a source": lambda images: images.imports.sources.delete("a"),
    "an import": lambda images: images.imports.delete("a"),
}


@both
@pytest.mark.parametrize("delete", DELETIONS.values(), ids=DELETIONS)
@pytest.mark.parametrize("content_type", ["application/json", "image/png", "application/octet-stream", "text/html", ""])
@pytest.mark.parametrize("body", ['{"success": false}', '{"success": "true"}', "{}", "[true]", "gone", ""])
def test_only_an_envelope_that_says_so_counts_as_deleted(run: Run, delete: Any, content_type: str, body: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    with Server(answer(200, body, headers)) as server, pytest.raises(APIError) as caught:
        run(delete, base_url=server.address)
    assert caught.value.status_code == 200
    assert server.lines[0].startswith("DELETE ")


def test_an_address_that_leads_nowhere_is_no_missing_image() -> None:
    assert not issubclass(NoRouteError, NotFoundError)


@both
def test_an_existing_image_is_returned_if_asked(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        found = yield images.upload(b"bytes", id="own", exist_ok=True)
        assert found.creator == "somebody"
        with pytest.raises(ConflictError):
            yield images.upload(b"bytes", id="own")

    existing = said(200, envelope({"id": "own", "creator": "somebody"}))
    with Server(refusal(409, 5409), existing, refusal(409, 5409)) as server:
        run(scenario, base_url=server.address)
    assert [line.partition(" ")[0] for line in server.lines] == ["POST", "GET", "POST"]


@both
def test_a_draft_is_a_conflict_also_if_asked(run: Run) -> None:
    draft = said(200, envelope({"id": "own", "draft": True}))
    with Server(refusal(409, 5409), draft) as server, pytest.raises(ConflictError):
        run(lambda images: images.upload(b"bytes", id="own", exist_ok=True), base_url=server.address)


@both
def test_a_new_image_is_uploaded(run: Run) -> None:
    with Server(image("own")) as server:
        run(lambda images: images.upload(b"bytes", id="own", exist_ok=True), base_url=server.address)
    assert len(server.received) == 1
