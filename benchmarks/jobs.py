"""What jobs cost: `python -m benchmarks.jobs`, or briefly with `--quick`.

Each case is a process; those that are compared take turns, and the median counts.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.jobs_server import PICTURE
from benchmarks.processes import ROOT, Sample, run

_PROGRAM = ROOT / "benchmarks" / "programs" / "jobs.py"


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.jobs_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def _measured(address: str, account: str, case: str, *, files: int = 0) -> Sample:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if files:
            (folder / "files").mkdir()
            for number in range(files):
                (folder / "files" / f"{number:05}.png").write_bytes(PICTURE)
        return run(Path(sys.executable), _PROGRAM, address, account, name, case)


def _medians(address: str, account: str, cases: list[str], rounds: int, *, files: int = 0) -> list[Sample]:
    samples = [[_measured(address, account, case, files=files) for case in cases] for _ in range(rounds)]
    return [
        {metric: median(sample[place][metric] for sample in samples) for metric in samples[0][place]}
        for place in range(len(cases))
    ]


def _say(what: str, value: str, bound: str) -> None:
    print(f"{what:<72} {value:>10}   {bound}", flush=True)


def main() -> None:
    """Measure, and print each number beside what it may be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it works")
    quick = parser.parse_args().quick
    rounds = 1 if quick else 3
    with _server() as address:
        for delay in (0, 20):
            many = f"images-{400 if quick else 2000}-delay-{delay}"
            threads, job = _medians(address, many, ["delete in threads", "delete by a job"], rounds)
            ratio = job["seconds"] / threads["seconds"]
            _say(f"deletes at {delay} ms: a job to eight bare threads, wall time", f"{ratio:.2f}", "at most 1.15")
        number = 400 if quick else 2000
        (paced,) = _medians(address, f"images-{number}-delay-38", ["delete by a job"], rounds)
        share, rate = paced["processor"] / paced["seconds"], number / paced["seconds"]
        _say(f"{rate:.0f} requests a second: share of a core", f"{share:.2f}", "at most 0.5 at 200")
        few, run_, planned = (
            _measured(address, f"images-{count}-delay-0", case)["peak"]
            for count, case in (
                (1000, "delete by a job"),
                (2000 if quick else 100_000, "delete by a job"),
                (10_000 if quick else 1_000_000, "plan"),
            )
        )
        _say("memory of running 100,000 over 1,000, MiB", f"{run_ - few:.1f}", "at most 20")
        _say("memory of planning 1,000,000 over running 1,000, MiB", f"{planned - few:.1f}", "at most 20")
        count = 2000 if quick else 100_000
        for what in ("copy", "quarantine"):
            small, large = (_measured(address, f"images-{n}-delay-0", f"{what} by a job") for n in (1000, count))
            _say(f"memory of a {what} of 100,000 over 1,000, MiB", f"{large['peak'] - small['peak']:.1f}", "at most 20")
            _say("  its time for each image, ms", f"{large['seconds'] / count * 1000:.1f}", "")
        files = 80 if quick else 2000
        for what in ("upload", "export"):
            cases = [f"{what} {how}" for how in ("by a job", "in a loop", "by cloudflare in threads")]
            job, loop, sdk = _medians(address, f"images-{files}-delay-50", cases, 1, files=files)
            _say(f"{what} of {files} at 50 ms: a job, s", f"{job['seconds']:.1f}", "")
            _say("  to a loop", f"{job['seconds'] / loop['seconds']:.2f}", "at most 0.5")
            _say("  to the official SDK in eight threads", f"{job['seconds'] / sdk['seconds']:.2f}", "less than 1")


if __name__ == "__main__":
    main()
