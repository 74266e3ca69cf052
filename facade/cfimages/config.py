"""The account, the address and the credentials of a client, from arguments and environment variables."""

import os
import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NoReturn

import attrs
import httpx

from cfimages.arguments import address_problem, check_bool, check_segment, repr_short
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
class Config:
    """Where the requests of a client go, and what authenticates them."""

    account_id: str
    base_url: str
    batch_base_url: str | None
    """Address of the batch host; None where `base_url` is not Cloudflare's and no other is set."""
    credentials: Mapping[str, Secret] = attrs.field(repr=False)
    """Headers that authenticate."""
    source: str
    """Where the credentials came from: an argument or a variable."""
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
    source, credentials = _credentials(api_token, api_email, api_key)
    return Config(
        account_id=account,
        base_url=base_url,
        batch_base_url=_batch_address(base_url, batch_base_url, allow_http),
        credentials=credentials,
        source=source,
        allow_http=allow_http,
    )


def _batch_address(base_url: str, batch_base_url: str | None, allow_http: bool) -> str | None:
    address = batch_base_url if batch_base_url is not None else _variable(BATCH_BASE_URL)
    if address is not None:
        return _address("batch_base_url", BATCH_BASE_URL, address, allow_http)
    return DEFAULT_BATCH_BASE_URL if base_url == DEFAULT_BASE_URL else None


def check_scheme(name: str, url: httpx.URL, allow_http: bool) -> None:
    """Raise ConfigurationError for plain http to another machine, unless the caller allows it."""
    if url.scheme == "http" and not allow_http and not is_loopback(url.raw_host.decode()):
        raise ConfigurationError(
            f"{name}: plain http would show secrets to everyone on the way: use https, or pass allow_http=True"
        )


def check_upload_url(url: str, allow_http: bool) -> None:
    """Raise InvalidArgumentError unless a file can be sent to an address. No error shows it: it is a secret."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        parsed = None
    if parsed is None:  # outside: that error holds the address
        raise InvalidArgumentError("upload_url: is not an address: pass DirectUpload.upload_url as it is")
    check_scheme("upload_url", parsed, allow_http)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name or number alone."""
    if re.fullmatch(r"([a-z0-9_-]+\.)*localhost\.?", host):
        return True
    try:
        return IPv6Address(host) == IPv6Address("::1") if ":" in host else IPv4Address(host).is_loopback
    except AddressValueError:
        return False


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
    if _has_strange_characters(segment):
        raise ConfigurationError(f"{name}={repr_short(segment)}: has a space or a line break in it")
    return segment


# A host as httpx writes it in ASCII: letters and digits, or an IPv6 address.
_HOST = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f:.]*:[0-9a-f:.]*")


def _address(name: str, variable: str, address: str, allow_http: bool) -> str:
    """Return an address without a slash at its end. Every path begins with one."""

    def refuse(problem: str) -> NoReturn:
        raise ConfigurationError(f"{name} ({variable}) {problem}: accepted is an address like {DEFAULT_BASE_URL}")

    if not isinstance(address, str) or _has_strange_characters(address):
        refuse("is not an address (it has a space or a line break in it, or is not text)")
    try:
        url = httpx.URL(address)
        url.host.encode("idna")  # as the socket will
    except (httpx.InvalidURL, UnicodeError) as error:
        problem = str(error).partition(":")[0]  # what follows quotes the address, which may hold a password
        refuse(f"is not an address ({problem})")
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.raw_host.decode()):
        refuse("is not a complete http or https address")
    if problem := address_problem(address) or "":
        refuse(f"is invalid: {problem}")
    if url.userinfo or "?" in address or "#" in address:
        refuse("must not have a user, a query or a fragment")
    check_scheme(f"{name} ({variable})", url, allow_http)
    return str(url).rstrip("/")


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
        raise ConfigurationError(f"{name} ({variable}) is empty or not text")
    if not value.isascii() or _has_strange_characters(value):
        raise ConfigurationError(
            f"{name} ({variable}) has a character that no credential has: remove spaces, line breaks, and 'Bearer'"
        )
    return Secret(value)


def _has_strange_characters(text: str) -> bool:
    return not text.isprintable() or any(character.isspace() for character in text)
