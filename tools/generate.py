"""Write generated/cfimages_api from openapi.yaml, or check that it is what the specification makes.

The package is always made from nothing in a temporary folder, so that no file of an earlier run survives and a
failing run leaves the committed package as it was.
"""

import argparse
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "cfimages_api"


def generate(root: Path, output: Path) -> None:
    """Run the generator on the specification of `root`; any warning is an error."""
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_COLOR": "1",
    }
    command = [
        *(sys.executable, "-P", "-m", "openapi_python_client", "generate"),
        *("--path", str(root / "openapi.yaml"), "--config", str(root / "generator-config.yml")),
        *("--custom-template-path", str(root / "templates")),
        *("--output-path", str(output), "--meta", "none", "--fail-on-warning"),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words and two paths
    if done.returncode:
        sys.exit(f"the generator failed:\n{done.stdout}{done.stderr}")


def files(package: Path) -> dict[str, bytes]:
    """The content of every file of a package, by its path within it."""
    return {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def differences(committed: dict[str, bytes], fresh: dict[str, bytes]) -> Iterator[str]:
    """What a person has to know of each file that is not as the specification makes it."""
    for name in sorted(committed.keys() | fresh.keys()):
        old, new = committed.get(name), fresh.get(name)
        if new is None:
            yield f"{name}: stale, the specification makes no such file\n"
        elif old is None:
            yield f"{name}: missing\n"
        elif old != new:
            lines = (
                old.decode(errors="replace").splitlines(True),
                new.decode(errors="replace").splitlines(True),
            )
            yield from difflib.unified_diff(*lines, f"committed/{name}", f"generated/{name}")


def main() -> None:
    """Generate, or with --check compare."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="change nothing; fail if anything would change")
    arguments.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    options = arguments.parse_args()
    committed = options.root / "generated" / PACKAGE
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / PACKAGE
        generate(options.root, fresh)
        if not options.check:
            shutil.rmtree(committed, ignore_errors=True)
            shutil.copytree(fresh, committed)
        elif report := "".join(differences(files(committed), files(fresh))):
            sys.exit(f"{report}\ngenerated/ is not what openapi.yaml makes: run `make generate`, do not edit it.")
    print(f"generated/{PACKAGE} {'is' if options.check else 'has been'} made from openapi.yaml")


if __name__ == "__main__":
    main()
