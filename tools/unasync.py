"""Make facade/cfimages/_sync from facade/cfimages/_async, by replacements in code, docstrings and comments alike."""

import ast
import re
import subprocess
import sys
from pathlib import Path

REPLACEMENTS = [
    # What documentation says of one kind only.
    (r"The asynchronous client\.", "The synchronous client."),
    (r"`_sync` is generated from this folder", "Generated from `_async`"),
    (r"one Cloudflare account, for asyncio\.", "one Cloudflare account. Safe to share between threads."),
    (r" It belongs to the event loop in which it is first used\.", ""),
    (r", for `async for`,", ","),
    (r", for `async with` and `async for`", ", for `with` and `for`"),
    (r"\n\n +Raises:\n +ClientClosedError: The client was used in another event loop\. Nothing is closed\.", ""),
    # The language.
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\b(?:Coroutine\[Any, Any, |Awaitable\[)((?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*)\]", r"\1"),
    (r"\bAsyncGenerator\[(\w+), None\]", r"Generator[\1, None, None]"),
    # httpx.
    (r"\bAsyncByteStream\b", "SyncByteStream"),
    (r"\bhandle_async_request\b", "handle_request"),
    (r"\b([gs]et)_async_httpx_client\b", r"\1_httpx_client"),
    (r"\baiter_(raw|bytes)\b", r"iter_\1"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b_Async(?=[A-Z])", "_"),
    (r"\baclose\b", "close"),
    (r"\bpush_async_callback\b", "callback"),
    (r"\bpush_async_exit\b", "push"),
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
    return source


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


def write_sync(root: Path, output: Path) -> None:
    """Write the modules of _sync to a folder that does not exist yet."""
    output.mkdir()
    for path in sorted((root / "facade/cfimages/_async").glob("*.py")):
        text = to_sync(path.read_text("utf-8"))
        ast.parse(text, path.name)
        header = f"# Generated from facade/cfimages/_async/{path.name} by `make generate`. Do not edit.\n"
        (output / path.name).write_text(formatted(header + text, root), "utf-8")
