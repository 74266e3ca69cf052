from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.failure_response import FailureResponse
from ...models.image_list_v2_response import ImageListV2Response
from ...models.list_images_v2_sort_order import (
    ListImagesV2SortOrder,
)
from ...models.metadata_filters import MetadataFilters
from ...types import UNSET, Response, Unset


def _get_kwargs(
    account_id: str,
    *,
    continuation_token: str | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: ListImagesV2SortOrder | Unset = UNSET,
    creator: str | Unset = UNSET,
    meta: MetadataFilters | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["continuation_token"] = continuation_token

    params["per_page"] = per_page

    json_sort_order: str | Unset = UNSET
    if not isinstance(sort_order, Unset):
        json_sort_order = sort_order

    params["sort_order"] = json_sort_order

    params["creator"] = creator

    json_meta: dict[str, Any] | Unset = UNSET
    if not isinstance(meta, Unset):
        json_meta = meta.to_dict()
    if not isinstance(json_meta, Unset):
        params.update(json_meta)

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/accounts/{account_id}/images/v2".format(
            account_id=quote(str(account_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FailureResponse | ImageListV2Response | None:
    if 200 <= response.status_code <= 299:
        response_2xx = ImageListV2Response.from_dict(response.json())

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
) -> Response[FailureResponse | ImageListV2Response]:
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
    continuation_token: str | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: ListImagesV2SortOrder | Unset = UNSET,
    creator: str | Unset = UNSET,
    meta: MetadataFilters | Unset = UNSET,
) -> Response[FailureResponse | ImageListV2Response]:
    """List images by continuation token

     Images in the order of their upload, up to 1,000 a page, optionally only those of a creator or with
    certain metadata. A continuation token in the answer says that there is more; no token, null or an
    empty text is the end. Drafts of direct uploads are not listed.

    Args:
        account_id (str): Id of the account.
        continuation_token (str | Unset): Token of the page to fetch, as the previous page gave
            it; none for the first page.
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).
        sort_order (ListImagesV2SortOrder | Unset): Order by upload time, oldest first (asc) or
            newest first (desc, the service's default).
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        meta (MetadataFilters | Unset): Conditions on metadata, all of which must hold. A property
            name is meta.FIELD[OPERATOR] or meta.FIELD[OPERATOR:TYPE], with a dot between the levels
            of a nested field; the value is text, several values of `in` being separated by "|".

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImageListV2Response]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        continuation_token=continuation_token,
        per_page=per_page,
        sort_order=sort_order,
        creator=creator,
        meta=meta,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    continuation_token: str | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: ListImagesV2SortOrder | Unset = UNSET,
    creator: str | Unset = UNSET,
    meta: MetadataFilters | Unset = UNSET,
) -> FailureResponse | ImageListV2Response | None:
    """List images by continuation token

     Images in the order of their upload, up to 1,000 a page, optionally only those of a creator or with
    certain metadata. A continuation token in the answer says that there is more; no token, null or an
    empty text is the end. Drafts of direct uploads are not listed.

    Args:
        account_id (str): Id of the account.
        continuation_token (str | Unset): Token of the page to fetch, as the previous page gave
            it; none for the first page.
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).
        sort_order (ListImagesV2SortOrder | Unset): Order by upload time, oldest first (asc) or
            newest first (desc, the service's default).
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        meta (MetadataFilters | Unset): Conditions on metadata, all of which must hold. A property
            name is meta.FIELD[OPERATOR] or meta.FIELD[OPERATOR:TYPE], with a dot between the levels
            of a nested field; the value is text, several values of `in` being separated by "|".

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImageListV2Response
    """

    return sync_detailed(
        account_id=account_id,
        client=client,
        continuation_token=continuation_token,
        per_page=per_page,
        sort_order=sort_order,
        creator=creator,
        meta=meta,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    continuation_token: str | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: ListImagesV2SortOrder | Unset = UNSET,
    creator: str | Unset = UNSET,
    meta: MetadataFilters | Unset = UNSET,
) -> Response[FailureResponse | ImageListV2Response]:
    """List images by continuation token

     Images in the order of their upload, up to 1,000 a page, optionally only those of a creator or with
    certain metadata. A continuation token in the answer says that there is more; no token, null or an
    empty text is the end. Drafts of direct uploads are not listed.

    Args:
        account_id (str): Id of the account.
        continuation_token (str | Unset): Token of the page to fetch, as the previous page gave
            it; none for the first page.
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).
        sort_order (ListImagesV2SortOrder | Unset): Order by upload time, oldest first (asc) or
            newest first (desc, the service's default).
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        meta (MetadataFilters | Unset): Conditions on metadata, all of which must hold. A property
            name is meta.FIELD[OPERATOR] or meta.FIELD[OPERATOR:TYPE], with a dot between the levels
            of a nested field; the value is text, several values of `in` being separated by "|".

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FailureResponse | ImageListV2Response]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        continuation_token=continuation_token,
        per_page=per_page,
        sort_order=sort_order,
        creator=creator,
        meta=meta,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    *,
    client: AuthenticatedClient | Client,
    continuation_token: str | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: ListImagesV2SortOrder | Unset = UNSET,
    creator: str | Unset = UNSET,
    meta: MetadataFilters | Unset = UNSET,
) -> FailureResponse | ImageListV2Response | None:
    """List images by continuation token

     Images in the order of their upload, up to 1,000 a page, optionally only those of a creator or with
    certain metadata. A continuation token in the answer says that there is more; no token, null or an
    empty text is the end. Drafts of direct uploads are not listed.

    Args:
        account_id (str): Id of the account.
        continuation_token (str | Unset): Token of the page to fetch, as the previous page gave
            it; none for the first page.
        per_page (int | Unset): Most images on a page; the service may return fewer (it is
            documented to stop at 1,000 for list_images_v2 and at 100 for list_images_v1).
        sort_order (ListImagesV2SortOrder | Unset): Order by upload time, oldest first (asc) or
            newest first (desc, the service's default).
        creator (str | Unset): Only images of this creator; the empty text stands for images
            without a creator.
        meta (MetadataFilters | Unset): Conditions on metadata, all of which must hold. A property
            name is meta.FIELD[OPERATOR] or meta.FIELD[OPERATOR:TYPE], with a dot between the levels
            of a nested field; the value is text, several values of `in` being separated by "|".

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FailureResponse | ImageListV2Response
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            client=client,
            continuation_token=continuation_token,
            per_page=per_page,
            sort_order=sort_order,
            creator=creator,
            meta=meta,
        )
    ).parsed
