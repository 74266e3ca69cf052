"""Ask the process of `forking.py` for the command. As a program, this begins sooner than the command itself."""

import json
import os
import socket
import sys

TYPE_CHECKING = False  # what this needs is imported each time a block of a page runs the command
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Asked:
    """A command that has been asked for."""

    def __init__(
        self,
        address: str,
        words: "Sequence[str]",
        environment: "Mapping[str, str]",
        streams: "Sequence[int]" = (0, 1, 2),
        *,
        terminal: bool = False,
    ) -> None:
        """Ask at the address of the process; with `terminal`, standard error is the command's controlling terminal."""
        folder = os.getcwd()  # noqa: PTH109 - pathlib takes longer to import than the rest of this
        order = {"words": list(words), "folder": folder, "environment": {**environment}, "terminal": terminal}
        self._asking = socket.socket(socket.AF_UNIX)
        self._asking.connect(address)
        socket.send_fds(self._asking, [b" "], streams)
        self._asking.sendall(json.dumps(order).encode() + b"\n")
        self._said = self._asking.makefile("r")
        self.pid = int(self._said.readline())

    def wait(self) -> int:
        """How it ended, as `Popen.wait` says it."""
        with self._asking, self._said:
            return int(self._said.readline())


if __name__ == "__main__":
    sys.exit(Asked(sys.argv[1], sys.argv[2:], os.environ).wait())
