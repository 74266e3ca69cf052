"""The form of an upload: its fields, and the file, from every kind of source."""

import asyncio
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from python_multipart.multipart import MultipartParser
from servers import ONCE, Received, Run, Server, answer, following, image, refusal, run_async, run_sync

from cfimages import APIResponseValidationError, AsyncCloudflareImages, InvalidArgumentError, NotFoundError

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

BYTES = bytes(range(256)) * 600


@pytest.mark.parametrize(("before", "after"), [(9, 10), (3_000_000, 2_000_000)])
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
        run(lambda images: images.upload(file), base_url=server.address, timeout=PATIENCE)


@both
def test_refused_upload_sends_nothing(run: Run) -> None:
    with Server() as server:

        def scenario(images: Any) -> Iterator[Any]:
            for options in ({"id": "/"}, {"metadata": {"a": "x" * 2000}}, {"filename": 5}, {"creator": 5}):
                with pytest.raises(InvalidArgumentError):
                    yield images.upload(b"x", **options)
            for file in (5, "", b"", iter(())):
                with pytest.raises(InvalidArgumentError, match=r"^file="):
                    yield images.upload(file)
            with pytest.raises(InvalidArgumentError, match=r"^filename='a.png': goes with file"):
                yield images.upload(url="https://example.com/a", filename="a.png")

        run(scenario, base_url=server.address)
        assert server.connections == 0


# --- Files ------------------------------------------------------------------------------------------------------


def entered(stream: Any) -> Any:
    return stream.__aenter__() if hasattr(stream, "__aenter__") else stream.__enter__()


def sent(run: Run, file: Any, **options: Any) -> Received:
    """The request of an upload, over a real socket."""
    with Server(image()) as server:
        run(lambda images: images.upload(file, **options), base_url=server.address, timeout=PATIENCE)
    (request,) = server.received
    return request


@both
@pytest.mark.parametrize("content", [b"\r\n--", BYTES], ids=["dashes", "all"])
@pytest.mark.parametrize("source", ["bytes", "memoryview", "text path", "path", "file", "response", "chunks"])
def test_the_bytes_of_the_file_arrive(run: Run, content: bytes, source: str, tmp_path: Path) -> None:
    path = tmp_path / "a picture.png"
    path.write_bytes(content)
    with path.open("rb") as file:
        sources: dict[str, Any] = {
            "bytes": content,
            "memoryview": memoryview(content),
            "text path": str(path),
            "path": path,
            "file": file,
            "response": httpx.Response(200, content=content),
            "chunks": iter([content[:10], content[10:]]),
        }
        request = sent(run, sources[source])
        assert not file.closed
    name = "a picture.png" if source in ("text path", "path", "file") else "image"
    assert request.parts() == [("file", name, content)]
    assert int(request.headers["content-length"]) == len(request.body)


@both
def test_the_stream_of_another_image_is_sent(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        stream = images.stream("original")
        chunks = yield entered(stream)
        yield images.upload(chunks, filename="copy.png")
        yield stream.aclose() if hasattr(stream, "aclose") else stream.close()

    with Server(answer(200, BYTES, {"Content-Type": "image/png"}), image()) as server:
        run(scenario, base_url=server.address)
    assert server.received[1].parts() == [("file", "copy.png", BYTES)]


@both
@pytest.mark.parametrize("is_length_known", [True, False])
def test_a_stream_is_refused_after_a_part_of_it_was_read(run: Run, is_length_known: bool) -> None:
    """Its rest would be stored as an image that is cut off."""

    def scenario(images: Any) -> Iterator[Any]:
        stream = images.stream("original")
        chunks = yield entered(stream)
        assert not chunks.is_started
        yield following(chunks)
        assert chunks.is_started
        with pytest.raises(InvalidArgumentError, match=r"^file=.*: pass it before anything is read from it$"):
            yield images.upload(chunks)
        yield stream.aclose() if hasattr(stream, "aclose") else stream.close()

    content = BYTES * 1000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    with Server(answer(200, content, {"Content-Type": "image/png"}) if is_length_known else chunked) as server:
        run(scenario, base_url=server.address)
    assert server.lines == ["GET /accounts/acc/images/v1/original/blob"]


def test_a_file_that_a_web_framework_received_is_sent() -> None:
    class UploadFile:
        filename = "a.png"

        async def read(self, size: int = -1) -> bytes:
            return BYTES

    assert sent(run_async, UploadFile()).parts() == [("file", "a.png", BYTES)]
    assert sent(run_async, UploadFile(), filename="own.png").parts() == [("file", "own.png", BYTES)]


@both
def test_missing_file_is_an_oserror_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    with Server() as server:

        def scenario(images: Any) -> Iterator[Any]:
            for path in (tmp_path / "none.png", str(tmp_path / "none.png"), tmp_path):
                with pytest.raises(OSError):  # noqa: PT011 - whichever the system has for it
                    yield images.upload(path)

        run(scenario, base_url=server.address)
        assert server.connections == 0


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
