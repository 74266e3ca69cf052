"""Programs as whole processes: what the operating system counted, and what they told."""

import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

Sample = dict[str, float]
"""What one run gave, by the name of the metric."""


def run(python: Path, *arguments: str | Path) -> Sample:
    """Run a Python program: its wall and processor time in milliseconds, and each `name value` that it printed.

    Raises CalledProcessError if it fails.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLOUDFLARE_", "SSL_CERT_"))
    }
    environment["PYTHONPATH"] = str(ROOT)
    command = [str(python), *map(str, arguments)]
    begin = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    told = dict(line.split() for line in printed.splitlines())
    counted = {"wall": wall * 1000, "cpu": (usage.ru_utime + usage.ru_stime) * 1000}
    return counted | {name: float(value) for name, value in told.items()}
