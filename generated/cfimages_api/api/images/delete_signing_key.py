from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...models.signing_keys_response import SigningKeysResponse
from ...types import Response


def _get_kwargs(
    account_id: str,
    signing_key_name: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/accounts/{account_id}/images/v1/keys/{signing_key_name}".format(
            account_id=quote(str(account_id), safe=""),
            signing_key_name=quote(str(signing_key_name), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FailureResponse | SigningKeysResponse | None:
    if 200 <= response.status_code <= 299:
        response_2xx = SigningKeysResponse.from_dict(response.json())

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
) -> Response[FailureResponse | SigningKeysResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_id: str,
    signing_key_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[FailureResponse | SigningKeysResponse]:
    """Delete a signing key

     Removes a key; URLs signed with it fail. In place of the last key the service makes another.

    Args:
        account_id (str): Id of the account.
        signing_key_name (str): Name of the key.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | SigningKeysResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        signing_key_name=signing_key_name,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    signing_key_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> FailureResponse | SigningKeysResponse | None:
    """Delete a signing key

     Removes a key; URLs signed with it fail. In place of the last key the service makes another.

    Args:
        account_id (str): Id of the account.
        signing_key_name (str): Name of the key.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | SigningKeysResponse
    """

    return sync_detailed(
        account_id=account_id,
        signing_key_name=signing_key_name,
        client=client,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    signing_key_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[FailureResponse | SigningKeysResponse]:
    """Delete a signing key

     Removes a key; URLs signed with it fail. In place of the last key the service makes another.

    Args:
        account_id (str): Id of the account.
        signing_key_name (str): Name of the key.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | SigningKeysResponse]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        signing_key_name=signing_key_name,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    signing_key_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> FailureResponse | SigningKeysResponse | None:
    """Delete a signing key

     Removes a key; URLs signed with it fail. In place of the last key the service makes another.

    Args:
        account_id (str): Id of the account.
        signing_key_name (str): Name of the key.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | SigningKeysResponse
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            signing_key_name=signing_key_name,
            client=client,
        )
    ).parsed
