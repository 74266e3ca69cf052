"""The entry point of the command `cfimages`."""

import os
import sys

INSTALL = "cfimages: the command needs click, platformdirs and rich: install cfimages with its extra cli"
NEEDED = ("click", "platformdirs", "rich")


def main() -> None:
    """Run the command, and end the process with its exit status."""
    open_what_is_closed()
    try:
        from cfimages.cli.app import cli

        cli.main(prog_name="cfimages")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        sys.exit(INSTALL)
    except KeyboardInterrupt:  # while it begins, or ends
        sys.exit(130)
    finally:
        discard_what_nobody_reads()


def open_what_is_closed() -> None:
    """Open the null device for each standard stream that is closed, so that no other file gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end


def discard_what_nobody_reads() -> None:
    """Flush the standard streams. One that cannot be written is dropped: else Python would end with status 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
