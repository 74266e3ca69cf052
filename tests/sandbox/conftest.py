"""One sandbox for all tests here, an account of its own for each."""

import itertools
from collections.abc import Iterator

import httpx
import pytest

from cfimages.sandbox import Sandbox

_names = itertools.count()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def account() -> str:
    """The id of an account that no other test uses."""
    return f"account-{next(_names)}"


@pytest.fixture
def http(sandbox: Sandbox, account: str) -> Iterator[httpx.Client]:
    """A plain HTTP client of the account: the tests here do not go through the SDK."""
    base_url = f"{sandbox.base_url}/accounts/{account}/images"
    with httpx.Client(base_url=base_url, headers={"Authorization": "Bearer any"}) as client:
        yield client
