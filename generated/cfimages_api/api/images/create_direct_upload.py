from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.direct_upload_request import DirectUploadRequest
from ...models.direct_upload_response import DirectUploadResponse
from ...models.failure_response import FailureResponse
from ...types import Response


def _get_kwargs(
    account_id: str,
    *,
    body: DirectUploadRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/accounts/{account_id}/images/v2/direct_upload".format(
            account_id=quote(str(account_id), safe=""),
        ),
    }

    _kwargs["files"] = body.to_multipart()

    headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> DirectUploadResponse | FailureResponse | None:
    if 200 <= response.status_code <= 299:
        response_2xx = DirectUploadResponse.from_dict(response.json())

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
) -> Response[DirectUploadResponse | FailureResponse]:
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
    body: DirectUploadRequest,
) -> Response[DirectUploadResponse | FailureResponse]:
    """Let somebody else upload

     Makes a draft and an address to which anybody can upload its file, once and without credentials.

    Args:
        account_id (str): Id of the account.
        body (DirectUploadRequest): Form of a direct upload. The service refuses a form without
            any field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DirectUploadResponse | FailureResponse]
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
    body: DirectUploadRequest,
) -> DirectUploadResponse | FailureResponse | None:
    """Let somebody else upload

     Makes a draft and an address to which anybody can upload its file, once and without credentials.

    Args:
        account_id (str): Id of the account.
        body (DirectUploadRequest): Form of a direct upload. The service refuses a form without
            any field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DirectUploadResponse | FailureResponse
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
    body: DirectUploadRequest,
) -> Response[DirectUploadResponse | FailureResponse]:
    """Let somebody else upload

     Makes a draft and an address to which anybody can upload its file, once and without credentials.

    Args:
        account_id (str): Id of the account.
        body (DirectUploadRequest): Form of a direct upload. The service refuses a form without
            any field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DirectUploadResponse | FailureResponse]
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
    body: DirectUploadRequest,
) -> DirectUploadResponse | FailureResponse | None:
    """Let somebody else upload

     Makes a draft and an address to which anybody can upload its file, once and without credentials.

    Args:
        account_id (str): Id of the account.
        body (DirectUploadRequest): Form of a direct upload. The service refuses a form without
            any field.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DirectUploadResponse | FailureResponse
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            client=client,
            body=body,
        )
    ).parsed
