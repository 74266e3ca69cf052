"""Write generated/cfimages_api, _sync and __init__.pyi from their sources, or check that they are what these make.

They are always made from nothing in a temporary folder, so that no file of an earlier run survives and a
failing run leaves the committed package as it was.
"""

import argparse
import difflib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import stub
import templates
import unasync
from openapi_python_client.cli import app as generator

ROOT = Path(__file__).resolve().parent.parent


def write_client(root: Path, output: Path) -> None:
    """Run the generator on the specification of `root`; any warning is an error."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # its hooks use ruff
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        try:
            templates.write(Path(folder) / "templates")
        except LookupError as error:
            sys.exit(f"a template has changed: {error.args[0]}\nAdapt the replacement in tools/templates.py.")
        words = [
            "generate",
            *("--path", str(root / "openapi.yaml"), "--config", str(root / "generator-config.yml")),
            *("--custom-template-path", f"{folder}/templates"),
            *("--output-path", str(output), "--meta", "none", "--fail-on-warning"),
        ]
        with redirect_stdout(said), redirect_stderr(said):
            has_failed = generator(words, standalone_mode=False)
    if has_failed:
        sys.exit(f"the generator failed:\n{said.getvalue()}")


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "generated/cfimages_api": write_client,
    "facade/cfimages/_sync": unasync.write_sync,
    "facade/cfimages/__init__.pyi": stub.write_stub,
}
"""What writes each generated folder or file: a function of the project and of a path where nothing is yet."""


def files(package: Path) -> dict[str, bytes]:
    """The content of every file of a package, by its path within it. A file alone has its name."""
    if package.is_file():
        return {package.name: package.read_bytes()}
    return {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def differences(committed: dict[str, bytes], fresh: dict[str, bytes]) -> Iterator[str]:
    """What a person has to know of each file that is not as it would be generated."""
    for name in sorted(committed.keys() | fresh.keys()):
        old, new = committed.get(name), fresh.get(name)
        if new is None:
            yield f"{name}: stale, no such file is generated\n"
        elif old is None:
            yield f"{name}: missing\n"
        elif old != new:
            lines = (
                old.decode(errors="replace").splitlines(True),
                new.decode(errors="replace").splitlines(True),
            )
            yield from difflib.unified_diff(*lines, f"committed/{name}", f"generated/{name}")


def replace(committed: Path, fresh: Path) -> None:
    """Put a fresh folder or file in the place of the committed one."""
    if fresh.is_dir():
        shutil.rmtree(committed, ignore_errors=True)
        shutil.copytree(fresh, committed)
    elif fresh.exists():
        shutil.copyfile(fresh, committed)


def main() -> None:
    """Generate, or with --check compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if anything would change")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, write in STEPS.items():
            committed, fresh = options.root / name, Path(folder) / name
            fresh.parent.mkdir(parents=True, exist_ok=True)
            write(options.root, fresh)
            if not options.check:
                replace(committed, fresh)
            elif report := "".join(differences(files(committed), files(fresh))):
                sys.exit(f"{report}\n{name} is not what its source makes: run `make generate`, do not edit it.")
            print(f"{name} {'is' if options.check else 'has been'} made from its source")


if __name__ == "__main__":
    main()
