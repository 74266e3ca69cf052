"""Write facade/cfimages/_sync from facade/cfimages/_async, or check that it is what _async makes.

The replacements are made in code, docstrings and comments alike. The result is compiled and formatted.
"""

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEADER = "# Generated from {source} by `make generate`. Do not edit.\n"

REPLACEMENTS = [
    # What documentation says of one kind only.
    (r"The asynchronous client\.", "The synchronous client."),
    (r"one Cloudflare account, for asyncio\.", "one Cloudflare account. Safe to share between threads."),
    (r" It belongs to the event loop in which it is first used\.", ""),
    (r", for `async for`,", ","),
    (r", for `async with` and `async for`", ", for `with` and `for`"),
    (r"            ClientClosedError: The client was used in another event loop\. Nothing is closed\.\n", ""),
    # The language.
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\b(?:Coroutine\[Any, Any, |Awaitable\[)((?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*)\]", r"\1"),
    (r"\bAsyncGenerator\[(\w+), None\]", r"Generator[\1, None, None]"),
    (r"\b(from collections\.abc import .*?)(?:, )?\b(?:Awaitable|Coroutine)\b(?:, )?", r"\1, "),
    # httpx.
    (r"\bAsyncByteStream\b", "SyncByteStream"),
    (r"\bhandle_async_request\b", "handle_request"),
    (r"\b([gs]et)_async_httpx_client\b", r"\1_httpx_client"),
    (r"\baiter_(raw|bytes)\b", r"iter_\1"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b_Async(?=[A-Z])", "_"),
    (r"\baclose\b", "close"),
    # The generated client, and this package.
    (r"\basyncio_detailed\b", "sync_detailed"),
    (r"\bcfimages\._async\b", "cfimages._sync"),
    (r"\bcfimages\.parallel import tasks\b", "cfimages.parallel import threads"),
    (r"\btasks\.", "threads."),
]


def to_sync(source: str) -> str:
    """Return the synchronous form of a module."""
    for pattern, replacement in REPLACEMENTS:
        source = re.sub(pattern, replacement, source)
    source = re.sub(r"(import .*?), *, ", r"\1, ", source)
    return re.sub(r"^from collections\.abc import(?: ,)+ ?", "from collections.abc import ", source, flags=re.MULTILINE)


def formatted(source: str, root: Path) -> str:
    """Return a module with sorted imports, in the project's format."""
    ruff = str(Path(sys.executable).parent / "ruff")
    for command in (["check", "--quiet", "--fix", "--select=I,F401", "-"], ["format", "--quiet", "-"]):
        done = subprocess.run(  # noqa: S603 - fixed words
            [ruff, *command, "--stdin-filename", str(root / "facade/cfimages/_sync/module.py")],
            input=source,
            capture_output=True,
            text=True,
            check=False,
            cwd=root,
        )
        if done.returncode:
            sys.exit(f"ruff failed on a module of _sync:\n{done.stdout}{done.stderr}")
        source = done.stdout
    return source


def modules(root: Path) -> dict[Path, str]:
    """Return the modules of _sync, by their path."""
    package = root / "facade" / "cfimages"
    made = {}
    for path in sorted((package / "_async").glob("*.py")):
        text = to_sync(path.read_text("utf-8"))
        if path.name == "__init__.py":
            text = '"""The synchronous client."""\n'
        text = HEADER.format(source=f"facade/cfimages/_async/{path.name}") + text
        ast.parse(text, str(path))
        made[package / "_sync" / path.name] = formatted(text, root)
    return made


def problems(root: Path, made: dict[Path, str]) -> Iterator[str]:
    """Yield what is not as _async makes it."""
    for path in sorted({*made, *(root / "facade/cfimages/_sync").glob("*.py")}):
        name = path.relative_to(root)
        if path not in made:
            yield f"{name}: stale, _async has no such module"
        elif not path.exists() or path.read_text("utf-8") != made[path]:
            yield f"{name}: is not what _async makes"


def main() -> None:
    """Generate, or with --check compare."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="change nothing; fail if anything would change")
    arguments.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    options = arguments.parse_args()
    made = modules(options.root)
    found = list(problems(options.root, made))
    if options.check and found:
        sys.exit("\n".join(found) + "\nrun `make generate`, and do not edit _sync")
    if not options.check:
        for path in (options.root / "facade/cfimages/_sync").glob("*.py"):
            if path not in made:
                path.unlink()
        for path, text in made.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    print(f"facade/cfimages/_sync {'is' if options.check else 'has been'} made from _async")


if __name__ == "__main__":
    main()
