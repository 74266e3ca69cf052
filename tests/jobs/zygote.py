"""A process that forks: each child works on one scenario, and is killed at a moment, or from outside.

It reads a line of JSON for each child, and answers with how it ended: 0 when nothing
is left to do, 1 when something is, 3 when only doubts are, 9 when it was killed.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from jobs.kills import ReapedWire, Reaper, reaped
from jobs.scenarios import EVERY

from cfimages import APIError, CloudflareImages, RetryPolicy, jobs
from cfimages.jobs import account


def wait(event: threading.Event, seconds: float) -> bool:
    """Wait, but not for long: the faults of a test end as soon as they are met."""
    return event.wait(min(seconds, 0.01))


def work(order: dict[str, Any]) -> int:
    """Work as a child."""
    reaper = Reaper(order["at"], lambda: os.kill(os.getpid(), signal.SIGKILL))
    account.TIMING = account.Timing(wait=wait)
    with (
        reaped(reaper),
        CloudflareImages(
            order["account"],
            api_token="sandbox",
            base_url=order["base_url"],
            timeout=1.0,
            retries=RetryPolicy(base=0.001, cap=0.01),
            transport=ReapedWire(reaper),
        ) as images,
    ):
        try:
            report = EVERY[order["scenario"]](order["count"]).work(images, Path(order["folder"]))
        except (APIError, jobs.JobStoppedError):
            return 1
    if report.finished:
        return 0
    return 1 if any(report.counts[state] for state in ("planned", "started", "failed")) else 3


def ended(child: int, delay: float | None) -> int:
    """Wait for a child, and kill it if it takes longer than some seconds; its status."""
    end = time.monotonic() + (delay or 0)
    while delay is not None and time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        time.sleep(0.001)
    if delay is not None:
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 2
            try:
                code = work(json.loads(line))
            finally:
                os._exit(code)
        status = ended(child, json.loads(line)["delay"])
        sys.stdout.write(f"{os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
