"""What is known of the service, shown by the SDK against the sandbox: both have to behave, in both colours."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pictures import PNG
from servers import Run, run_async, run_sync

from cfimages import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    Image,
    NotFoundError,
    RequestTooLargeError,
    sign_url,
)
from cfimages.sandbox import Sandbox

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])


@pytest.fixture
def play(run: Run) -> Iterator[Any]:
    """Plays a scenario against an account of its own."""
    with Sandbox() as sandbox:
        yield lambda scenario: run(
            lambda images: scenario(images, sandbox), base_url=sandbox.base_url, batch_base_url=sandbox.batch_url
        )


def listed(images: Any) -> Any:
    """All ids of a listing, in either colour."""
    pager = images.list()

    async def collect() -> list[str]:
        return [image.id async for image in pager]

    return collect() if hasattr(pager, "__aiter__") else [image.id for image in pager]


@both
@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 3_000_000])
def test_what_is_uploaded_is_what_is_downloaded(play: Any, tmp_path: Path, size: int) -> None:
    content = (PNG * (size // len(PNG) + 1))[:size] if size >= 8 else PNG

    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        path = tmp_path / "a.png"
        path.write_bytes(content)
        for source in (content, path, io.BytesIO(content)):
            image = yield images.upload(source)
            target = io.BytesIO()
            assert (yield images.download(image.id, target)) == len(content)
            assert target.getvalue() == content

    play(scenario)


@both
@pytest.mark.parametrize("name", ["blob", "x/blob", "x/images/v1/y/blob"])
def test_an_image_may_be_called_as_the_address_of_its_bytes(play: Any, name: str) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        draft = yield images.direct_upload(id=name)
        assert (yield images.upload_to(draft.upload_url, PNG)).id == name
        assert (yield images.exists(name))
        assert (yield images.get(name)).id == name
        assert (yield images.edit(name, metadata={"a": 1})).meta == {"a": 1}
        target = io.BytesIO()
        yield images.download(name, target)
        assert target.getvalue() == PNG
        yield images.delete(name)
        assert not (yield images.exists(name))

    play(scenario)


@both
def test_a_key_and_a_variant_may_be_called_as_the_address_of_bytes(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        assert (yield images.keys.create("blob")).name == "blob"
        yield images.keys.delete("blob")
        assert (yield images.variants.create("blob", width=1, height=1)).id == "blob"
        assert (yield images.variants.get("blob")).id == "blob"

    play(scenario)


@both
def test_editing(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        first = yield images.upload(PNG, metadata={"a": 1, "b": 2}, creator="me")
        second = yield images.edit(first.id, metadata={"c": 3})
        assert (second.id, second.meta, second.creator) == (first.id, {"c": 3}, "me")
        private = yield images.edit(first.id, require_signed_urls=True)
        assert private.id != first.id
        assert (private.meta, private.require_signed_urls) == ({"c": 3}, True)
        assert not (yield images.exists(first.id))
        assert (yield images.exists(private.id))
        assert (yield listed(images)) == [private.id]
        with pytest.raises(NotFoundError):
            yield images.edit(first.id, creator="you")
        own = yield images.upload(PNG, id="own/id")
        with pytest.raises(BadRequestError):
            yield images.edit(own.id, require_signed_urls=True)

    play(scenario)


@both
def test_deleting(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        image = yield images.upload(PNG, id="a/b?c#d%e")
        assert (yield images.delete(image.id)) is None
        with pytest.raises(NotFoundError) as caught:
            yield images.delete(image.id)
        assert caught.value.errors[0].code == 5404
        assert (yield listed(images)) == []

    play(scenario)


@both
def test_an_id_is_given_once(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        yield images.upload(PNG, id="a")
        for again in (lambda: images.upload(PNG, id="a"), lambda: images.direct_upload(id="a")):
            with pytest.raises(ConflictError) as caught:
                yield again()
            assert caught.value.errors[0].code == 5409

    play(scenario)


@both
def test_the_size_of_a_file_is_the_services_to_refuse(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        with pytest.raises(RequestTooLargeError) as caught:
            yield images.upload(PNG.ljust(10 * 1024 * 1024 + 1))
        assert caught.value.errors[0].code == 5413

    play(scenario)


@both
def test_a_direct_upload_is_done_once_and_without_credentials(play: Any) -> None:
    def scenario(images: Any, sandbox: Sandbox) -> Iterator[Any]:
        draft = yield images.direct_upload(id="from/elsewhere", metadata={"a": 1}, expiry=timedelta(hours=1))
        assert (yield images.get(draft.id)).draft
        assert (yield listed(images)) == []
        image = yield images.upload_to(draft.upload_url, PNG, filename="theirs.png")
        assert (image.id, image.meta, image.draft) == ("from/elsewhere", {"a": 1}, False)
        assert (yield images.get(draft.id)).filename == "theirs.png"
        assert (yield listed(images)) == ["from/elsewhere"]
        with pytest.raises(APIStatusError):
            yield images.upload_to(draft.upload_url, PNG)
        with pytest.raises(NotFoundError):
            yield images.upload_to(draft.upload_url.replace("elsewhere", "nowhere"), PNG)

    play(scenario)


@both
def test_variants(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        hero = yield images.variants.create("hero", width=1366, height=768, fit="cover", metadata="keep")
        assert (hero.id, hero.width, hero.height, hero.fit, hero.metadata) == ("hero", 1366, 768, "cover", "keep")
        assert (yield images.variants.get("hero")) == hero
        assert {variant.id for variant in (yield images.variants.list())} == {"public", "hero"}
        edited = yield images.variants.edit("hero", width=1, height=2, never_require_signed_urls=True)
        assert (edited.width, edited.fit, edited.never_require_signed_urls) == (1, "scale-down", True)
        with pytest.raises(ConflictError):
            yield images.variants.create("hero", width=1, height=1)
        yield images.variants.delete("hero")
        with pytest.raises(NotFoundError):
            yield images.variants.get("hero")
        yield images.variants.delete("public")
        assert [variant.id for variant in (yield images.variants.list())] == ["public"]

    play(scenario)


@both
def test_signing_keys(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        (default,) = yield images.keys.list()
        second = yield images.keys.create("second")
        assert second.name == "second"
        assert set((yield images.keys.list())) == {default, second}
        assert (yield images.keys.create("second")).value != second.value
        assert (yield images.keys.delete("second")) is None
        assert (yield images.keys.list()) == (default,)
        with pytest.raises(NotFoundError):
            yield images.keys.delete("second")
        yield images.keys.delete(default.name)
        (another,) = yield images.keys.list()
        assert another.value != default.value

    play(scenario)


@both
def test_usage_and_settings(play: Any) -> None:
    def scenario(images: Any, _sandbox: Sandbox) -> Iterator[Any]:
        yield images.upload(PNG)
        usage = yield images.stats()
        assert (usage.current, usage.allowed > 1) == (1, True)
        assert not (yield images.settings()).flexible_variants
        assert (yield images.edit_settings(flexible_variants=True)).flexible_variants
        assert (yield images.settings()).flexible_variants

    play(scenario)


@both
def test_the_batch_host(play: Any) -> None:
    def scenario(images: Any, sandbox: Sandbox) -> Iterator[Any]:
        fast = images.batch()
        image = yield fast.upload(PNG, metadata={"a": 1})
        assert (yield images.get(image.id)) == (yield fast.get(image.id)) == image
        assert (yield fast.edit(image.id, creator="me")).creator == "me"
        assert (yield listed(fast)) == [image.id]
        assert (yield fast.direct_upload()).id
        yield fast.delete(image.id)
        with pytest.raises(NotFoundError):
            yield fast.get(image.id)

    play(scenario)


class Recorder(httpx.HTTPTransport):
    """Remembers which tokens were sent."""

    def __init__(self) -> None:
        super().__init__(verify=False)
        self.tokens: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        return super().handle_request(request)


def test_the_batch_token_is_good_for_the_batch_host_only() -> None:
    recorder = Recorder()
    with Sandbox() as sandbox, sandbox.client("mine", transport=recorder) as images:
        with images.batch() as fast:
            fast.upload(PNG)
        token = recorder.tokens[-1]
        with (
            pytest.raises(AuthenticationError),
            images.__class__("mine", api_token=token, base_url=sandbox.base_url) as other,
        ):
            other.get("x")


def test_a_batch_outlives_its_token() -> None:
    recorder = Recorder()
    with (
        Sandbox(batch_token_ttl=20) as sandbox,
        sandbox.client(transport=recorder) as images,
        images.batch() as fast,
    ):
        for _ in range(3):
            fast.upload(PNG)
    sent = [token for token in recorder.tokens if token != recorder.tokens[0]]  # which is the client's own
    assert len(set(sent)) == 3  # each lasts less than the margin, so each request has one of its own


@both
def test_delivery(play: Any) -> None:
    def scenario(images: Any, sandbox: Sandbox) -> Iterator[Any]:
        public: Image = yield images.upload(PNG, id="a b/100%")
        assert httpx.get(public.variants[0]).content == PNG
        assert httpx.get(public.url()).content == PNG
        private: Image = yield images.upload(PNG, require_signed_urls=True)
        (key,) = yield images.keys.list()
        assert httpx.get(private.url()).status_code in (401, 403)
        for expiry in (None, timedelta(minutes=5)):
            assert httpx.get(private.signed_url(key.value, expiry=expiry)).content == PNG
        forged = sign_url(private.url(), "another-key", expiry=timedelta(minutes=5))
        assert httpx.get(forged).status_code in (401, 403)
        yield images.variants.create("open", width=1, height=1, never_require_signed_urls=True)
        assert httpx.get(private.url("open")).content == PNG
        assert httpx.get(public.url({"width": 400})).status_code >= 400
        yield images.edit_settings(flexible_variants=True)
        assert httpx.get(public.url({"width": 400, "fit": "cover"})).content == PNG
        yield images.keys.create(key.name)
        assert httpx.get(private.signed_url(key.value)).status_code in (401, 403)

    play(scenario)
