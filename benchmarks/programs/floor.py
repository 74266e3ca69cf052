"""A listing at the least cost there is in Python: a bare socket, and a decoder in C that makes typed objects.

It understands this server only: no TLS, no errors, no proxies, one shape of answer.
"""

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from benchmarks.programs.task import Task


class Image(msgspec.Struct):
    """An image."""

    id: str
    filename: str | None
    meta: Any
    creator: str | None
    requireSignedURLs: bool  # noqa: N815 - a name of the wire
    uploaded: datetime
    variants: list[str]


class Result(msgspec.Struct):
    """What an answer is about."""

    images: list[Image]
    continuation_token: str | None


class Answer(msgspec.Struct):
    """The envelope."""

    result: Result
    success: bool


_decode = msgspec.json.Decoder(Answer).decode
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"Content-Length: "


def fetch(connection: socket.socket, buffer: memoryview, address: str) -> Answer:
    """One page."""
    connection.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    have = connection.recv_into(buffer)
    head = bytes(buffer[:have])
    start = head.index(_HEAD_END) + len(_HEAD_END)
    end = start + int(head.partition(_LENGTH)[2].partition(b"\r\n")[0])
    while have < end:
        have += connection.recv_into(buffer[have:])
    return _decode(buffer[start:end])


def listing(base_url: str, account: str) -> Iterator[Image]:
    """All images."""
    authority, _, path = base_url.removeprefix("http://").partition("/")
    host, _, port = authority.partition(":")
    buffer = memoryview(bytearray(2**20))
    address = f"/{path}/accounts/{account}/images/v2?per_page=1000&sort_order=asc"
    with socket.create_connection((host, int(port))) as connection:
        token: str | None = ""
        while token is not None:
            answer = fetch(connection, buffer, address + (f"&continuation_token={token}" if token else ""))
            yield from answer.result.images
            token = answer.result.continuation_token


def main() -> None:
    """List."""
    task = Task()
    task.consume(listing(task.base_url, task.account))
    task.report()


if __name__ == "__main__":
    main()
