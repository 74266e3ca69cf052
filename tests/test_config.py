"""Where requests go and with which credentials: every combination of arguments and environment."""

from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest
from servers import seam

from cfimages import AsyncCloudflareImages, CloudflareImages, ConfigurationError
from cfimages.config import DEFAULT_BASE_URL, DEFAULT_BATCH_BASE_URL, Config, Credentials, resolve
from cfimages.secret import as_secrets

TOKEN = {"Authorization": "Bearer tok"}
KEY = {"X-Auth-Email": "me@example.org", "X-Auth-Key": "key"}


def configured(arguments: Mapping[str, Any], environment: Mapping[str, str]) -> Config:
    unset: dict[str, Any] = dict.fromkeys(
        ["account_id", "api_token", "api_email", "api_key", "base_url", "batch_base_url"]
    )
    with mock.patch("os.environ", environment):  # a real one refuses NUL
        return resolve(**{**unset, "allow_http": False, **arguments})


# arguments, environment, headers
ALL = {"CLOUDFLARE_API_TOKEN": "tok", "CLOUDFLARE_EMAIL": "me@example.org", "CLOUDFLARE_API_KEY": "key"}
TOKEN_ARGUMENT, KEY_ARGUMENT = "the argument api_token", "the argument api_key"
TOKEN_VARIABLE, KEY_VARIABLE = "the variable CLOUDFLARE_API_TOKEN", "the variable CLOUDFLARE_API_KEY"

ACCEPTED: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str], str]] = {
    "token by argument": ({"api_token": "tok"}, {}, TOKEN, TOKEN_ARGUMENT),
    "token by variable": ({}, {"CLOUDFLARE_API_TOKEN": "tok"}, TOKEN, TOKEN_VARIABLE),
    "token by argument wins": ({"api_token": "tok"}, {"CLOUDFLARE_API_TOKEN": "other"}, TOKEN, TOKEN_ARGUMENT),
    "key by arguments": ({"api_email": "me@example.org", "api_key": "key"}, {}, KEY, KEY_ARGUMENT),
    "key by variables": (
        {},
        {"CLOUDFLARE_EMAIL": "me@example.org", "CLOUDFLARE_API_KEY": "key"},
        KEY,
        KEY_VARIABLE,
    ),
    "key by arguments wins": (
        {"api_email": "me@example.org", "api_key": "key"},
        {"CLOUDFLARE_EMAIL": "other@example.org", "CLOUDFLARE_API_KEY": "other"},
        KEY,
        KEY_ARGUMENT,
    ),
    "key by argument, email by variable": (
        {"api_key": "key"},
        {"CLOUDFLARE_EMAIL": "me@example.org"},
        KEY,
        KEY_ARGUMENT,
    ),
    "email by argument, key by variable": (
        {"api_email": "me@example.org"},
        {"CLOUDFLARE_API_KEY": "key"},
        KEY,
        KEY_VARIABLE,
    ),
    "token by argument wins over a key in the environment": (
        {"api_token": "tok"},
        {"CLOUDFLARE_EMAIL": "me@example.org", "CLOUDFLARE_API_KEY": "key"},
        TOKEN,
        TOKEN_ARGUMENT,
    ),
    "key by arguments wins over a token in the environment": (
        {"api_email": "me@example.org", "api_key": "key"},
        {"CLOUDFLARE_API_TOKEN": "tok"},
        KEY,
        KEY_ARGUMENT,
    ),
    "key by argument wins over a token in the environment": (
        {"api_key": "key"},
        {"CLOUDFLARE_API_TOKEN": "tok", "CLOUDFLARE_EMAIL": "me@example.org"},
        KEY,
        KEY_ARGUMENT,
    ),
    "a token wins over a key where both are in the environment": ({}, ALL, TOKEN, TOKEN_VARIABLE),
    "a token wins over a key without an email": (
        {},
        {"CLOUDFLARE_API_TOKEN": "tok", "CLOUDFLARE_API_KEY": "key"},
        TOKEN,
        TOKEN_VARIABLE,
    ),
    "an email alone beside a token says nothing": (
        {},
        {"CLOUDFLARE_API_TOKEN": "tok", "CLOUDFLARE_EMAIL": "me@example.org"},
        TOKEN,
        TOKEN_VARIABLE,
    ),
    "an empty token is unset": (
        {},
        {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": "me@example.org", "CLOUDFLARE_API_KEY": "key"},
        KEY,
        KEY_VARIABLE,
    ),
    "an empty key is unset": (
        {},
        {"CLOUDFLARE_API_TOKEN": "tok", "CLOUDFLARE_API_KEY": ""},
        TOKEN,
        TOKEN_VARIABLE,
    ),
}


@pytest.mark.parametrize(("arguments", "environment", "headers", "source"), ACCEPTED.values(), ids=ACCEPTED)
def test_credentials(
    arguments: dict[str, str], environment: dict[str, str], headers: dict[str, str], source: str
) -> None:
    config = configured({"account_id": "acc", **arguments}, environment)
    credentials = Credentials.of(DEFAULT_BASE_URL, as_secrets(headers), source)
    assert config == Config("acc", DEFAULT_BASE_URL, DEFAULT_BATCH_BASE_URL, credentials)


NO_CREDENTIALS = (
    "no credentials: pass api_token or set CLOUDFLARE_API_TOKEN "
    "(or api_email and api_key, CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY)"
)
TWO_ARGUMENTS = "two kinds of credentials: pass either api_token or api_email with api_key"
NO_KEY = "api_email is set, api_key is missing: pass it or set CLOUDFLARE_API_KEY"
NO_EMAIL = "api_key is set, api_email is missing: pass it or set CLOUDFLARE_EMAIL"

# arguments, environment, message
REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "nothing": ({}, {}, NO_CREDENTIALS),
    "empty variables": ({}, dict.fromkeys(ALL, ""), NO_CREDENTIALS),
    "token and key": ({"api_token": "tok", "api_email": "me@example.org", "api_key": "key"}, {}, TWO_ARGUMENTS),
    "token and key without email": ({"api_token": "tok", "api_key": "key"}, {}, TWO_ARGUMENTS),
    "token and email": ({"api_token": "tok", "api_email": "me@example.org"}, {}, TWO_ARGUMENTS),
    "token and an empty key": ({"api_token": "tok", "api_key": ""}, {}, TWO_ARGUMENTS),
    "email by argument alone": ({"api_email": "me@example.org"}, {}, NO_KEY),
    "email by argument beside a token in the environment": (
        {"api_email": "me@example.org"},
        {"CLOUDFLARE_API_TOKEN": "tok"},
        NO_KEY,
    ),
    "email by variable alone": ({}, {"CLOUDFLARE_EMAIL": "me@example.org"}, NO_KEY),
    "key by argument alone": ({"api_key": "key"}, {}, NO_EMAIL),
    "key by variable alone": ({}, {"CLOUDFLARE_API_KEY": "key"}, NO_EMAIL),
    "empty token": ({"api_token": ""}, ALL, "api_token (CLOUDFLARE_API_TOKEN) is empty or not a string"),
    "token of bytes": ({"api_token": b"tok"}, {}, "api_token (CLOUDFLARE_API_TOKEN) is empty or not a string"),
    "empty key": ({"api_key": ""}, ALL, "api_key (CLOUDFLARE_API_KEY) is empty or not a string"),
    "empty email": ({"api_email": "", "api_key": "k"}, ALL, "api_email (CLOUDFLARE_EMAIL) is empty or not a string"),
}


@pytest.mark.parametrize(("arguments", "environment", "message"), REFUSED.values(), ids=REFUSED)
def test_credentials_refused(arguments: dict[str, Any], environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured({"account_id": "acc", **arguments}, environment)
    assert str(caught.value) == message


@pytest.mark.parametrize("spoilt", ["{}\n", "{}\r\n", " {}", "{} ", "a {}", "{}\t", "{}\0", "{}\x7f", "{}é", "“{}”"])
@pytest.mark.parametrize(
    ("argument", "variable"),
    [("api_token", "CLOUDFLARE_API_TOKEN"), ("api_email", "CLOUDFLARE_EMAIL"), ("api_key", "CLOUDFLARE_API_KEY")],
)
@pytest.mark.parametrize("by", ["argument", "variable"])
def test_credential_with_an_impossible_character_is_refused_and_not_shown(
    argument: str, variable: str, spoilt: str, by: str
) -> None:
    value = spoilt.format("canary")
    companions = {"api_email": {"CLOUDFLARE_API_KEY": "key"}, "api_key": {"CLOUDFLARE_EMAIL": "me@example.org"}}
    environment = companions.get(argument, {})
    arguments = {argument: value} if by == "argument" else {}
    variables = {variable: value} if by == "variable" else {}
    with pytest.raises(ConfigurationError) as caught:
        configured({"account_id": "acc", **arguments}, {**environment, **variables})
    assert str(caught.value) == (
        f"{argument} ({variable}) has an invalid character: remove spaces, line breaks, and 'Bearer'"
    )
    assert "canary" not in repr(caught.value)


# --- Account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "variable", "account"),
    [("acc", None, "acc"), (None, "acc", "acc"), ("acc", "other", "acc"), ("acc", "", "acc"), ("a/b", None, "a/b")],
)
def test_account(argument: str | None, variable: str | None, account: str) -> None:
    environment = {} if variable is None else {"CLOUDFLARE_ACCOUNT_ID": variable}
    assert configured({"account_id": argument, "api_token": "tok"}, environment).account_id == account


@pytest.mark.parametrize("environment", [{}, {"CLOUDFLARE_ACCOUNT_ID": ""}])
def test_missing_account_names_the_argument_and_the_variable(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured({"api_token": "tok"}, environment)
    assert str(caught.value) == "no account: pass account_id or set CLOUDFLARE_ACCOUNT_ID"


@pytest.mark.parametrize("account", ["", ".", "..", 5, b"acc", "\ud800"], ids=repr)
def test_account_that_would_change_the_address_is_refused(account: Any) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"^account_id \(CLOUDFLARE_ACCOUNT_ID\)=.*: (would address|must be a string|not valid Unicode)",
    ):
        configured({"account_id": account, "api_token": "tok"}, {"CLOUDFLARE_ACCOUNT_ID": "acc"})


@pytest.mark.parametrize("account", [".", ".."])
def test_account_of_the_environment_is_checked_too(account: str) -> None:
    with pytest.raises(ConfigurationError, match="account_id"):
        configured({"api_token": "tok"}, {"CLOUDFLARE_ACCOUNT_ID": account})


# --- Address ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "variable", "address"),
    [
        (None, None, "https://api.cloudflare.com/client/v4"),
        (None, "", "https://api.cloudflare.com/client/v4"),
        (None, "http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://localhost/client/v4", "http://other", "http://localhost/client/v4"),
        ("http://localhost/client/v4/", None, "http://localhost/client/v4"),
        ("http://localhost//", None, "http://localhost"),
        ("https://LOCALHOST:443/v4", None, "https://localhost/v4"),
        ("http://[::1]:8787", None, "http://[::1]:8787"),
    ],
)
def test_address(argument: str | None, variable: str | None, address: str) -> None:
    environment = {} if variable is None else {"CLOUDFLARE_BASE_URL": variable}
    config = configured({"account_id": "acc", "api_token": "tok", "base_url": argument}, environment)
    assert config.base_url == address


ADDRESS = r"^base_url \(CLOUDFLARE_BASE_URL\): {}: accepted is an address like https://api\.cloudflare\.com/client/v4$"
NOT_WHOLE = NOT_TEXT = "must be an http or https address, as a string"
SPACED = "must not have spaces, line breaks or invisible characters"
HOST_OR_PORT = "the host( or the port)? is not valid"
NO_PORT = r"port -?[0-9]+ is out of range \(0-65535\)"
TOO_MUCH = "must not have a user, a query or a fragment"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", NOT_WHOLE),
        ("api.cloudflare.com/client/v4", NOT_WHOLE),
        ("//api.cloudflare.com", NOT_WHOLE),
        ("/client/v4", NOT_WHOLE),
        ("ftp://api.cloudflare.com", NOT_WHOLE),
        ("https://", NOT_WHOLE),
        ("https:///client/v4", NOT_WHOLE),
        ("localhost:8787", NOT_WHOLE),
        ("https://user:canary@api.cloudflare.com", TOO_MUCH),
        ("https://user@api.cloudflare.com", TOO_MUCH),
        ("https://user:canary/word@api.cloudflare.com", HOST_OR_PORT),
        ("https://api.cloudflare.com/client/v4?a=canary", TOO_MUCH),
        ("https://api.cloudflare.com?", TOO_MUCH),
        ("https://api.cloudflare.com#canary", TOO_MUCH),
        ("https://api.cloudflare.com/client/v4\n", SPACED),
        ("https://api.cloudflare.com:port", HOST_OR_PORT),
        ("https://api.cloudflare.com:-1", NO_PORT),
        ("https://api.cloudflare.com:65536", NO_PORT),  # a socket would take it for 0
        ("https://api.cloudflare.com/ client", SPACED),
        ("https://api.cloudflare.com/client/v4 ", SPACED),
        ("https://api cloudflare.com", SPACED),
        ("https://api.cloudflare.com/\u200bclient", SPACED),
        ("https://api..cloudflare.com", HOST_OR_PORT),
        (f"https://{'a' * 64}.com", HOST_OR_PORT),
        (b"https://api.cloudflare.com", NOT_TEXT),
        (5, NOT_TEXT),
    ],
    ids=repr,
)
def test_address_refused(address: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=ADDRESS.format(problem)) as caught:
        configured({"account_id": "acc", "api_token": "tok", "base_url": address}, {"CLOUDFLARE_BASE_URL": "http://ok"})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("host", ["xn--", "xn--a.com", "xn--ls8h.la"])
def test_a_host_that_httpx_cannot_decode_is_refused(host: str) -> None:
    """It raised an error of IDNA with each request."""
    with pytest.raises(ConfigurationError, match=r"^base_url \(CLOUDFLARE_BASE_URL\): the host is not valid$"):
        configured({"account_id": "acc", "api_token": "tok", "base_url": f"https://{host}/canary"}, {})


def test_address_of_the_environment_is_checked_too() -> None:
    with pytest.raises(ConfigurationError, match=ADDRESS.format(NOT_WHOLE)):
        configured({"account_id": "acc", "api_token": "tok"}, {"CLOUDFLARE_BASE_URL": "nowhere"})


@pytest.mark.parametrize(
    ("arguments", "environment", "address", "batch"),
    [
        ({}, {}, DEFAULT_BASE_URL, DEFAULT_BATCH_BASE_URL),
        ({}, {"CLOUDFLARE_API_BASE_URL": "http://127.0.0.1:1/v4"}, "http://127.0.0.1:1/v4", None),
        (
            {},
            {"CLOUDFLARE_API_BASE_URL": "http://127.0.0.1:1", "CLOUDFLARE_BASE_URL": "http://127.0.0.1:2"},
            "http://127.0.0.1:2",
            None,
        ),
        ({"base_url": f"{DEFAULT_BASE_URL}/"}, {}, DEFAULT_BASE_URL, DEFAULT_BATCH_BASE_URL),
        ({"base_url": "http://127.0.0.1:1"}, {}, "http://127.0.0.1:1", None),
        (
            {"base_url": "http://127.0.0.1:1"},
            {"CLOUDFLARE_BATCH_BASE_URL": "http://127.0.0.1:3/"},
            "http://127.0.0.1:1",
            "http://127.0.0.1:3",
        ),
        (
            {"batch_base_url": "http://127.0.0.1:4"},
            {"CLOUDFLARE_BATCH_BASE_URL": "http://127.0.0.1:3"},
            DEFAULT_BASE_URL,
            "http://127.0.0.1:4",
        ),
    ],
)
def test_the_batch_host_is_known_where_the_address_is_cloudflares_or_it_is_given(
    arguments: dict[str, str], environment: dict[str, str], address: str, batch: str | None
) -> None:
    config = configured({"account_id": "acc", "api_token": "tok", **arguments}, environment)
    assert (config.base_url, config.batch_base_url) == (address, batch)


def test_the_address_of_the_other_variable_is_named_in_its_error() -> None:
    with pytest.raises(ConfigurationError, match=r"^base_url \(CLOUDFLARE_API_BASE_URL\): must be an http"):
        configured({"account_id": "acc", "api_token": "tok"}, {"CLOUDFLARE_API_BASE_URL": "nowhere"})


# --- The clients ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
def test_client_reads_the_environment_when_it_is_made(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="CLOUDFLARE_ACCOUNT_ID"):
        client()
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "acc")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "tok")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://127.0.0.1:8787/v4/")
    images = client()
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "other")
    assert images.account_id == "acc"
    assert str(seam(images).build_request("GET", "/x").url) == "http://127.0.0.1:8787/v4/x"
    assert repr(images) == f"{client.__name__}(<account 'acc' at 'http://127.0.0.1:8787/v4'>)"


def test_config_does_not_show_its_credentials() -> None:
    config = configured({"account_id": "acc", "api_token": "canary"}, {})
    assert "canary" not in repr(config)


@pytest.mark.parametrize("account", ["acc\n", " acc", "a\tb", "a\u200bb"])
def test_account_with_strange_characters_is_refused(account: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^account_id \(CLOUDFLARE_ACCOUNT_ID\)=.*has a space or a line break"
    ):
        CloudflareImages(account, api_token="token")
