# Generated from facade/cfimages/_async/generated.py by `make generate`. Do not edit.
"""The generated client, for what has no method of its own."""

from typing import NoReturn

import httpx

import cfimages_api
from cfimages._sync.session import Session
from cfimages.errors import CloudflareImagesError


def generated_client(session: Session) -> cfimages_api.Client:
    """Return a generated client that sends over a session."""

    def refuse(_request: httpx.Request) -> NoReturn:
        raise CloudflareImagesError(
            "use the functions of this client's own kind (sync or asyncio), and options() instead of with_...()"
        )

    # Refuse requests of clients that the generated code creates: they have no credentials, timeout or retries.
    httpx_args = {"transport": httpx.MockTransport(refuse)}
    client = cfimages_api.Client(base_url=str(session.base_url), httpx_args=httpx_args)
    return client.set_httpx_client(session)
