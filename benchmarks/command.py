"""The command beside a loop over one call per process: `python -m benchmarks.command`, or briefly with `--quick`.

Both delete what is archived, a quarter of the account, from a sandbox that spoils one request in fifty. The loop stands
for the vendor's command, which cannot be led to a sandbox: one process for each page and each image, no retries. It
takes hours for a whole account, so it stops after some images.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import attrs

from benchmarks.processes import ROOT
from cfimages.sandbox import Faults, Sandbox

FAULTS = Faults(kinds=("reset-before", "server-error", "rate-limit"), rate=0.02, seed=16)

MOST_RUNS = 10

LOOP = """
one() { "$PYTHON" -m benchmarks.programs.one_call "$@"; }
token=- left=$1
while [ "$token" != end ] && [ "$left" -gt 0 ]; do
    one list "$token" > "$PAGE" || exit 1
    while read -r word id && [ "$left" -gt 0 ]; do
        case $word in
            archived) one delete "$id"; left=$((left - 1));;
            token) token=$id;;
        esac
    done < "$PAGE"
done
"""


@attrs.frozen
class Result:
    """The result of one way of deleting."""

    seconds: float
    requests: int
    runs: int
    """How often it was started until it ended with 0, at most `MOST_RUNS` times."""
    left: int
    """Images that should be gone."""
    missing: int
    """Images that should be there."""


def measured(images: int, to_delete: int, *commands: list[str]) -> Result:
    """Run a command on a new account, and then another one as long as the exit status is not 0."""
    sent: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(faults=FAULTS, on_request=lambda entry: sent.update([entry.method])) as sandbox,
    ):
        sandbox.fill("sandbox", images)
        environment = {
            **os.environ,
            "CLOUDFLARE_BASE_URL": sandbox.base_url,
            "CLOUDFLARE_BATCH_BASE_URL": sandbox.batch_url,
            "CLOUDFLARE_ACCOUNT_ID": "sandbox",
            "CLOUDFLARE_API_TOKEN": "sandbox",
            "PYTHON": sys.executable,
            "PAGE": str(Path(folder, "page")),
            "JOURNAL": str(Path(folder, "job")),
            "XDG_STATE_HOME": folder,
        }
        begin = time.perf_counter()
        runs = 0
        status = -1
        while status and runs < MOST_RUNS:
            command = commands[min(runs, len(commands) - 1)]
            status = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False
            ).returncode
            runs += 1
        seconds = time.perf_counter() - begin
        requests = sent.total()
        sandbox.faults.clear()
        with sandbox.client() as client:
            states = Counter(image.meta["status"] for image in client.list() if image.meta)
    archived = len(range(0, images, 4))
    return Result(
        seconds=seconds,
        requests=requests,
        runs=runs,
        left=states["archived"] - (archived - to_delete),
        missing=images - archived - states["active"],
    )


def main() -> None:
    """Measure, and print a row for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.command", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it works")
    quick = parser.parse_args().quick
    images, in_loop = (400, 20) if quick else (20_000, 300)
    first = ["sh", "-c", '"$PYTHON" -m cfimages delete --meta status=archived --yes --quiet --journal "$JOURNAL"']
    again = ["sh", "-c", '"$PYTHON" -m cfimages jobs resume --quiet "$JOURNAL"']
    print(f"{'':<26}{'images':>8}{'s':>9}{'ms each':>9}{'requests':>10}{'runs':>6}{'left':>6}{'missing':>9}")
    archived = len(range(0, images, 4))
    for name, count, commands in (
        ("cfimages delete", archived, [first, again]),
        ("one call per process", in_loop, [["bash", "-c", LOOP, "loop", str(in_loop)]]),
    ):
        result = measured(images, count, *commands)
        each = result.seconds / count * 1000
        print(
            f"{name:<26}{count:>8}{result.seconds:>9.1f}{each:>9.1f}{result.requests:>10}"
            f"{result.runs:>6}{result.left:>6}{result.missing:>9}",
            flush=True,
        )


if __name__ == "__main__":
    main()
