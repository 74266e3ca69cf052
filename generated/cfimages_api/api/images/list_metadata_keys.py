from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...models.metadata_keys_response import MetadataKeysResponse
from ...types import Response


def _get_kwargs(
    account_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/accounts/{account_id}/images/v2/metadata/keys".format(
            account_id=quote(str(account_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FailureResponse | MetadataKeysResponse | None:
    if 200 <= response.status_code <= 299:
        response_2xx = MetadataKeysResponse.from_dict(response.json())

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
) -> Response[FailureResponse | MetadataKeysResponse]:
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
) -> Response[FailureResponse | MetadataKeysResponse]:
    """Metadata keys

     The names that the metadata of images have at their top level, up to 1,000 of them. Filters of
    list_images_v2 use these names.

    Args:
        account_id (str): Id of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | MetadataKeysResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> FailureResponse | MetadataKeysResponse | None:
    """Metadata keys

     The names that the metadata of images have at their top level, up to 1,000 of them. Filters of
    list_images_v2 use these names.

    Args:
        account_id (str): Id of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | MetadataKeysResponse
    """

    return sync_detailed(
        account_id=account_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[FailureResponse | MetadataKeysResponse]:
    """Metadata keys

     The names that the metadata of images have at their top level, up to 1,000 of them. Filters of
    list_images_v2 use these names.

    Args:
        account_id (str): Id of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | MetadataKeysResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> FailureResponse | MetadataKeysResponse | None:
    """Metadata keys

     The names that the metadata of images have at their top level, up to 1,000 of them. Filters of
    list_images_v2 use these names.

    Args:
        account_id (str): Id of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | MetadataKeysResponse
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            client=client,
        )
    ).parsed
