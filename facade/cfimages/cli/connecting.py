"""The options of every command on an account, and their client."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfimages.cli.messages import Messages

if TYPE_CHECKING:
    from cfimages import CloudflareImages, ResponseSummary


class Connection:
    """The connection to an account: credentials, address, and who gets the responses."""

    def __init__(
        self,
        messages: Messages,
        *,
        account: str | None = None,
        token_file: Path | None = None,
        profile: str | None = None,
        allow_http: bool = False,
    ) -> None:
        self.messages = messages
        self.profile = profile
        self.token_file = token_file
        self._account = account
        self._allow_http = allow_http
        self._listeners: list[Callable[[ResponseSummary], None]] = []

    @contextmanager
    def client(self, **options: Any) -> Iterator["CloudflareImages"]:
        """Open a client. Raises ConfigurationError."""
        from cfimages import CloudflareImages

        arguments = {**self._arguments(), "allow_http": self._allow_http, **options}
        with CloudflareImages(on_response=self._on_response, **arguments) as images:
            yield images

    @contextmanager
    def telling(self, listener: "Callable[[ResponseSummary], None]") -> Iterator[None]:
        """Pass responses to another function meanwhile. Several threads may call it."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def words(self) -> list[str]:
        """Return the options for the same account. None of them is a secret."""
        words: list[str] = []
        for option, value in (("--account", self._account), ("--profile", self.profile)):
            words += [option, value] if value is not None else []
        if self.token_file is not None:
            words += ["--token-file", str(self.token_file.absolute())]
        return [*words, "--allow-http"] if self._allow_http else words

    def _arguments(self) -> dict[str, str]:
        from cfimages.cli.profiles import read_profile, read_token

        arguments = read_profile(self.profile) if self.profile is not None else {}
        if self.token_file is not None:
            for name in ("api_email", "api_key"):
                arguments.pop(name, None)
            arguments["api_token"] = read_token(self.token_file)
        if self._account is not None:
            arguments["account_id"] = self._account
        return arguments

    def _on_response(self, response: "ResponseSummary") -> None:
        if self.messages.verbose:
            self.messages.write(
                f"{response.method} {response.endpoint}: {response.status_code} in {response.duration * 1000:.0f} ms"
                + (f", attempt {response.attempt}" if response.attempt > 1 else "")
                + (f" [cf-ray {response.ray_id}]" if response.ray_id else "")
            )
        self.messages.log(
            "response",
            method=response.method,
            endpoint=response.endpoint,
            status=response.status_code,
            milliseconds=round(response.duration * 1000, 1),
            attempt=response.attempt,
            ray=response.ray_id,
        )
        for listener in tuple(self._listeners):
            listener(response)


def on_account(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of an account to a command, and pass a `Connection` as its first argument."""

    @click.option("--account", metavar="ID", help="Id of the account. Default: CLOUDFLARE_ACCOUNT_ID.")
    @click.option(
        "--token-file", type=click.Path(path_type=Path, dir_okay=False), help="A file that holds the API token."
    )
    @click.option("--profile", metavar="NAME", help="A section of profiles.toml in the configuration folder.")
    @click.option(
        "--allow-http",
        is_flag=True,
        help="Allow plain http to other machines. Everyone on the network path can read it.",
    )
    @click.option("--quiet", "-q", is_flag=True, help="Write only errors to standard error.")
    @click.option("--verbose", "-v", is_flag=True, help="Write a line for each response to standard error.")
    @click.option(
        "--log-json",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Append events to FILE, as JSON lines.",
    )
    @click.pass_obj
    @functools.wraps(command)
    def connected(
        messages: Messages,
        /,
        account: str | None,
        token_file: Path | None,
        profile: str | None,
        allow_http: bool,
        quiet: bool,
        verbose: bool,
        log_json: Path | None,
        **options: Any,
    ) -> Any:
        messages.quiet, messages.verbose = quiet, verbose
        if log_json is not None:
            try:
                messages.log_to(log_json)
            except OSError as error:
                raise click.BadParameter(f"{log_json}: {error.strerror}", param_hint="--log-json") from None
        connection = Connection(
            messages,
            account=account,
            token_file=token_file,
            profile=profile,
            allow_http=allow_http,
        )
        return command(connection, **options)

    return connected
