"""The account, the address and the credentials of a client, from arguments and environment variables."""

import os
from collections.abc import Mapping
from typing import Self

import attrs
import httpx

from cfimages.addresses import address_problem, check_destination
from cfimages.arguments import check_bool, check_segment, has_strange_characters, repr_short
from cfimages.errors import ConfigurationError, InvalidArgumentError
from cfimages.secret import Secret, as_secret

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
DEFAULT_BATCH_BASE_URL = "https://batch.imagedelivery.net"

ACCOUNT_ID = "CLOUDFLARE_ACCOUNT_ID"
API_TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
API_EMAIL = "CLOUDFLARE_EMAIL"
API_KEY = "CLOUDFLARE_API_KEY"
BASE_URL = "CLOUDFLARE_BASE_URL"
API_BASE_URL = "CLOUDFLARE_API_BASE_URL"
BATCH_BASE_URL = "CLOUDFLARE_BATCH_BASE_URL"


@attrs.frozen
class Credentials:
    """The headers that authenticate requests to an origin."""

    origin: tuple[str, bytes]
    """Scheme and host with port."""
    headers: Mapping[str, Secret] = attrs.field(repr=False)
    source: str
    """Where the credentials came from: an argument or a variable."""

    @classmethod
    def of(cls, base_url: str, headers: Mapping[str, Secret], source: str) -> Self:
        """Return the credentials of an address."""
        url = httpx.URL(base_url)
        return cls((url.scheme, url.netloc), headers, source)

    @property
    def secrets(self) -> list[str]:
        """The secrets that a response may repeat."""
        return [value.removeprefix("Bearer ") for value in self.headers.values()]


@attrs.frozen
class Config:
    """Where the requests of a client go, and what authenticates them."""

    account_id: str
    base_url: str
    batch_base_url: str | None
    """Address of the batch host; None where `base_url` is not Cloudflare's and no other is set."""
    credentials: Credentials
    """What authenticates requests to `base_url`."""
    allow_http: bool = attrs.field(default=False, repr=False)
    """Whether plain http may go to other machines."""


def resolve(
    *,
    account_id: str | None,
    api_token: str | None,
    api_email: str | None,
    api_key: str | None,
    base_url: str | None,
    batch_base_url: str | None,
    allow_http: bool,
) -> Config:
    """Return the configuration of a client. An argument takes precedence over its variable; an empty one is unset.

    `allow_http` has no variable, so that no environment alone can send credentials in the clear.

    Raises ConfigurationError. It names the argument and the variable, never a credential.
    """
    check_bool("allow_http", allow_http)
    account = _account(account_id if account_id is not None else _variable(ACCOUNT_ID))
    if base_url is None:
        variable = next((name for name in (BASE_URL, API_BASE_URL) if _variable(name)), BASE_URL)
        base_url = _variable(variable) or DEFAULT_BASE_URL
    else:
        variable = BASE_URL
    base_url = _address("base_url", variable, base_url, allow_http)
    source, headers = _credentials(api_token, api_email, api_key)
    return Config(
        account_id=account,
        base_url=base_url,
        batch_base_url=_batch_address(base_url, batch_base_url, allow_http),
        credentials=Credentials.of(base_url, headers, source),
        allow_http=allow_http,
    )


def _batch_address(base_url: str, batch_base_url: str | None, allow_http: bool) -> str | None:
    address = batch_base_url if batch_base_url is not None else _variable(BATCH_BASE_URL)
    if address is not None:
        return _address("batch_base_url", BATCH_BASE_URL, address, allow_http)
    return DEFAULT_BATCH_BASE_URL if base_url == DEFAULT_BASE_URL else None


def _variable(name: str) -> str | None:
    """Return an environment variable, or None if it is unset or empty."""
    return as_secret(os.environ.get(name) or None)


def _account(account_id: str | None) -> str:
    if account_id is None:
        raise ConfigurationError(f"no account: pass account_id or set {ACCOUNT_ID}")
    name = f"account_id ({ACCOUNT_ID})"
    try:
        segment = check_segment(name, account_id)
    except InvalidArgumentError as error:
        raise ConfigurationError(str(error)) from None
    if has_strange_characters(segment):
        raise ConfigurationError(f"{name}={repr_short(segment)}: has a space or a line break")
    return segment


def _address(name: str, variable: str, address: str, allow_http: bool) -> str:
    """Return an address without a slash at its end. Every path begins with one."""
    name = f"{name} ({variable})"
    problem = address_problem(address)
    if not problem and (httpx.URL(address).userinfo or "?" in address or "#" in address):
        problem = "must not have a user, a query or a fragment"
    if problem:
        raise ConfigurationError(f"{name}: {problem}: accepted is an address like {DEFAULT_BASE_URL}")
    check_destination(name, address, allow_http)
    return str(httpx.URL(address)).rstrip("/")


def _credentials(token: str | None, email: str | None, key: str | None) -> tuple[str, dict[str, Secret]]:
    """Return where the credentials came from, and the headers."""
    if token is not None and (email is not None or key is not None):
        raise ConfigurationError("two kinds of credentials: pass either api_token or api_email with api_key")
    source = "the argument api_token" if token is not None else f"the variable {API_TOKEN}"
    if token is None and email is None and key is None:
        token = _variable(API_TOKEN)  # takes precedence over a key, as in Cloudflare's own tools
    if token is not None:
        return source, {"Authorization": Secret(f"Bearer {_secret('api_token', API_TOKEN, token)}")}
    source = "the argument api_key" if key is not None else f"the variable {API_KEY}"
    email = email if email is not None else _variable(API_EMAIL)
    key = key if key is not None else _variable(API_KEY)
    if email is None and key is None:
        raise ConfigurationError(
            f"no credentials: pass api_token or set {API_TOKEN} (or api_email and api_key, {API_EMAIL} and {API_KEY})"
        )
    if key is None:
        raise ConfigurationError(f"api_email is set, api_key is missing: pass it or set {API_KEY}")
    if email is None:
        raise ConfigurationError(f"api_key is set, api_email is missing: pass it or set {API_EMAIL}")
    return source, {
        "X-Auth-Email": _secret("api_email", API_EMAIL, email),
        "X-Auth-Key": _secret("api_key", API_KEY, key),
    }


def _secret(name: str, variable: str, value: str) -> Secret:
    """Check that a credential fits into a header. The error does not show it."""
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{name} ({variable}) is empty or not a string")
    if not value.isascii() or has_strange_characters(value):
        raise ConfigurationError(
            f"{name} ({variable}) has an invalid character: remove spaces, line breaks, and 'Bearer'"
        )
    return Secret(value)
