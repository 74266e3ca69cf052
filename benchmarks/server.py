"""A server that does nothing but give pages, in a process of its own.

The account in the address says what to give: `images-100000-delay-150-NAME` has 100,000 images (or 1), and each of
its answers comes after 150 ms; the name tells its requests from others'. `/requests/ACCOUNT` says how many came.
"""

import itertools
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from benchmarks.pages import PER_PAGE, Pages

_names = itertools.count()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.pages = Pages()
        self.requests: Counter[str] = Counter()


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer request after request until the client goes."""
        while request := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            self._answer(request.split()[1].decode())

    def _answer(self, target: str) -> None:
        assert isinstance(self.server, _Server)
        address = urlsplit(target)
        if address.path.startswith("/requests/"):
            self._send(b"%d" % self.server.requests[address.path.removeprefix("/requests/")])
            return
        account = address.path.split("/accounts/")[1].split("/")[0]
        self.server.requests[account] += 1
        _, images, _, delay, _ = account.split("-", 4)
        query = parse_qs(address.query)
        number = int(query.get("continuation_token", ["0"])[0])
        if images == "1":
            self._send(self.server.pages.single())
            return
        count = int(images) // PER_PAGE
        descending = query.get("sort_order") != ["asc"]
        body = self.server.pages.body(number, count, descending=descending)
        time.sleep(int(delay) / 1000)
        self._send(body)
        # While the client reads this one. A listing of one page costs the server the same, which shares the memory.
        self.server.pages.prepare((number + 1) % count, count, descending=descending)

    def _send(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.request.sendall(head.encode() + body)


@contextmanager
def running() -> Iterator[int]:
    """The port of a server that runs for the time of the block."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def account(*, images: int, delay: int = 0) -> str:
    """An account that nobody has asked for yet; `delay` in milliseconds."""
    return f"images-{images}-delay-{delay}-{next(_names)}"


def requests(port: int, account: str) -> int:
    """How many requests came for an account."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as stream:
        stream.write(f"GET /requests/{account} HTTP/1.1\r\n\r\n".encode())
        stream.flush()
        connection.shutdown(socket.SHUT_WR)
        return int(stream.read().rpartition(b"\r\n")[2])


def main() -> None:
    """Serve until nobody holds the other end of the standard input."""
    with _Server() as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
