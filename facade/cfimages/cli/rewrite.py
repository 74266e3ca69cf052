"""`cfimages rewrite`."""

import difflib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from cfimages.cli.messages import Messages
from cfimages.cli.status import IncompleteError, Status


@click.command("rewrite")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="The file from `cfimages sync --map`.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder for paths that begin with a slash. Without it, such paths stay.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Show the changes without making them.")
@click.pass_obj
def rewrite_command(
    messages: Messages, *, files: tuple[Path, ...], map_file: Path, root: Path | None, dry_run: bool
) -> None:
    """Replace the paths of synced files with delivery URLs, in Markdown, HTML, CSS, JSON or similar files.

    The changes go to standard output, as a patch. `patch -R -p0 < change.patch` undoes them.

    \b
      cfimages sync static/img --map urls.jsonl
      cfimages rewrite site/*.md --map urls.jsonl --dry-run
      cfimages rewrite site/*.md --map urls.jsonl > change.patch
    """
    from cfimages import InvalidArgumentError
    from cfimages.jobs import Rewriter

    try:
        rewriter = Rewriter.of(map_file, root=root)
    except InvalidArgumentError as error:
        raise click.BadParameter(str(error), param_hint="--map") from None
    changed = 0
    left: list[str] = []
    unreadable = False
    for file in files:
        try:
            before = file.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not text in UTF-8"
            messages.write(f"Error: {click.format_filename(file)}: {reason}")
            unreadable = True
            continue
        after = rewriter.rewritten(before, file)
        left += rewriter.left(before, file)
        if after == before:
            continue
        changed += 1
        for line in _differences(file, before, after):
            click.echo(line.encode(), nl=False)
        if not dry_run:
            _write(file, after.encode())
    messages.say(f"{changed:,} of {len(files):,} files {'would be' if dry_run else 'were'} changed.")
    if left:
        messages.say(
            f"Paths into the folder that stay, since the map has no URL for them: {len(left):,}, such as {left[0]!r}."
        )
    if unreadable:
        raise IncompleteError(Status.FAILED)


def _differences(file: Path, before: str, after: str) -> Iterator[str]:
    """Yield the lines of a patch."""
    old, new = _lines(before), _lines(after)
    for line in difflib.unified_diff(old, new, str(file), str(file)):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Return the lines of a text, which end with a line feed and nothing else, as `patch` sees them."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _write(file: Path, content: bytes) -> None:
    """Write a file atomically, and keep its permissions."""
    target = Path(os.path.realpath(file))
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        part.write_bytes(content)
        shutil.copymode(target, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
