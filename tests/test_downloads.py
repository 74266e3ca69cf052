"""Downloads over a real socket: all of the bytes, or an error and nothing half."""

import gzip
import io
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from servers import AT_ONCE, ONCE, Cut, Run, Server, Stall, answer, close, following, refusal, run_async, run_sync, said

from cfimages import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    ClientClosedError,
    CloudflareImages,
    CloudflareImagesError,
    InvalidArgumentError,
    NotFoundError,
)

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])
BYTES = bytes(range(256)) * 1024
PNG = {"Content-Type": "image/png"}
GZIP = PNG | {"Content-Encoding": "gzip"}
WHOLE = answer(200, BYTES, PNG)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


class Asynchronous:
    """A file as aiofiles opens it."""

    async def write(self, data: bytes) -> int:
        raise AssertionError("nobody awaits it")


@both
def test_download_to_a_path(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with Server(WHOLE) as server:
        assert run(lambda images: images.download("a/b", path), base_url=server.address) == len(BYTES)
    assert path.read_bytes() == BYTES
    assert list(tmp_path.iterdir()) == [path]
    assert server.received[0].target == "/accounts/acc/images/v1/a%2Fb/blob"
    assert server.received[0].headers["accept"].startswith("image/*")
    assert server.received[0].headers["accept-encoding"] == "identity"


@both
def test_download_to_an_open_file(run: Run) -> None:
    file = io.BytesIO(b"before")
    file.seek(0, io.SEEK_END)
    with Server(WHOLE) as server:
        assert run(lambda images: images.download("a", file), base_url=server.address) == len(BYTES)
    assert file.getvalue() == b"before" + BYTES


@both
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "Image/PNG"}, {"Content-Type": "binary/octet-stream"}])
def test_kinds_of_answers_that_are_images(run: Run, headers: dict[str, str]) -> None:
    with Server(answer(200, BYTES, headers)) as server:
        assert run(lambda images: images.download("a", io.BytesIO()), base_url=server.address) == len(BYTES)


@both
def test_download_of_an_unknown_length(run: Run, tmp_path: Path) -> None:
    with Server(CHUNKED) as server:
        assert run(lambda images: images.download("a", tmp_path / "a"), base_url=server.address) == 3


FAILURES: list[tuple[str, Any, type[APIError]]] = [
    ("cut", Cut(WHOLE[:-1]), APIConnectionError),
    ("stalled", Stall(WHOLE[:1000]), APITimeoutError),
    ("missing", refusal(404), NotFoundError),
    ("failed", answer(500, "<html>"), APIStatusError),
    ("JSON that says no", said(200, {"success": False, "errors": [], "messages": [], "result": None}), APIStatusError),
    ("JSON", said(200, {"success": True, "errors": [], "messages": [], "result": {}}), APIResponseValidationError),
    ("HTML", answer(200, "<html>", {"Content-Type": "text/html"}), APIResponseValidationError),
    ("HTML in capitals", answer(200, "<html>", {"Content-Type": "Text/HTML"}), APIResponseValidationError),
    ("problem", answer(200, "{}", {"Content-Type": "application/problem+json"}), APIResponseValidationError),
    ("nothing", b"HTTP/1.1 204 No Content\r\n\r\n", APIResponseValidationError),
    ("an image of no bytes", answer(200, b"", PNG), APIResponseValidationError),
    ("no bytes before the end of the connection", Cut(b"HTTP/1.1 200 OK\r\n\r\n"), APIResponseValidationError),
    ("later", answer(202, BYTES, PNG), APIResponseValidationError),
    ("a part", answer(206, BYTES, PNG | {"Content-Range": "bytes 0-9/99"}), APIResponseValidationError),
    ("half of what is compressed", answer(200, gzip.compress(BYTES)[:-9], GZIP), APIResponseValidationError),
    ("redirect", answer(302, "", {"Location": "https://elsewhere.example"}), APIStatusError),
]


@both
@pytest.mark.parametrize(("script", "kind"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES])
def test_failing_download_leaves_the_old_file(run: Run, tmp_path: Path, script: Any, kind: type[APIError]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    timeout = 0.3 if isinstance(script, Stall) else PATIENCE
    with Server(script) as server, pytest.raises(kind):
        run(lambda i: i.download("a", path), base_url=server.address, retries=ONCE, timeout=timeout)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@both
def test_download_is_repeated_until_bytes_have_come(run: Run, tmp_path: Path) -> None:
    with Server(refusal(503), Cut(), WHOLE) as server:
        run(lambda images: images.download("a", tmp_path / "a"), base_url=server.address, retries=AT_ONCE)
    assert (tmp_path / "a").read_bytes() == BYTES
    assert len(server.received) == 3


@both
def test_too_few_bytes_are_an_error(run: Run) -> None:
    """Where the transport does not count them: httpx's own does."""

    class Short(httpx.MockTransport):
        def __init__(self) -> None:
            super().__init__(
                lambda _: httpx.Response(200, headers={**PNG, "Content-Length": "10"}, stream=httpx.ByteStream(b"abc"))
            )

    with pytest.raises(
        APIResponseValidationError, match=r"^GET /accounts/acc/images/v1/a/blob: 200: 3 of 10 bytes were received$"
    ):
        run(lambda images: images.download("a", io.BytesIO()), base_url="http://127.0.0.1:1", transport=Short())


@both
def test_bytes_that_a_transport_has_in_memory(run: Run) -> None:
    """As in a test of a program that uses this package; httpx does not count them."""
    file, transport = io.BytesIO(), httpx.MockTransport(lambda _: httpx.Response(200, content=BYTES, headers=PNG))
    options: dict[str, Any] = {"base_url": "http://127.0.0.1:1", "transport": transport}
    assert run(lambda images: images.download("a", file), **options) == len(BYTES)
    assert file.getvalue() == BYTES


@both
def test_half_of_what_is_compressed_that_a_transport_has_in_memory(run: Run) -> None:
    """httpx decompresses it as far as it goes, and does not say that it is cut off."""
    half = httpx.Response(200, content=gzip.compress(BYTES)[:-9], headers=GZIP)
    options: dict[str, Any] = {"base_url": "http://127.0.0.1:1", "transport": httpx.MockTransport(lambda _: half)}
    with pytest.raises(APIResponseValidationError, match="came compressed, which was not asked for"):
        run(lambda images: images.download("a", io.BytesIO()), **options)


@both
def test_interrupted_writing_leaves_nothing(run: Run, tmp_path: Path) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    with Server(WHOLE) as server, pytest.raises(OSError, match="No space left"):
        run(lambda images: images.download("a", Full()), base_url=server.address)
    assert list(tmp_path.iterdir()) == []


@both
@pytest.mark.parametrize("folder", ["missing", "file"])
def test_path_that_cannot_be_written_is_named_as_it_was_given(run: Run, folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no folder")
    path = tmp_path / folder / "a.png"
    with Server(WHOLE) as server, pytest.raises(OSError, match=r"irectory") as caught:
        run(lambda images: images.download("a", path), base_url=server.address)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
    assert server.received == []


@both
@pytest.mark.parametrize(
    ("image_id", "to"),
    [("", "a"), ("..", "a"), ("a", 5), ("a", None), ("a", io.StringIO()), ("a", Asynchronous())],
)
def test_bad_download_is_refused_before_anything_is_sent(run: Run, image_id: str, to: Any) -> None:
    with Server() as server, pytest.raises(InvalidArgumentError):
        run(lambda images: images.download(image_id, to), base_url=server.address)
    assert server.received == []


@both
@pytest.mark.parametrize("folder", [".", "..", "/", "no-such-folder/", "no-such-folder/."])
def test_download_into_a_folder_is_refused_before_anything_is_sent(run: Run, folder: str) -> None:
    with Server() as server, pytest.raises(OSError, match=r"irectory|denied"):
        run(lambda images: images.download("a", folder), base_url=server.address)
    assert server.received == []


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors have no paths here")


@needs_proc
def test_descriptor_of_a_folder_is_a_folder(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.png", os.open(tmp_path, os.O_RDONLY)
    path.write_bytes(b"old")
    try:
        with Server(Cut(WHOLE[:-1])) as server, pytest.raises(APIConnectionError):
            run_sync(lambda i: i.download("a", f"/proc/self/fd/{folder}/a.png"), base_url=server.address, retries=ONCE)
        with Server() as server, pytest.raises(IsADirectoryError):
            run_sync(lambda i: i.download("a", f"/proc/self/fd/{folder}"), base_url=server.address)
    finally:
        os.close(folder)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_stream_gives_chunks_and_may_be_left_early() -> None:
    with (
        Server(WHOLE, WHOLE) as server,
        CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address) as images,
    ):
        with images.stream("a") as chunks:
            assert BYTES.startswith(next(chunks))
        with images.stream("a") as chunks:
            assert b"".join(chunks) == BYTES


def entered(stream: Any) -> Any:
    return stream.__aenter__() if hasattr(stream, "__aenter__") else stream.__enter__()


def left(stream: Any) -> Any:
    reason = (None, None, None)
    return stream.__aexit__(*reason) if hasattr(stream, "__aexit__") else stream.__exit__(*reason)


@both
@pytest.mark.parametrize("taken", [0, 1])
@pytest.mark.parametrize("end", ["closed", "made in another process"])
def test_stream_ends_with_its_client(run: Run, taken: int, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        stream, here = images.stream("a"), os.getpid()
        chunks = yield entered(stream)
        for _ in range(taken):
            yield following(chunks)
        with monkeypatch.context() as child:
            if end == "closed":
                yield close(images)
            else:
                child.setattr(os, "getpid", lambda: here + 1)
            with pytest.raises(ClientClosedError, match=end):
                yield following(chunks)
        yield left(stream)

    with Server(WHOLE) as server:
        run(scenario, base_url=server.address)


@both
@pytest.mark.parametrize(
    ("script", "kind", "size"), [(WHOLE, "image/png", len(BYTES)), (CHUNKED, None, None)], ids=["all", "nothing"]
)
def test_stream_says_what_the_service_says_of_it(run: Run, script: bytes, kind: str | None, size: int | None) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        stream = images.stream("a")
        yield entered(stream)
        assert (stream.content_type, stream.size) == (kind, size)
        yield left(stream)

    with Server(script) as server:
        run(scenario, base_url=server.address)


@both
def test_stream_that_was_left_says_so(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        stream = images.stream("a")
        chunks = yield entered(stream)
        yield left(stream)
        with pytest.raises(CloudflareImagesError, match="the stream is closed: read it inside its `with` block"):
            yield anext(chunks) if hasattr(chunks, "__anext__") else next(chunks)

    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=PNG, content=b"abc"))
    run(scenario, transport=transport)


@both
def test_stream_is_entered_once_before_it_is_read(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        stream = images.stream("a")
        yield close(stream)  # nothing is open yet
        with pytest.raises(CloudflareImagesError, match="use it in a `with` block"):
            yield following(stream)
        yield entered(stream)
        with pytest.raises(CloudflareImagesError, match="can be entered once"):
            yield entered(stream)
        yield left(stream)

    with Server(WHOLE) as server:
        run(scenario, base_url=server.address)


class Interrupted(BaseException):
    """What a handler of a signal raises."""


class Interrupting(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of which one piece is read before an interruption comes."""

    def __iter__(self) -> Iterator[bytes]:
        yield BYTES[:1]
        raise Interrupted

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield BYTES[:1]
        raise Interrupted


@both
def test_stream_that_was_interrupted_does_not_look_complete(run: Run) -> None:
    async def interrupted_async(stream: Any) -> None:
        with pytest.raises(Interrupted):
            await following(stream)

    def interrupted(stream: Any) -> None:
        with pytest.raises(Interrupted):
            following(stream)

    def scenario(images: Any) -> Iterator[Any]:
        stream = images.stream("a")
        yield entered(stream)
        yield interrupted(stream) if run is run_sync else interrupted_async(stream)
        with pytest.raises(APIResponseValidationError, match="the download was interrupted: open a new stream"):
            yield following(stream)
        yield left(stream)

    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=PNG, stream=Interrupting()))
    run(scenario, transport=transport)


@both
def test_stream_that_breaks_because_its_client_is_closed_says_so(run: Run) -> None:
    class Closed(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            clients[0].close()
            raise httpx.ReadError("bad file descriptor")
            yield b""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            await clients[0].aclose()
            raise httpx.ReadError("bad file descriptor")
            yield b""

    def download(images: Any) -> Any:
        clients.append(images)
        return images.download("a", io.BytesIO())

    clients: list[Any] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=PNG, stream=Closed()))
    with pytest.raises(ClientClosedError) as caught:
        run(download, base_url="http://127.0.0.1:1", transport=transport)
    assert isinstance(broken := caught.value.__context__, httpx.ReadError)
    assert (broken.__traceback__, broken.__context__) == (None, None)  # frames of httpcore hold the credentials
