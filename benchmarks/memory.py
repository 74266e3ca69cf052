"""Peak memory of a client that uploads or downloads 10 MB, against one that only connects: `make bench`.

The sandbox runs in a process of its own; each case is a process of its own, and its peak is what the operating
system counted.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = 10 * 1024 * 1024

CONNECT = "images.exists('none')"
CASES = {
    "connect only": CONNECT,
    "upload a path": "images.upload(sys.argv[1], filename='a.png')",
    "upload an open file": "images.upload(open(sys.argv[1], 'rb'), filename='a.png')",
    "upload bytes": "images.upload(open(sys.argv[1], 'rb').read(), filename='a.png')",
    "download to a path": "images.download('big', sys.argv[1] + '.copy')",
    "download in chunks": "\n    with images.stream('big') as chunks:\n        sum(map(len, chunks))",
}
PROGRAM = """
import resource, sys
from cfimages import CloudflareImages
with CloudflareImages('bench', api_token='bench') as images:
    {case}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak if sys.platform == 'darwin' else peak * 1024)
"""


def peak(case: str, file: Path, base_url: str) -> float:
    """Peak memory in MiB of a process that does `case`."""
    environment = {**os.environ, "CLOUDFLARE_BASE_URL": base_url}
    command = [sys.executable, "-c", PROGRAM.format(case=case), str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout) / 2**20


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "big.png"
        file.write_bytes(b"\x89PNG\r\n\x1a\n".ljust(SIZE, b"x"))
        command = [sys.executable, "-m", "cfimages.sandbox", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            lines = [server.stdout.readline() for _ in range(5)]
            base_url = next(line.partition("=")[2].strip() for line in lines if "BASE_URL" in line)
            try:
                peak("images.upload(sys.argv[1], id='big', filename='a.png')", file, base_url)
                peaks = {name: peak(case, file, base_url) for name, case in CASES.items()}
            finally:
                server.terminate()
    least = peaks["connect only"]
    print(f"Peak memory of the client, file of {SIZE / 2**20:.0f} MiB")
    for name, value in peaks.items():
        print(f"  {name:22} {value:6.1f} MiB  {value - least:+6.1f}")


if __name__ == "__main__":
    main()
