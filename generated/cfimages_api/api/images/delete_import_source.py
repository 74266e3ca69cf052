from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.empty_response import EmptyResponse
from ...models.failure_response import FailureResponse
from ...types import Response


def _get_kwargs(
    account_id: str,
    source_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/accounts/{account_id}/images/v2/sourcingkit/sources/{source_id}".format(
            account_id=quote(str(account_id), safe=""),
            source_id=quote(str(source_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EmptyResponse | FailureResponse | None:
    if 200 <= response.status_code <= 299:
        response_2xx = EmptyResponse.from_dict(response.json())

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
) -> Response[EmptyResponse | FailureResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_id: str,
    source_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[EmptyResponse | FailureResponse]:
    """Delete an import source

     Removes a source and its credentials. Refused while an import uses it.

    Args:
        account_id (str): Id of the account.
        source_id (str): Id of the import source.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EmptyResponse | FailureResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        source_id=source_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    source_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> EmptyResponse | FailureResponse | None:
    """Delete an import source

     Removes a source and its credentials. Refused while an import uses it.

    Args:
        account_id (str): Id of the account.
        source_id (str): Id of the import source.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EmptyResponse | FailureResponse
    """

    return sync_detailed(
        account_id=account_id,
        source_id=source_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    source_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[EmptyResponse | FailureResponse]:
    """Delete an import source

     Removes a source and its credentials. Refused while an import uses it.

    Args:
        account_id (str): Id of the account.
        source_id (str): Id of the import source.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EmptyResponse | FailureResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        source_id=source_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    source_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> EmptyResponse | FailureResponse | None:
    """Delete an import source

     Removes a source and its credentials. Refused while an import uses it.

    Args:
        account_id (str): Id of the account.
        source_id (str): Id of the import source.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EmptyResponse | FailureResponse
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            source_id=source_id,
            client=client,
        )
    ).parsed
