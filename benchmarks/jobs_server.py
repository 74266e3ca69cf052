"""A server that answers what jobs ask, after a delay, and keeps nothing: `python -m benchmarks.jobs_server`.

The account in the address says what it has: `images-1000-delay-50` has 1,000 images, and answers after 50 ms.
"""

import json
import re
import socketserver
import time
from datetime import datetime, timedelta
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

PER_PAGE = 1000
_NEWEST = datetime(2026, 1, 1)  # noqa: DTZ001 - the zone is written behind
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(4000)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer request after request until the client goes."""
        while request := self.rfile.readline():
            length = 0
            while header := self.rfile.readline().strip():
                if header.lower().startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            self.rfile.read(length)
            method, target, _ = request.decode().split()
            self._answer(method, urlsplit(target))

    def _answer(self, method: str, address: SplitResult) -> None:
        found = re.search(r"/accounts/images-(\d+)-delay-(\d+)/images/(.*)", address.path)
        assert found
        images, delay, rest = int(found[1]), int(found[2]), found[3]
        time.sleep(delay / 1000)
        if rest.endswith("/blob"):
            self._send(PICTURE, "image/png")
        elif rest == "v2" and method == "GET":
            query = parse_qs(address.query)
            self._send(_page(images, int(query.get("continuation_token", ["0"])[0])))
        elif rest == "v1/stats":
            self._send(_body({"count": {"allowed": 1_000_000, "current": images}}))
        else:
            result = {} if method == "DELETE" else _image(unquote(rest.removeprefix("v1").strip("/")) or "new")
            self._send(_body(result))

    def _send(self, body: bytes, kind: str = "application/json") -> None:
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind.encode(), len(body))
        )
        self.wfile.write(body)


def _page(images: int, start: int) -> bytes:
    end = min(start + PER_PAGE, images)
    listed = [_image(f"image-{number:07}") for number in range(start, end)]
    return _body({"images": listed, "continuation_token": str(end) if end < images else None})


def _image(image_id: str) -> dict[str, object]:
    return {
        "id": image_id,
        "filename": "photo.png",
        "uploaded": _uploaded(image_id),
        "requireSignedURLs": False,
        "variants": [f"https://imagedelivery.net/hash/{image_id}/public"],
        "meta": {"status": "active", "priority": 3},
    }


def _uploaded(image_id: str) -> str:
    """A time for each image, the newest first."""
    number = int(image_id.rpartition("-")[2]) if image_id.startswith("image-") else 0
    return (_NEWEST - timedelta(seconds=number)).isoformat() + ".000Z"


def _body(result: object) -> bytes:
    return json.dumps({"success": True, "errors": [], "messages": [], "result": result}).encode()


def main() -> None:
    """Answer until killed; the first line printed is the address."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
