"""The other account of `copy` and `compare`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from cfimages.cli.connecting import Connection
from cfimages.cli.messages import Messages


class Origin(NamedTuple):
    """The options for the source account."""

    profile: str | None
    account: str | None
    token_file: Path | None

    def connection(self, messages: Messages) -> Connection:
        """Return the connection to that account. Raises a usage error without any option."""
        if self.profile is None and self.account is None:
            raise click.UsageError("no source: use --from-profile or --from-account")
        return Connection(messages, account=self.account, profile=self.profile, token_file=self.token_file)


def with_origin(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the source account to a command, and pass `Origin` as `origin`."""

    @click.option("--from-profile", metavar="NAME", help="The profile of the account that has the images.")
    @click.option("--from-account", metavar="ID", help="Id of the account that has the images.")
    @click.option(
        "--from-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file that holds the API token of the account that has the images.",
    )
    @functools.wraps(command)
    def with_other(
        *arguments: Any,
        from_profile: str | None,
        from_account: str | None,
        from_token_file: Path | None,
        **options: Any,
    ) -> Any:
        return command(*arguments, origin=Origin(from_profile, from_account, from_token_file), **options)

    return with_other
