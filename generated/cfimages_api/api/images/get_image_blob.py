from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...types import File, Response


def _get_kwargs(
    account_id: str,
    image_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/accounts/{account_id}/images/v1/{image_id}/blob".format(
            account_id=quote(str(account_id), safe=""),
            image_id=quote(str(image_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> FailureResponse | File | None:
    if 200 <= response.status_code <= 299:
        response_2xx = File(payload=BytesIO(response.content))

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
) -> Response[FailureResponse | File]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[FailureResponse | File]:
    """Download an image

     The bytes of an image as they were uploaded; of a large one, a version of nearly the same quality.

    Args:
        account_id (str): Id of the account.
        image_id (str): Id of the image, percent-encoded as one path segment (a slash in a custom
            id becomes %2F).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | File]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        image_id=image_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> FailureResponse | File | None:
    """Download an image

     The bytes of an image as they were uploaded; of a large one, a version of nearly the same quality.

    Args:
        account_id (str): Id of the account.
        image_id (str): Id of the image, percent-encoded as one path segment (a slash in a custom
            id becomes %2F).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | File
    """

    return sync_detailed(
        account_id=account_id,
        image_id=image_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[FailureResponse | File]:
    """Download an image

     The bytes of an image as they were uploaded; of a large one, a version of nearly the same quality.

    Args:
        account_id (str): Id of the account.
        image_id (str): Id of the image, percent-encoded as one path segment (a slash in a custom
            id becomes %2F).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | File]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        image_id=image_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> FailureResponse | File | None:
    """Download an image

     The bytes of an image as they were uploaded; of a large one, a version of nearly the same quality.

    Args:
        account_id (str): Id of the account.
        image_id (str): Id of the image, percent-encoded as one path segment (a slash in a custom
            id becomes %2F).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | File
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            image_id=image_id,
            client=client,
        )
    ).parsed
