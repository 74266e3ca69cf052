from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...models.import_jobs_response import ImportJobsResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    account_id: str,
    *,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/accounts/{account_id}/images/v2/sourcingkit/migrations".format(
            account_id=quote(str(account_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FailureResponse | ImportJobsResponse | None:
    if 200 <= response.status_code <= 299:
        response_2xx = ImportJobsResponse.from_dict(response.json())

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
) -> Response[FailureResponse | ImportJobsResponse]:
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
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[FailureResponse | ImportJobsResponse]:
    """List imports

     The imports of the account, up to 100 a page.

    Args:
        account_id (str): Id of the account.
        offset (int | Unset): How many to leave out from the beginning (0 by default).
        limit (int | Unset): Most entries of a page (25 by default).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImportJobsResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        offset=offset,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> FailureResponse | ImportJobsResponse | None:
    """List imports

     The imports of the account, up to 100 a page.

    Args:
        account_id (str): Id of the account.
        offset (int | Unset): How many to leave out from the beginning (0 by default).
        limit (int | Unset): Most entries of a page (25 by default).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImportJobsResponse
    """

    return sync_detailed(
        account_id=account_id,
        client=client,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[FailureResponse | ImportJobsResponse]:
    """List imports

     The imports of the account, up to 100 a page.

    Args:
        account_id (str): Id of the account.
        offset (int | Unset): How many to leave out from the beginning (0 by default).
        limit (int | Unset): Most entries of a page (25 by default).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImportJobsResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        offset=offset,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> FailureResponse | ImportJobsResponse | None:
    """List imports

     The imports of the account, up to 100 a page.

    Args:
        account_id (str): Id of the account.
        offset (int | Unset): How many to leave out from the beginning (0 by default).
        limit (int | Unset): Most entries of a page (25 by default).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImportJobsResponse
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            client=client,
            offset=offset,
            limit=limit,
        )
    ).parsed
