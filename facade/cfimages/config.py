"""Where requests go and with which credentials: arguments and environment, resolved once.

The environment is looked up by name and never held: whoever shows the locals of a frame that held it would show
every secret in it.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NoReturn

import attrs
import httpx

from cfimages.errors import ConfigurationError, InvalidArgumentError
from cfimages.values import Secret, boolean, has_possible_port, hidden, path_segment, shown

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
DEFAULT_BATCH_BASE_URL = "https://batch.imagedelivery.net"

ACCOUNT_ID = "CLOUDFLARE_ACCOUNT_ID"
API_TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
API_EMAIL = "CLOUDFLARE_EMAIL"
API_KEY = "CLOUDFLARE_API_KEY"
BASE_URL = "CLOUDFLARE_BASE_URL"
BATCH_BASE_URL = "CLOUDFLARE_BATCH_BASE_URL"


@attrs.frozen
class Config:
    """The account, the address and the headers that authenticate."""

    account_id: str
    base_url: str
    credentials: Mapping[str, Secret] = attrs.field(repr=False)
    allow_http: bool = attrs.field(default=False, repr=False)
    """Whether plain http may go to other machines."""


def resolve(
    *,
    account_id: str | None,
    api_token: str | None,
    api_email: str | None,
    api_key: str | None,
    base_url: str | None,
    allow_http: bool,
) -> Config:
    """The configuration of a client. An argument wins over its variable; an empty variable counts as unset.

    `allow_http` has no variable, so that no environment alone can have credentials sent in the clear.

    Raises ConfigurationError naming the argument and the variable, never a credential.
    """
    api_token, api_email, api_key = hidden(api_token), hidden(api_email), hidden(api_key)
    boolean("allow_http", allow_http)
    return Config(
        account_id=_account(account_id if account_id is not None else _variable(ACCOUNT_ID)),
        base_url=_address(base_url if base_url is not None else _variable(BASE_URL) or DEFAULT_BASE_URL, allow_http),
        credentials=_credentials(api_token, api_email, api_key),
        allow_http=allow_http,
    )


def batch_config(config: Config, base_url: str | None) -> Config:
    """The configuration for the batch host: another address, and none of the account's credentials.

    Raises ConfigurationError.
    """
    address = base_url if base_url is not None else _variable(BATCH_BASE_URL) or DEFAULT_BATCH_BASE_URL
    return attrs.evolve(config, base_url=_address(address, config.allow_http, BATCH_BASE_URL), credentials={})


def check_scheme(name: str, url: httpx.URL, allow_http: bool) -> None:
    """Raise ConfigurationError for plain http to another machine, unless the caller has allowed it."""
    if url.scheme == "http" and not allow_http and not _is_loopback(url.raw_host.decode()):
        raise ConfigurationError(
            f"{name}: plain http would show secrets to everyone on the way: use https, or say allow_http=True"
        )


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number and without asking anybody."""
    if re.fullmatch(r"([a-z0-9_-]+\.)*localhost\.?", host):
        return True
    try:
        return IPv6Address(host) == IPv6Address("::1") if ":" in host else IPv4Address(host).is_loopback
    except AddressValueError:
        return False


def _variable(name: str) -> str | None:
    """A variable of the environment; an empty one counts as unset."""
    return hidden(os.environ.get(name) or None)


def _account(account_id: str | None) -> str:
    if account_id is None:
        raise ConfigurationError(f"no account: pass account_id or set {ACCOUNT_ID}")
    name = f"account_id ({ACCOUNT_ID})"
    try:
        segment = path_segment(name, account_id)
    except InvalidArgumentError as error:
        raise ConfigurationError(str(error)) from None
    if _has_strange_characters(segment):
        raise ConfigurationError(f"{name}={shown(segment)}: has a space or a line break in it")
    return segment


# What a host is made of, once httpx has written it in ASCII: whatever else there is stands for something hidden.
_HOST = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f:.]*:[0-9a-f:.]*")


def _address(base_url: str, allow_http: bool, variable: str = BASE_URL) -> str:
    """The address without a slash at its end, which every path begins with."""

    def refuse(problem: str) -> NoReturn:
        raise ConfigurationError(f"base_url ({variable}) {problem}: accepted is an address like {DEFAULT_BASE_URL}")

    if not isinstance(base_url, str) or _has_strange_characters(base_url):
        refuse("is not an address (it has a space or a line break in it, or is not text)")
    try:
        url = httpx.URL(base_url)
        url.host.encode("idna")  # as the socket will, where the error would have no type of ours
    except (httpx.InvalidURL, UnicodeError) as error:
        problem = str(error).partition(":")[0]  # behind the colon is a part of it, which may be a password
        refuse(f"is not an address ({problem})")
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.raw_host.decode()):
        refuse("is not a whole http or https address")
    if not has_possible_port(base_url):
        refuse("has a port that is none (from 0 to 65535)")
    if url.userinfo or "?" in base_url or "#" in base_url:
        refuse("must not have a user, a query or a fragment")
    check_scheme(f"base_url ({variable})", url, allow_http)
    return str(url).rstrip("/")


def _credentials(token: str | None, email: str | None, key: str | None) -> dict[str, Secret]:
    if token is not None and (email is not None or key is not None):
        raise ConfigurationError("two kinds of credentials: pass either api_token or api_email with api_key")
    if token is None and email is None and key is None:
        token, key = _variable(API_TOKEN), _variable(API_KEY)
        if token and key:
            raise ConfigurationError(f"two kinds of credentials: set either {API_TOKEN} or {API_KEY}, or pass one")
    if token is not None:
        return {"Authorization": Secret(f"Bearer {_secret('api_token', API_TOKEN, token)}")}
    email = email if email is not None else _variable(API_EMAIL)
    key = key if key is not None else _variable(API_KEY)
    if email is None and key is None:
        raise ConfigurationError(
            f"no credentials: pass api_token or set {API_TOKEN} (or api_email and api_key, {API_EMAIL} and {API_KEY})"
        )
    if key is None:
        raise ConfigurationError(f"api_email is there, api_key is missing: pass it or set {API_KEY}")
    if email is None:
        raise ConfigurationError(f"api_key is there, api_email is missing: pass it or set {API_EMAIL}")
    return {
        "X-Auth-Email": _secret("api_email", API_EMAIL, email),
        "X-Auth-Key": _secret("api_key", API_KEY, key),
    }


def _secret(name: str, variable: str, value: str) -> Secret:
    """A credential that fits into a header; an error never repeats it."""
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{name} ({variable}) is empty or not text")
    if not value.isascii() or _has_strange_characters(value):
        raise ConfigurationError(
            f"{name} ({variable}) has a character that no credential has: is there a space or a line break in it, "
            "or 'Bearer' before it?"
        )
    return Secret(value)


def _has_strange_characters(text: str) -> bool:
    return not text.isprintable() or any(character.isspace() for character in text)
