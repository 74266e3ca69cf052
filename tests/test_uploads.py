"""The form of an upload: its fields, and the file, from every kind of source."""

import asyncio
import gzip
import io
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE
from python_multipart.multipart import MultipartParser
from servers import ONCE, Received, Run, Server, answer, image, refusal, run_async, run_sync

from cfimages import APIResponseValidationError, AsyncCloudflareImages, InvalidArgumentError, NotFoundError

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

BYTES = bytes(range(256)) * 600


@pytest.mark.parametrize(("before", "after"), [(9, 10), (1, 3_000_000), (3_000_000, 2_000_000), (9, 0)])
@both
def test_file_that_changes_while_it_is_sent_is_an_oserror(run: Run, tmp_path: Path, before: int, after: int) -> None:
    path = tmp_path / "changing.png"
    path.write_bytes(bytes(before))

    class Changing(io.FileIO):
        def readinto(self, buffer: Any) -> int | None:
            os.truncate(path, after)
            return super().readinto(buffer)

    with (
        Server(image()) as server,
        io.BufferedReader(Changing(path)) as file,
        pytest.raises(OSError, match=f"changing.png: has changed while it was sent: it had {before} bytes"),
    ):
        run(lambda images: images.upload(file), base_url=server.address, timeout=5)


@both
@pytest.mark.skipif(not Path("/proc/version").exists(), reason="the system has no files without a size")
def test_file_whose_size_the_system_does_not_say_is_sent_whole(run: Run) -> None:
    path = Path("/proc/version")
    assert sent(run, path).parts() == [("file", "version", path.read_bytes())]


@both
def test_unbuffered_file_without_bytes_yet_is_an_error(run: Run) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with (
        open(reading, "rb", buffering=0) as pipe,  # noqa: PTH123 - descriptors, not paths
        open(writing, "wb"),  # noqa: PTH123
        Server() as server,
        pytest.raises(BlockingIOError, match="has no bytes now"),
    ):
        run(lambda images: images.upload(pipe), base_url=server.address)


@both
@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_file_whose_name_is_no_text_is_sent(run: Run, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.png")
    path.write_bytes(BYTES)
    assert sent(run, path).parts() == [("file", "a\N{REPLACEMENT CHARACTER}.png", BYTES)]
    with path.open("rb") as file:
        assert sent(run, file).parts() == [("file", "a\N{REPLACEMENT CHARACTER}.png", BYTES)]


@both
def test_refused_upload_sends_nothing(run: Run) -> None:
    with Server() as server:

        def scenario(images: Any) -> Iterator[Any]:
            for options in ({"id": "/"}, {"metadata": {"a": "x" * 2000}}, {"filename": 5}, {"creator": 5}):
                with pytest.raises(InvalidArgumentError):
                    yield images.upload(b"x", **options)
            with pytest.raises(InvalidArgumentError):
                yield images.upload(5)
            with pytest.raises(InvalidArgumentError, match=r"^filename='a.png': goes with file"):
                yield images.upload(url="https://example.com/a", filename="a.png")

        run(scenario, base_url=server.address)
        assert server.connections == 0


# --- Files ------------------------------------------------------------------------------------------------------


def sent(run: Run, file: Any, **options: Any) -> Received:
    """The request of an upload, over a real socket."""
    with Server(image()) as server:
        run(lambda images: images.upload(file, **options), base_url=server.address, timeout=5)
    (request,) = server.received
    return request


@both
@pytest.mark.parametrize(
    "content", [b"", b"x", b"\r\n", b"\r\n--", BYTES], ids=["empty", "one", "line", "dashes", "all"]
)
@pytest.mark.parametrize("source", ["bytes", "text path", "path", "file", "bytes in memory", "unbuffered"])
def test_the_bytes_of_the_file_arrive(run: Run, content: bytes, source: str, tmp_path: Path) -> None:
    path = tmp_path / "a picture.png"
    path.write_bytes(content)
    if source in ("file", "unbuffered"):
        with path.open("rb", buffering=-1 if source == "file" else 0) as file:
            request = sent(run, file)
            assert not file.closed
    else:
        request = sent(
            run,
            {"bytes": content, "text path": str(path), "path": path, "bytes in memory": io.BytesIO(content)}[source],
        )
    name = "image" if source in ("bytes", "bytes in memory") else "a picture.png"
    assert request.parts() == [("file", name, content)]
    assert int(request.headers["content-length"]) == len(request.body)


@both
def test_file_is_sent_from_its_beginning(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(BYTES)
    with path.open("rb") as file:
        file.seek(1000)
        assert sent(run, file).parts() == [("file", "picture.png", BYTES)]
        assert sent(run, file).parts() == [("file", "picture.png", BYTES)]
    stream = io.BytesIO(BYTES)
    stream.seek(0, os.SEEK_END)
    assert sent(run, stream).parts() == [("file", "image", BYTES)]


@both
def test_pipe_is_sent_whole(run: Run) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as pipe, open(writing, "wb") as source:  # noqa: PTH123 - descriptors, not paths
        thread = threading.Thread(target=lambda: (source.write(BYTES), source.close()))
        thread.start()
        assert sent(run, pipe).parts() == [("file", "image", BYTES)]
        thread.join()
        assert not pipe.closed


@both
@pytest.mark.skipif(os.name == "nt", reason="there are no named pipes in folders")
def test_path_of_a_pipe_is_sent_whole(run: Run, tmp_path: Path) -> None:
    """As in `upload("/dev/stdin")`."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    thread = threading.Thread(target=path.write_bytes, args=[BYTES])
    thread.start()
    try:
        assert sent(run, path).parts() == [("file", "pipe", BYTES)]
    finally:
        thread.join(PATIENCE)


@both
def test_file_just_written_is_sent_whole(run: Run) -> None:
    """What a program wrote to a temporary file a moment ago is still in Python's buffer."""
    with tempfile.TemporaryFile() as file:
        file.write(b"just written")
        assert sent(run, file).parts() == [("file", "image", b"just written")]


@both
def test_file_larger_than_what_is_on_the_disk_is_sent_whole(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "picture.png.gz"
    with gzip.open(path, "wb") as file:
        file.write(BYTES)
    with gzip.open(path) as file:
        request = sent(run, file, filename="picture.png")
    assert request.parts() == [("file", "picture.png", BYTES)]


@both
def test_missing_file_is_an_oserror_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    with Server() as server:

        def scenario(images: Any) -> Iterator[Any]:
            for path in (tmp_path / "none.png", str(tmp_path / "none.png"), tmp_path, ""):
                with pytest.raises(OSError):  # noqa: PT011 - whichever the system has for it
                    yield images.upload(path)

        run(scenario, base_url=server.address)
        assert server.connections == 0


class Reader:
    """The least that could be called a file."""

    def read(self, size: int = -1) -> bytes:
        return b"" if size == 0 else b"bytes"


@both
def test_reader_that_has_nothing_but_read_is_sent(run: Run) -> None:
    assert sent(run, Reader()).parts() == [("file", "image", b"bytes")]


def form_of(request: Received) -> list[tuple[Mapping[bytes, bytes], bytes]]:
    """Headers and bytes of each part, as the parser of a web framework reads them."""
    parts: list[tuple[dict[bytes, bytes], bytearray]] = []
    field = bytearray()

    def begin() -> None:
        parts.append(({}, bytearray()))

    def header_value(data: bytes, start: int, end: int) -> None:
        parts[-1][0][bytes(field)] = data[start:end]
        field.clear()

    callbacks = {
        "on_part_begin": begin,
        "on_header_field": lambda data, start, end: field.extend(data[start:end]),
        "on_header_value": header_value,
        "on_part_data": lambda data, start, end: parts[-1][1].extend(data[start:end]),
    }
    parser = MultipartParser(request.boundary, callbacks)  # type: ignore[arg-type]
    parser.write(request.body)
    parser.finalize()
    return [(headers, bytes(content)) for headers, content in parts]


@both
@pytest.mark.parametrize(
    ("filename", "on_the_wire"),
    [
        ('a"; name="creator', b"a%22; name=%22creator"),
        ("a\r\nX-Injected: 1", b"a%0D%0AX-Injected: 1"),
        ('a"\r\n\r\nbody\r\n--x', b"a%22%0D%0A%0D%0Abody%0D%0A--x"),
        ("grüße ☃.png", "grüße ☃.png".encode()),
        ("a;b=c.png", b"a;b=c.png"),
    ],
)
def test_name_injects_nothing(run: Run, filename: str, on_the_wire: bytes) -> None:
    parts = form_of(sent(run, b"bytes", filename=filename, creator="me"))
    assert [content for _, content in parts] == [b"bytes", b"me"]
    headers = parts[0][0]
    assert headers[b"Content-Disposition"] == b'form-data; name="file"; filename="' + on_the_wire + b'"'
    assert set(headers) == {b"Content-Disposition", b"Content-Type"}


@both
def test_whole_form(run: Run) -> None:
    parts = form_of(
        sent(run, b"bytes", id="a/b", metadata={"k": "ü"}, creator="mé", filename="p.png", require_signed_urls=False)
    )
    assert [(headers[b"Content-Disposition"], content) for headers, content in parts] == [
        (b'form-data; name="file"; filename="p.png"', b"bytes"),
        (b'form-data; name="id"', b"a/b"),
        (b'form-data; name="creator"', "mé".encode()),
        (b'form-data; name="metadata"', '{"k":"ü"}'.encode()),
    ]
    private = form_of(sent(run, b"bytes", require_signed_urls=True))
    assert [(headers[b"Content-Disposition"], content) for headers, content in private[1:]] == [
        (b'form-data; name="requireSignedURLs"', b"true")
    ]


def test_concurrent_uploads_do_not_mix_their_bytes() -> None:
    async def scenario(address: str) -> None:
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=address) as images:
            await asyncio.gather(*[images.upload(bytes([n]) * 100_000, creator=str(n)) for n in range(8)])

    with Server(image(), forever=True) as server:
        asyncio.run(scenario(server.address))
    received = sorted(request.parts() for request in server.received)
    assert received == sorted(
        [("file", "image", bytes([n]) * 100_000), ("creator", None, str(n).encode())] for n in range(8)
    )


# --- The other side of a direct upload ---------------------------------------------------------------------------


@both
def test_upload_to_sends_a_file_and_no_credentials(run: Run) -> None:
    """Not even where the address is at the API's own origin, as with the sandbox."""

    def scenario(images: Any) -> Any:
        return images.upload_to(f"{server.address}/hash/own%2Fid?x=1", BYTES, filename="a.png")

    with Server(image("own/id")) as server:
        uploaded = run(scenario, base_url=server.address, api_email="canary@example.org", api_key="canary")
    assert uploaded.id == "own/id"
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/hash/own%2Fid?x=1")
    assert request.parts() == [("file", "a.png", BYTES)]
    assert b"canary" not in request.raw.replace(BYTES, b"")
    assert "authorization" not in request.headers


@both
def test_upload_to_another_kind_of_answer_is_a_typed_error(run: Run) -> None:
    for script, kind in ((refusal(404), NotFoundError), (answer(200, "<html>"), APIResponseValidationError)):
        with Server(script) as server, pytest.raises(kind):
            run(lambda images: images.upload_to(server.address, BYTES), base_url="http://127.0.0.1:1", retries=ONCE)
