from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...models.import_source_request import ImportSourceRequest
from ...models.import_source_response import ImportSourceResponse
from ...types import Response


def _get_kwargs(
    account_id: str,
    *,
    body: ImportSourceRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/accounts/{account_id}/images/v2/sourcingkit/sources".format(
            account_id=quote(str(account_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FailureResponse | ImportSourceResponse | None:
    if 200 <= response.status_code <= 299:
        response_2xx = ImportSourceResponse.from_dict(response.json())

        return response_2xx

    if 400 <= response.status_code <= 499:
        response_4xx = FailureResponse.from_dict(response.json())

        return response_4xx

    if 500 <= response.status_code <= 599:
        response_5xx = FailureResponse.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FailureResponse | ImportSourceResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ImportSourceRequest,
) -> Response[FailureResponse | ImportSourceResponse]:
    """Create an import source

     Keeps a bucket and the credentials to read it. An answer never has the credentials.

    Args:
        account_id (str): Id of the account.
        body (ImportSourceRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImportSourceResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ImportSourceRequest,
) -> FailureResponse | ImportSourceResponse | None:
    """Create an import source

     Keeps a bucket and the credentials to read it. An answer never has the credentials.

    Args:
        account_id (str): Id of the account.
        body (ImportSourceRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImportSourceResponse
    """

    return sync_detailed(
        account_id=account_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ImportSourceRequest,
) -> Response[FailureResponse | ImportSourceResponse]:
    """Create an import source

     Keeps a bucket and the credentials to read it. An answer never has the credentials.

    Args:
        account_id (str): Id of the account.
        body (ImportSourceRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImportSourceResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ImportSourceRequest,
) -> FailureResponse | ImportSourceResponse | None:
    """Create an import source

     Keeps a bucket and the credentials to read it. An answer never has the credentials.

    Args:
        account_id (str): Id of the account.
        body (ImportSourceRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImportSourceResponse
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            client=client,
            body=body,
        )
    ).parsed
