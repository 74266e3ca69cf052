"""The command, its subcommands, which are imported when they are used, and its exit status."""

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cfimages._version import __version__
from cfimages.cli.groups import Group
from cfimages.cli.messages import Messages
from cfimages.cli.status import IncompleteError, Status, TerminatedError, status_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "list": ("listing", "List all images, or those that filters choose."),
    "get": ("reading", "Show the records of images."),
    "url": ("reading", "Print the delivery URLs of images, signed with --sign."),
    "download": ("reading", "Download originals."),
    "upload": ("uploading", "Upload a file, several files, or a folder."),
    "direct-upload": ("uploading", "Reserve an image, and print a URL where anybody can upload its file."),
    "sync": ("sync", "Upload new files of a folder; replace images (--replace) or delete them (--delete)."),
    "rewrite": ("rewrite", "Replace the paths of synced files with delivery URLs in texts."),
    "edit": ("changing", "Change metadata, creator or privacy of images."),
    "delete": ("changing", "Delete images."),
    "export": ("exporting", "Export originals and records into a folder."),
    "restore": ("restore", "Upload an export, or the backup of a delete."),
    "copy": ("copy", "Copy images from another account."),
    "compare": ("compare", "Compare images of another account with their copies."),
    "orphans": ("orphans", "Find images that nothing refers to; mark them, and delete them later."),
    "inventory": ("exporting", "Write the records of all images to one file."),
    "jobs": ("jobs", "See, resume and undo jobs."),
    "variants": ("variants", "List, create, edit and delete variants."),
    "keys": ("keys", "List, create and delete signing keys."),
    "imports": ("imports", "Import images from a bucket of S3 or R2."),
    "stats": ("account", "Show how many images the account has, and its limit."),
    "metadata-keys": ("account", "List the metadata fields of images."),
    "settings": ("account", "Show or change the settings of the account."),
    "doctor": ("doctor", "Check the configuration, the account and what the token may do."),
    "sandbox": ("sandbox", "Start a local account to try things out."),
    "completion": ("completion", "Print a completion script for a shell."),
}
"""The module and the summary of each subcommand. `--help` imports none of them."""


class LazyGroup(Group):
    """The command. Its subcommands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"cfimages.cli.{module}"), f"{cmd_name.replace('-', '_')}_command")
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries without importing the subcommands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """Return completions of a word, without importing the subcommands."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Parse the arguments; --help prints the help here."""
        with _until_nobody_reads():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand."""
        with _until_nobody_reads():
            return super().invoke(ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run the command, report errors, and exit with the status."""
        messages = Messages()
        try:
            with _sigterm_raises():
                status = self._status(args, prog_name, complete_var, messages, extra)
        finally:
            messages.close()
        sys.exit(int(status))

    def _status(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        messages: Messages,
        extra: dict[str, Any],
    ) -> int:
        try:
            # Without the standalone mode, click returns the status of an Exit.
            returned = super().main(args, prog_name, complete_var, standalone_mode=False, obj=messages, **extra)
        except SystemExit:  # of a completion
            raise
        except BaseException as error:
            if (status := _ended(error, messages)) is None:
                raise
        else:
            status = returned if isinstance(returned, int) else Status.DONE
        messages.log("end", status=int(status))
        return status or (Status.FAILED if messages.log_failed else Status.DONE)


def _ended(error: BaseException, messages: Messages) -> int | None:
    """Report why the command ends, and return its status; None for a bug."""
    if isinstance(error, click.ClickException):
        messages.show(error)
        return error.exit_code
    if isinstance(error, click.Abort):
        return Status.INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else Status.REFUSED
    status = status_of(error)
    if status is not None and status not in (Status.INTERRUPTED, Status.TERMINATED):
        messages.error(error)
    return status


@contextmanager
def _until_nobody_reads() -> Iterator[None]:
    """Exit normally when the reader of standard output is gone, which click treats as a failure."""
    try:
        yield
    except BrokenPipeError:
        raise IncompleteError(Status.DONE) from None


@contextmanager
def _sigterm_raises() -> Iterator[None]:
    """Make SIGTERM raise an exception, as Ctrl-C does, so that a command can say how to resume."""

    def handle(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TerminatedError

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:
        yield
        return
    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="cfimages", message="%(prog)s %(version)s")
def cli() -> None:
    """Work with the images of a Cloudflare account.

    The account and its credentials come from CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, from --token-file,
    or from a --profile. `cfimages doctor` shows what is set.
    """
