"""`make bench`: measure, print tables and goals, write the values as JSON."""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from benchmarks import server
from benchmarks.environments import environments
from benchmarks.results import LAST, Results
from benchmarks.suite import SECTIONS, Suite, measure
from benchmarks.tables import goals_table, section_table

_PACKAGES = ("cfimages", "cloudflare", "httpx", "msgspec", "pydantic")


def _sections(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(SECTIONS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: must be of {', '.join(SECTIONS)}")
    return names


def main() -> None:
    """Do what the options say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_sections, default=list(SECTIONS), help="sections, with commas between")
    parser.add_argument("--quick", action="store_true", help="less of everything, once: to see that it works")
    parser.add_argument("--output", type=Path, default=LAST, help="where the JSON goes (%(default)s)")
    options = parser.parse_args()

    results = Results(
        {
            "quick": options.quick,
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "packages": {name: version(name) for name in _PACKAGES},
        }
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        print("Making the environments ...", flush=True)
        suite = Suite(environments(folder), stack.enter_context(server.running()), folder, stack, options.quick)
        for section in options.only:
            measure(suite, section, results)
            print(f"\n{section}: {SECTIONS[section][0].__doc__}\n\n{section_table(results, section)}", flush=True)
    results.write(options.output)
    print(f"\nGoals{', for what a quick run is worth' if options.quick else ''}\n\n{goals_table(results)}\n")
    print(f"Written to {options.output}")


if __name__ == "__main__":
    main()
