"""The entry point of the command `cfimages`."""

import os
import sys

INSTALL = "cfimages: the command needs click and rich: install cfimages with its extra cli"


def main() -> None:
    """Run the command, and end the process with its exit status."""
    try:
        from cfimages.cli.app import cli
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit(INSTALL)
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        cli.main(prog_name="cfimages")
    except KeyboardInterrupt:  # while it begins, or ends
        sys.exit(130)
    finally:
        discard_what_nobody_reads()


def discard_what_nobody_reads() -> None:
    """Flush standard output. If its reader has gone, have nothing more be said about it while Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
