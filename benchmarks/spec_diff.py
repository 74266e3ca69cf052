"""Time and peak memory of `spec-diff` on a document as large as Cloudflare's: `python benchmarks/spec_diff.py`.

The Images part of a document (openapi.yaml, or the one given) is embedded among copies of it for other products.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = 2_500
BYTES = 15_000_000


def whole(part: dict[str, Any]) -> dict[str, Any]:
    """The part among as many copies as make up the number of operations and, by descriptions, the size."""
    text = json.dumps(part)
    count = OPERATIONS // sum(len(item) for item in part["paths"].values())
    filling = "x " * (max(0, BYTES // count - len(text)) // (2 * len(part["paths"])))
    document: dict[str, Any] = json.loads(text)
    for number in range(count):
        copy = json.loads(text.replace("#/components/schemas/", f"#/components/schemas/p{number}_"))
        for path, item in copy["paths"].items():
            document["paths"][path.replace("/images/", f"/product{number}/")] = {**item, "description": filling}
        for name, schema in copy["components"]["schemas"].items():
            document["components"]["schemas"][f"p{number}_{name}"] = schema
    return document


def main() -> None:
    """Measure both forms."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "openapi.yaml"
    document = whole(yaml.safe_load(source.read_text("utf-8")))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    with tempfile.TemporaryDirectory() as folder:
        forms = {"json": json.dumps(document, indent=1), "yaml": yaml.dump(document, Dumper=yaml.CSafeDumper)}
        for form, text in forms.items():
            file = Path(folder) / f"openapi.{form}"
            file.write_text(text, "utf-8")
            start = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "spec_diff", file], env=environment, stdout=subprocess.DEVNULL
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.perf_counter() - start
            peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
            size = len(text) / 1e6
            print(f"{form}: {size:.1f} MB, {seconds:.1f} s, {peak:.0f} MiB, exit {process.returncode}")


if __name__ == "__main__":
    main()
