"""`python -m cfimages.sandbox`: serve a local Images account until interrupted."""

import argparse
import errno
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cfimages.sandbox.database import DuplicateError
from cfimages.sandbox.exports import exports
from cfimages.sandbox.hosts import is_loopback

if TYPE_CHECKING:
    from cfimages.sandbox.server import Sandbox

FILLED = timedelta(days=60)
"""The time over which `--fill` spreads its images. It ends now."""


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m cfimages.sandbox") -> None:
    """Serve, and say how to reach it. `prog` is what help and errors call the program."""
    parser = argparse.ArgumentParser(
        prog=prog, description="A local Cloudflare Images account behind the real protocol.", allow_abbrev=False
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to bind to (default: %(default)s, this machine only)"
    )
    parser.add_argument(
        "--port", type=int, default=8787, help="port to bind to, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument("--db", type=Path, help="SQLite file to keep the images in (default: memory)")
    parser.add_argument("--api-token", help="accept only this token (default: any credentials)")
    parser.add_argument(
        "--account", type=account_id, default="sandbox", help="account to fill and to show (default: %(default)s)"
    )
    parser.add_argument("--log-requests", action="store_true", help="print a line for each request")
    parser.add_argument(
        "--delivery-cors", action="store_true", help="let pages from other origins read delivered images"
    )
    parser.add_argument(
        "--bucket",
        action="append",
        type=bucket,
        default=[],
        metavar="NAME=FOLDER",
        help="a folder that acts as an S3 or R2 bucket for imports; may be repeated",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name for the console and the control API, besides localhost and IP addresses; may be repeated",
    )
    parser.add_argument(
        "--fill", type=count, default=0, metavar="N", help="first add N made-up images of the last 60 days"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it ends as cleanly as by Ctrl-C
    try:
        serve(parser, options)
    except KeyboardInterrupt:
        print("\nStopped.")


def serve(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    try:
        from cfimages.sandbox import Sandbox
    except ImportError as error:  # the extra is missing
        parser.exit(1, f"{parser.prog}: {error}\n")
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(
                Sandbox(
                    options.db,
                    host=options.host,
                    port=options.port,
                    api_token=options.api_token,
                    on_request=(lambda entry: print(entry, flush=True)) if options.log_requests else None,
                    delivery_cors=options.delivery_cors,
                    console_account=options.account,
                    buckets=dict(options.bucket),
                    allowed_hosts=options.allow_host,
                )
            )
            sandbox.store.accounts.get(options.account)  # so that the console shows it
            if options.fill:
                fill(sandbox, options.account, options.fill)
        except sqlite3.Error as error:
            parser.exit(1, f"{parser.prog}: --db {options.db}: {error}\n")
        except (OSError, ValueError) as error:
            in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            hint = " (--port)" if in_use else ""
            parser.exit(1, f"{parser.prog}: {error}{hint}\n")
        if not options.api_token and not is_loopback(options.host):
            print(f"Warning: other machines may reach {options.host}, and any token is accepted.", file=sys.stderr)
        print(f"A local Images account runs until Ctrl-C. Its console: {sandbox.url}/ For a client:")
        lines = exports(sandbox.base_url, sandbox.batch_url, options.account, any_token=not options.api_token)
        print(*(f"  {line}" for line in lines.values()), sep="\n", flush=True)
        wait()


def account_id(text: str) -> str:
    """Read an account id: one segment of a path."""
    if not text or "/" in text or text.strip() != text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an account id: it must not have slashes, or spaces at its ends"
        )
    return text


def bucket(text: str) -> tuple[str, str]:
    """Read the name of a bucket, and the folder that stands for it."""
    name, _, folder = text.partition("=")
    if not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not a bucket: write NAME=FOLDER, such as photos=./photos")
    return name, folder


def count(text: str) -> int:
    """Read how many images to make up."""
    if not text.isascii() or not text.isdigit() or len(text) > 8:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of images: use a whole number from 0 to 99,999,999")
    return int(text)


def fill(sandbox: "Sandbox", account: str, count: int) -> None:
    """Fill an account, unless that was done before: the same command may be given again for the same file."""
    interval = FILLED / count
    try:
        sandbox.fill(account, count, start=sandbox.clock.now() - interval * (count - 1), interval=interval)
    except DuplicateError:
        print(f"Account {account} was filled before and stays as it is: {sandbox.store.count(account)} images.")


def wait() -> None:
    """Until a signal."""
    threading.Event().wait()


if __name__ == "__main__":
    main()
