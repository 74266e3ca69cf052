"""What an upload reads: every kind of source gives its bytes, from the beginning and twice, or is refused by name."""

import asyncio
import gzip
import io
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from systems import needs_names_that_are_no_text

from cfimages import InvalidArgumentError
from cfimages.files.sources import (
    collect,
    is_async_source,
    open_source,
    source_name,
)

BYTES = bytes(range(256)) * 600


def read(file: Any, filename: str | None = None) -> tuple[bytes, str]:
    """Read a source twice, as a repeated request does."""
    with open_source(file, filename) as (stream, name):
        first = stream.read()
        stream.seek(0)
        assert stream.read() == first
    return first, name


def refusal(function: Any, *arguments: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        function(*arguments)
    return str(caught.value)


class Stream:
    """A download under way, as the clients give it."""

    content_type = "image/png"

    def __init__(self, chunks: list[bytes], *, is_started: bool = False) -> None:
        self.is_started = is_started
        self._chunks = iter(chunks)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


class Reader:
    """The least that could be called a file."""

    def __init__(self, content: Any = b"bytes") -> None:
        self.content = content

    def read(self) -> Any:
        return self.content


def chunked() -> Iterator[bytes]:
    yield b"by"
    yield b"tes"


@pytest.mark.parametrize(
    "file",
    [
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"b-y-t-e-s")[::2],
        io.BytesIO(b"bytes"),
        io.BufferedReader(io.BytesIO(b"bytes")),
        Reader(),
        Reader(bytearray(b"bytes")),
        httpx.Response(200, content=b"bytes"),
        httpx.Response(200, stream=httpx.ByteStream(b"bytes")),
        httpx.Response(200, content=chunked()),
        Stream([b"by", b"tes"]),
        chunked(),
        [b"by", memoryview(b"tes")],
    ],
    ids=lambda file: type(file).__name__,
)
def test_each_source_gives_its_bytes(file: Any) -> None:
    assert not is_async_source(file)
    assert read(file) == (b"bytes", "image")


@pytest.mark.parametrize("content", [b"x", BYTES], ids=["one", "all"])
@pytest.mark.parametrize("source", ["path", "text path", "file", "unbuffered"])
def test_a_file_on_a_disk_gives_its_bytes_from_the_beginning(content: bytes, source: str, tmp_path: Path) -> None:
    path = tmp_path / "a picture.png"
    path.write_bytes(content)
    if source in ("path", "text path"):
        assert read(path if source == "path" else str(path)) == (content, "a picture.png")
        return
    with path.open("rb", buffering=-1 if source == "file" else 0) as file:
        file.seek(1)
        assert read(file) == (content, "a picture.png")
        assert read(file) == (content, "a picture.png")
        assert not file.closed


@pytest.mark.parametrize("file", [io.BytesIO(), [], iter([b""]), Reader(b"")], ids=lambda file: type(file).__name__)
def test_what_has_no_bytes_is_refused(file: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^file=.*: has no bytes: it is empty, or was read before$"):
        read(file)


def test_an_iterator_that_was_read_before_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    chunks = chunked()
    assert read(chunks) == (b"bytes", "image")
    (path := tmp_path / "a.png").touch()
    with pytest.raises(InvalidArgumentError, match=r": has no bytes"):
        read(chunks)
    for file, shown in ((path, str(path)), (str(path), str(path)), (b"", b""), (bytearray(), bytearray())):
        with pytest.raises(InvalidArgumentError) as caught:
            read(file)
        assert str(caught.value) == f"file={shown!r}: is empty"
    with path.open("rb") as opened, pytest.raises(InvalidArgumentError, match=r"a\.png.*: has no bytes"):
        read(opened)


def test_the_page_of_an_error_is_not_taken_for_an_image() -> None:
    response = httpx.Response(404, content=b"<html>")
    with pytest.raises(InvalidArgumentError, match=r"^file=<Response \[404 Not Found\]>: is an error response"):
        read(response)
    with pytest.raises(InvalidArgumentError, match=r": is an error response$"):
        asyncio.run(collect(httpx.Response(404, stream=AsyncStream([b"x"]))))


def test_a_file_on_a_disk_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(BYTES)
    with open_source(path) as (stream, _):
        assert not isinstance(stream, io.BytesIO)
        assert os.fstat(stream.fileno()).st_size == len(BYTES)
        assert stream.seekable()
        assert stream.read(10) == BYTES[:10]


@pytest.mark.parametrize(("before", "after"), [(9, 10), (1, 3_000_000), (3_000_000, 2_000_000), (9, 0)])
def test_a_file_that_changes_while_it_is_read_is_an_oserror(tmp_path: Path, before: int, after: int) -> None:
    path = tmp_path / "changing.png"
    path.write_bytes(bytes(before))
    with open_source(path) as (stream, _):
        os.truncate(path, after)
        with pytest.raises(OSError, match=f"changing.png: changed while it was sent: it had {before} bytes"):
            list(iter(partial(stream.read, 65536), b""))


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="the system has no files without a size")
def test_a_file_whose_size_the_system_does_not_know_is_read_whole() -> None:
    assert read("/proc/version") == (Path("/proc/version").read_bytes(), "version")


def test_a_pipe_is_read_whole() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as pipe, open(writing, "wb") as source:  # noqa: PTH123 - descriptors, not paths
        thread = threading.Thread(target=lambda: (source.write(BYTES), source.close()))
        thread.start()
        assert read(pipe) == (BYTES, "image")
        thread.join()
        assert not pipe.closed


def test_an_unbuffered_pipe_without_bytes_yet_is_an_error() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with (
        open(reading, "rb", buffering=0) as pipe,  # noqa: PTH123 - descriptors, not paths
        open(writing, "wb"),  # noqa: PTH123
        pytest.raises(BlockingIOError, match="has no bytes now"),
    ):
        read(pipe)


def test_a_file_just_written_and_a_compressed_one_are_read_whole(tmp_path: Path) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"just written")  # still in Python's buffer
        assert read(file) == (b"just written", "image")
    with gzip.open(tmp_path / "a.png.gz", "wb") as file:
        file.write(BYTES)
    with gzip.open(tmp_path / "a.png.gz") as file:
        assert read(file, "a.png") == (BYTES, "a.png")


@pytest.mark.parametrize("folder", ["none.png", "."])
def test_a_path_that_cannot_be_read_is_an_oserror(folder: str, tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - whichever the system has for it
        read(tmp_path / folder)


def test_file_opened_here_is_closed_also_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"x")
    with open_source(path) as (stream, name):
        assert (stream.read(), name) == (b"x", "picture.png")
    with pytest.raises(ValueError, match="closed"):
        stream.fileno()
    with pytest.raises(ZeroDivisionError), open_source(str(path)) as (stream, _):
        raise ZeroDivisionError
    with pytest.raises(ValueError, match="closed"):
        stream.fileno()


@pytest.mark.parametrize("file", [b"x", io.BytesIO(b"x")])
def test_what_is_not_opened_here_stays_open(file: Any) -> None:
    with open_source(file) as (stream, name):
        assert (stream.read(), name) == (b"x", "image")
    assert not stream.closed


def closed() -> io.BytesIO:
    file = io.BytesIO(b"bytes")
    file.close()
    return file


def consumed() -> httpx.Response:
    response = httpx.Response(200, content=chunked())
    for _ in response.iter_bytes():
        pass
    return response


class Sized:
    def read(self, size: int) -> bytes:
        raise AssertionError("nobody says how much")


class LateFuture:
    def __await__(self) -> Iterator[None]:
        raise AssertionError("nobody awaits it")
        yield


NOT_BYTES = "must be bytes, a path, a file opened in binary mode, or chunks of bytes"
REFUSED: dict[str, tuple[Any, str]] = {
    "None": (None, NOT_BYTES),
    "number": (5, NOT_BYTES),
    "object": (object(), NOT_BYTES),
    "mapping": ({"file": b"x"}, NOT_BYTES),
    "numbers": ([1, 2], "must yield bytes, not int"),
    "texts": (iter(["x"]), "must yield bytes, not str"),
    "text in memory": (io.StringIO("x"), "is opened as text: open it in binary mode ('rb')"),
    "reads text": (Reader("x"), "its read() returned str instead of bytes"),
    "reads numbers": (Reader(5), "its read() returned int instead of bytes"),
    "wants a size": (Sized(), "cannot be read: "),
    "closed": (closed(), "cannot be read: I/O operation on closed file"),
    "consumed": (consumed(), "cannot be read: Attempted to read or stream some content"),
    "partly read": (Stream([b"tes"], is_started=True), "pass it before anything is read from it"),
    "awaitable": (Reader(LateFuture()), "its read() returned LateFuture instead of bytes"),
}


@pytest.mark.parametrize(("file", "why"), REFUSED.values(), ids=REFUSED)
def test_what_gives_no_bytes_is_refused(file: Any, why: str) -> None:
    text = refusal(read, file)
    assert text.startswith("file=")
    assert f": {why}" in text


def test_files_of_the_system_that_give_no_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("w") as writable:
        assert "is opened as text" in refusal(read, writable)
    path.write_bytes(b"\xff")
    with path.open() as text:
        assert "is opened as text" in refusal(read, text)
    with path.open("wb") as write_only:
        assert "cannot be read: " in refusal(read, write_only)
    with path.open("rb") as file:
        pass
    assert "cannot be read: " in refusal(read, file)


def test_an_error_of_a_generator_stays_what_it_is() -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise ValueError("of the caller")

    with pytest.raises(ValueError, match=r"^of the caller$") as caught:
        read(broken())
    assert type(caught.value) is ValueError


@pytest.mark.parametrize("path", ["a\0b", "\ud800\0", "\ud800"])
def test_a_path_that_is_none_is_refused_or_an_oserror(path: str) -> None:
    with pytest.raises((InvalidArgumentError, OSError)):
        read(path)


def test_refusal_does_not_repeat_a_whole_image() -> None:
    assert len(refusal(read, Reader(io.BytesIO(bytes(100_000))))) < 1000
    assert len(refusal(read, {"file": bytes(100_000)})) < 1000


# --- Asynchronous ones ------------------------------------------------------------------------------------------


class Uploaded:
    """As FastAPI hands it out, after somebody has looked into it."""

    def __init__(self, content: Any = b"bytes") -> None:
        self.position = 2
        self.content = content

    async def read(self, size: int = -1) -> Any:
        return self.content[self.position :] if isinstance(self.content, bytes) else self.content

    async def seek(self, position: int) -> None:
        self.position = position


class AsyncPipe(Uploaded):
    async def seek(self, position: int) -> None:
        raise io.UnsupportedOperation("seek")


class AsyncStream:
    def __init__(self, chunks: list[Any]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[Any]:
        for chunk in self._chunks:
            yield chunk


class PartialRead:
    def __init__(self) -> None:
        self.read = partial(Uploaded().read, 5)


async def chunked_async() -> AsyncIterator[bytes]:
    yield b"by"
    yield b"tes"


ASYNC: dict[str, tuple[Any, bytes]] = {
    "uploaded": (Uploaded, b"bytes"),
    "pipe": (AsyncPipe, b"tes"),
    "partial": (PartialRead, b"tes"),
    "stream": (lambda: AsyncStream([b"by", b"tes"]), b"bytes"),
    "generator": (chunked_async, b"bytes"),
    "response": (lambda: httpx.Response(200, content=chunked_async()), b"bytes"),
}


@pytest.mark.parametrize(("make", "content"), ASYNC.values(), ids=ASYNC)
def test_an_asynchronous_source_is_collected(make: Any, content: bytes) -> None:
    assert is_async_source(make())
    assert asyncio.run(collect(make())) == content


@pytest.mark.parametrize("make", [make for make, _ in ASYNC.values()], ids=ASYNC)
def test_an_asynchronous_source_is_refused_where_nothing_awaits(make: Any) -> None:
    assert refusal(read, make()).endswith(": is asynchronous: pass its bytes, or use AsyncCloudflareImages")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (Uploaded("text"), "its read() returned str instead of bytes"),
        (Uploaded(5), "its read() returned int instead of bytes"),
        (AsyncStream(["text"]), "must yield bytes, not str"),
    ],
)
def test_an_asynchronous_source_that_gives_no_bytes_is_refused(file: Any, why: str) -> None:
    assert f": {why}" in refusal(asyncio.run, collect(file))


def test_an_asynchronous_response_that_was_consumed_is_refused() -> None:
    async def scenario() -> None:
        response = httpx.Response(200, content=chunked_async())
        async for _ in response.aiter_bytes():
            pass
        with pytest.raises(InvalidArgumentError, match="cannot be read: Attempted"):
            await collect(response)

    asyncio.run(scenario())


# --- Names ------------------------------------------------------------------------------------------------------


class Named(io.BytesIO):
    """A stream with a name, of whatever kind."""

    def __init__(self, name: Any) -> None:
        super().__init__(b"x")
        self.name = name


class Received(Reader):
    """A file as web frameworks give it: `name` is the field of the form."""

    name = "field"

    def __init__(self, filename: str | None) -> None:
        super().__init__()
        self.filename = filename


@pytest.mark.parametrize(
    ("file", "filename", "name"),
    [
        (b"x", None, "image"),
        (b"x", "own.png", "own.png"),
        (b"x", "", "image"),
        (io.BytesIO(b"x"), None, "image"),
        (io.BytesIO(b"x"), "own.png", "own.png"),
        (Named("/some/folder/picture.png"), None, "picture.png"),
        (Named("/some/folder/picture.png"), "own.png", "own.png"),
        (Named(7), None, "image"),
        (Named(b"bytes.png"), None, "image"),
        (Named(""), None, "image"),
        (Named("/"), None, "image"),
        (Named(Path("folder/a.png")), None, "a.png"),
        (Received("a.png"), None, "a.png"),
        (Received("a.png"), "own.png", "own.png"),
        (Received(None), None, "field"),
        (Received(""), None, "field"),
        (Named("a\ud800.png"), None, "a\N{REPLACEMENT CHARACTER}.png"),
    ],
)
def test_name_of_the_file(file: Any, filename: str | None, name: str) -> None:
    assert source_name(file, filename) == name
    with open_source(file, filename) as (_, found):
        assert found == name


@pytest.mark.parametrize("filename", [5, b"own.png", "\ud800"], ids=repr)
def test_name_that_is_not_text_is_refused(filename: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^filename="):
        open_source(b"x", filename).__enter__()


@needs_names_that_are_no_text
@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_the_name_of_a_file_that_is_no_text_can_be_sent(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.png")
    path.write_bytes(BYTES)
    name = "a\N{REPLACEMENT CHARACTER}.png"
    assert read(path) == (BYTES, name)
    with path.open("rb") as file:
        assert read(file) == (BYTES, name)
    assert source_name(os.fsencode(path)) == "image"  # those are bytes of an image
