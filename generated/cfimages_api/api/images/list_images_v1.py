from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...models.image_list_v1_response import ImageListV1Response
from ...types import UNSET, Response, Unset


def _get_kwargs(
    account_id: str,
    *,
    creator: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["creator"] = creator

    params["page"] = page

    params["per_page"] = per_page

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/accounts/{account_id}/images/v1".format(
            account_id=quote(str(account_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FailureResponse | ImageListV1Response | None:
    if 200 <= response.status_code <= 299:
        response_2xx = ImageListV1Response.from_dict(response.json())

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
) -> Response[FailureResponse | ImageListV1Response]:
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
    creator: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
) -> Response[FailureResponse | ImageListV1Response]:
    """List images by page number

     The first generation of the listing, newest image first, up to 100 images a page whatever is asked
    for. The end is an empty page. Superseded by list_images_v2.

    Args:
        account_id (str): Id of the account.
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        page (int | Unset): Number of the page, counted from 1 (the default).
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImageListV1Response]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        creator=creator,
        page=page,
        per_page=per_page,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    creator: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
) -> FailureResponse | ImageListV1Response | None:
    """List images by page number

     The first generation of the listing, newest image first, up to 100 images a page whatever is asked
    for. The end is an empty page. Superseded by list_images_v2.

    Args:
        account_id (str): Id of the account.
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        page (int | Unset): Number of the page, counted from 1 (the default).
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImageListV1Response
    """

    return sync_detailed(
        account_id=account_id,
        client=client,
        creator=creator,
        page=page,
        per_page=per_page,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    creator: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
) -> Response[FailureResponse | ImageListV1Response]:
    """List images by page number

     The first generation of the listing, newest image first, up to 100 images a page whatever is asked
    for. The end is an empty page. Superseded by list_images_v2.

    Args:
        account_id (str): Id of the account.
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        page (int | Unset): Number of the page, counted from 1 (the default).
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImageListV1Response]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        creator=creator,
        page=page,
        per_page=per_page,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    creator: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
) -> FailureResponse | ImageListV1Response | None:
    """List images by page number

     The first generation of the listing, newest image first, up to 100 images a page whatever is asked
    for. The end is an empty page. Superseded by list_images_v2.

    Args:
        account_id (str): Id of the account.
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        page (int | Unset): Number of the page, counted from 1 (the default).
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImageListV1Response
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            client=client,
            creator=creator,
            page=page,
            per_page=per_page,
        )
    ).parsed
