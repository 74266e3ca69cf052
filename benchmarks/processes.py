"""Programs as whole processes: what the operating system counted, and what they told."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

Sample = dict[str, float]
"""What one run gave, by the name of the metric."""


def run(python: Path, *arguments: str | Path) -> Sample:
    """Run a Python program: its wall and processor time in milliseconds, and each `name value` that it printed.

    Raises CalledProcessError if it fails.
    """
    command = [str(python), *map(str, arguments)]
    begin = time.perf_counter()
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    counted = {"wall": wall * 1000, "cpu": (usage.ru_utime + usage.ru_stime) * 1000}
    return counted | _told(printed.splitlines())


@contextmanager
def asking(python: Path, *arguments: str | Path) -> Iterator[Callable[[], Sample]]:
    """Start a Python program that does one round of its work whenever it gets a line; gives what asks for a round.

    It prints an empty line when it is ready, and behind the `name value` lines of each round. It ends with the block.
    Asking raises CalledProcessError if it fails.
    """
    command = [str(python), *map(str, arguments)]
    with subprocess.Popen(
        command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, printed = process.stdin, process.stdout

        def told() -> Sample:
            lines = []
            while (line := printed.readline()) != "\n":
                if not line:
                    raise subprocess.CalledProcessError(process.wait(), command)
                lines.append(line)
            return _told(lines)

        def ask() -> Sample:
            asked.write("\n")
            asked.flush()
            return told()

        told()
        yield ask


def _environment() -> dict[str, str]:
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "CLOUDFLARE_", "SSL_CERT_"))
    }
    return kept | {"PYTHONPATH": str(ROOT)}


def _told(lines: list[str]) -> Sample:
    return {name: float(value) for name, value in map(str.split, lines)}
