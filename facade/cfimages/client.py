"""The clients: one method for each thing a user does, synchronous and asynchronous.

What to send, and what to make of the answer, stands once, in the functions at the end; a method only calls its
generated function, or awaits it.
"""

import copy
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypedDict, TypeVar

import httpx

import cfimages_api
from cfimages.config import Config, resolve
from cfimages.errors import InvalidArgumentError
from cfimages.filters import MetadataFilter, to_query
from cfimages.models import Image
from cfimages.pagination import AsyncPager, Page, Pager
from cfimages.retries import RetryPolicy
from cfimages.times import SortOrder, Time, UploadWindow
from cfimages.transport import AsyncSeam, OtherColour, SyncSeam, reading
from cfimages.uploads import ImageFile, opened, upload_fields
from cfimages.values import one_of, path_segment, positive, shown, unicode_text
from cfimages_api.api.images import get_image, list_images_v1, list_images_v2, upload_image
from cfimages_api.models import (
    ImageListV1Response,
    ImageListV2Response,
    ImageResponse,
    ImageUpload,
    MetadataFilters,
)
from cfimages_api.types import UNSET, File, Response, Unset

SeamT = TypeVar("SeamT", SyncSeam, AsyncSeam)


class _Client(ABC, Generic[SeamT]):
    """What both clients are: a configuration, the seam, and the generated client on it."""

    _config: Config
    _seam: SeamT
    api: cfimages_api.Client
    """The generated client on the same connections: pass it to any function of `cfimages_api`.

    What it raises is typed as here, but for an answer whose `result` has another shape than the specification
    says. Other timeouts come from `options`, not from the generated client's own methods.
    """

    @property
    def account_id(self) -> str:
        """The account that every method works on."""
        return self._config.account_id

    def options(self, *, timeout: float | httpx.Timeout | None = None, retries: RetryPolicy | None = None) -> Self:
        """A copy of this client with another timeout (seconds) or retry policy; None leaves it as it is.

        The copy uses the same connections: closing one closes both. Raises InvalidArgumentError.
        """
        clone = copy.copy(self)
        clone._use(self._seam.with_options(timeout, retries))
        return clone

    def __repr__(self) -> str:
        return f"{type(self).__name__}(account_id={self.account_id!r}, base_url={self._config.base_url!r})"

    def _use(self, seam: SeamT) -> None:
        self._seam = seam
        self.api = self._generated_client(seam)

    @abstractmethod
    def _generated_client(self, seam: SeamT) -> cfimages_api.Client:
        """The generated client on a seam."""


class CloudflareImages(_Client[SyncSeam]):
    """The images of one Cloudflare account. Safe to share between threads; close it, or use it with `with`.

    `account_id` and the credentials come from the arguments, else from `CLOUDFLARE_ACCOUNT_ID` and
    `CLOUDFLARE_API_TOKEN` (or `CLOUDFLARE_EMAIL` and `CLOUDFLARE_API_KEY` together); `base_url` else from
    `CLOUDFLARE_BASE_URL`, else it is Cloudflare's.

    `timeout` is in seconds for each of connecting, sending, and waiting for the next bytes, or an
    `httpx.Timeout`; there always is one. `transport` is an httpx transport, for proxies, HTTP/2 or tests.

    Raises ConfigurationError, and InvalidArgumentError for a bad option. Every method raises `APIError` when the
    service cannot be reached or says no, and ClientClosedError after `close()`.
    """

    def __init__(
        self,
        account_id: str | None = None,
        *,
        api_token: str | None = None,
        api_email: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout = 60.0,
        retries: RetryPolicy = RetryPolicy(),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._config = resolve(
            account_id=account_id,
            api_token=api_token,
            api_email=api_email,
            api_key=api_key,
            base_url=base_url,
            environment=os.environ,
        )
        self._use(SyncSeam(self._config, timeout=timeout, retries=retries, transport=transport))

    def list(
        self,
        *,
        meta: MetadataFilter | None = None,
        creator: str | None = None,
        sort_order: SortOrder = "desc",
        per_page: int = 1000,
        uploaded_after: Time | None = None,
        uploaded_before: Time | None = None,
    ) -> Pager[Image]:
        """All images of the account, or those that meet every condition, in the order of their upload.

        Nothing is sent before the first image is asked for.

        - `meta`: conditions on metadata, e.g. `{"status": "active", "priority": {"gte": 2, "lte": 8}}`.
        - `creator`: only images of this creator; `""` means images without one.
        - `sort_order`: `"desc"`, newest first, or `"asc"`.
        - `per_page`: most images in one request; the service may give fewer.
        - `uploaded_after`, `uploaded_before`: from the first (inclusive) up to the second (exclusive). The
          service cannot filter by time: pages on the near side are fetched and dropped, and the walk stops
          asking as soon as nothing more can match.

        Raises FilterError and InvalidArgumentError at once, before anything is sent; while iterating, see
        `Pager`. Source: list_images_v2.
        """
        query = _list_query(meta, creator, sort_order, per_page)
        window = UploadWindow.of(uploaded_after, uploaded_before, sort_order)

        def fetch(token: str | None) -> Page[Image]:
            with reading():
                answer = list_images_v2.sync_detailed(
                    self.account_id, client=self.api, continuation_token=token or UNSET, **query
                )
                return _page(answer, token)

        return Pager(fetch, show=_cut_to(window))

    def list_v1(self, *, creator: str | None = None, page: int = 1, per_page: int = 100) -> Pager[Image]:
        """All images by page number, newest first, from `page` on. Deprecated by Cloudflare: use `list`.

        Tokens of this pager are page numbers. An image that is added or removed while walking shifts the pages
        behind it, so that others come twice or not at all.

        Raises InvalidArgumentError at once; while iterating, see `Pager`. Source: list_images_v1.
        """
        _warn_of_v1()
        query = _list_v1_query(creator, per_page)
        positive("page", page)

        def fetch(token: str | None) -> Page[Image]:
            number = _page_number(token, page)
            with reading():
                answer = list_images_v1.sync_detailed(self.account_id, client=self.api, page=number, **query)
                return _numbered_page(answer, token, number)

        return Pager(fetch)

    def get(self, image_id: str) -> Image:
        """One image, without its bytes.

        Raises NotFoundError, and InvalidArgumentError for an id that would change the address. Source: get_image.
        """
        segment = _image_id(image_id)
        with reading():
            return _image(get_image.sync_detailed(self.account_id, segment, client=self.api))

    def upload(
        self,
        file: ImageFile,
        *,
        id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
        filename: str | None = None,
    ) -> Image:
        """Store an image, given as bytes, as the path of a file, or as a file opened in binary mode.

        - `id`: an id of one's own, up to 1,024 characters, slashes allowed inside; None lets the service make one.
        - `metadata`: data to keep with the image, at most 1,024 bytes as JSON; `Image.meta` when read.
        - `creator`: the account's own id of whoever the image belongs to.
        - `require_signed_urls`: whether delivery URLs must be signed; not together with `id`.
        - `filename`: the name to store; None takes that of the file.

        Not repeated once it may have arrived, except after 429. Raises InvalidArgumentError before anything is
        sent, OSError for a file that cannot be read, ConflictError for an id that exists. Source: upload_image.
        """
        fields = upload_fields(id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls)
        with opened(file, filename) as (stream, name), reading():
            body = ImageUpload(file=File(stream, name), **fields)
            return _image(upload_image.sync_detailed(self.account_id, client=self.api, body=body))

    def close(self) -> None:
        """Close the connections, also those of every copy made with `options`."""
        self._seam.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _generated_client(self, seam: SyncSeam) -> cfimages_api.Client:
        return _api(self._config, "asyncio functions need AsyncCloudflareImages.api").set_httpx_client(seam)


class AsyncCloudflareImages(_Client[AsyncSeam]):
    """The images of one Cloudflare account, for asyncio. Close it, or use it with `async with`.

    Arguments, environment and errors as `CloudflareImages`; `transport` is an asynchronous httpx transport.
    """

    def __init__(
        self,
        account_id: str | None = None,
        *,
        api_token: str | None = None,
        api_email: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout = 60.0,
        retries: RetryPolicy = RetryPolicy(),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._config = resolve(
            account_id=account_id,
            api_token=api_token,
            api_email=api_email,
            api_key=api_key,
            base_url=base_url,
            environment=os.environ,
        )
        self._use(AsyncSeam(self._config, timeout=timeout, retries=retries, transport=transport))

    def list(
        self,
        *,
        meta: MetadataFilter | None = None,
        creator: str | None = None,
        sort_order: SortOrder = "desc",
        per_page: int = 1000,
        uploaded_after: Time | None = None,
        uploaded_before: Time | None = None,
    ) -> AsyncPager[Image]:
        """All images of the account, or those that meet every condition, for `async for`.

        Not a coroutine: nothing is sent before the first image is asked for. Arguments and errors as
        `CloudflareImages.list`. Source: list_images_v2.
        """
        query = _list_query(meta, creator, sort_order, per_page)
        window = UploadWindow.of(uploaded_after, uploaded_before, sort_order)

        async def fetch(token: str | None) -> Page[Image]:
            with reading():
                answer = await list_images_v2.asyncio_detailed(
                    self.account_id, client=self.api, continuation_token=token or UNSET, **query
                )
                return _page(answer, token)

        return AsyncPager(fetch, show=_cut_to(window))

    def list_v1(self, *, creator: str | None = None, page: int = 1, per_page: int = 100) -> AsyncPager[Image]:
        """All images by page number, for `async for`. Deprecated by Cloudflare: use `list`.

        Arguments and errors as `CloudflareImages.list_v1`. Source: list_images_v1.
        """
        _warn_of_v1()
        query = _list_v1_query(creator, per_page)
        positive("page", page)

        async def fetch(token: str | None) -> Page[Image]:
            number = _page_number(token, page)
            with reading():
                answer = await list_images_v1.asyncio_detailed(self.account_id, client=self.api, page=number, **query)
                return _numbered_page(answer, token, number)

        return AsyncPager(fetch)

    async def get(self, image_id: str) -> Image:
        """One image, without its bytes.

        Raises NotFoundError, and InvalidArgumentError for an id that would change the address. Source: get_image.
        """
        segment = _image_id(image_id)
        with reading():
            return _image(await get_image.asyncio_detailed(self.account_id, segment, client=self.api))

    async def upload(
        self,
        file: ImageFile,
        *,
        id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
        filename: str | None = None,
    ) -> Image:
        """Store an image, given as bytes, as the path of a file, or as a file opened in binary mode.

        The file is read in the event loop's thread. Arguments and errors as `CloudflareImages.upload`. Source:
        upload_image.
        """
        fields = upload_fields(id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls)
        with opened(file, filename) as (stream, name), reading():
            body = ImageUpload(file=File(stream, name), **fields)
            return _image(await upload_image.asyncio_detailed(self.account_id, client=self.api, body=body))

    async def aclose(self) -> None:
        """Close the connections, also those of every copy made with `options`."""
        await self._seam.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _generated_client(self, seam: AsyncSeam) -> cfimages_api.Client:
        return _api(self._config, "sync functions need CloudflareImages.api").set_async_httpx_client(seam)


class _ListQuery(TypedDict):
    meta: MetadataFilters | Unset
    creator: str | Unset
    sort_order: SortOrder
    per_page: int


class _ListV1Query(TypedDict):
    creator: str | Unset
    per_page: int


def _api(config: Config, advice: str) -> cfimages_api.Client:
    """A generated client whose own httpx clients refuse: of the two colours, only ours is to be used."""
    return cfimages_api.Client(base_url=config.base_url, httpx_args={"transport": OtherColour(advice)})


def _list_query(meta: MetadataFilter | None, creator: str | None, sort_order: SortOrder, per_page: int) -> _ListQuery:
    return {
        "meta": UNSET if meta is None else MetadataFilters.from_dict(to_query(meta)),
        "creator": _creator(creator),
        "sort_order": one_of("sort_order", sort_order, ("asc", "desc")),
        "per_page": positive("per_page", per_page),
    }


def _list_v1_query(creator: str | None, per_page: int) -> _ListV1Query:
    return {"creator": _creator(creator), "per_page": positive("per_page", per_page)}


def _creator(creator: str | None) -> str | Unset:
    return UNSET if creator is None else unicode_text("creator", creator)


def _warn_of_v1() -> None:
    warnings.warn("list_v1 is deprecated by Cloudflare: use list", DeprecationWarning, stacklevel=3)


def _page_number(token: str | None, first: int) -> int:
    if token is None:
        return first
    if not (token.isascii() and token.isdigit() and int(token) >= 1):
        raise InvalidArgumentError(f"token={shown(token)}: a token of list_v1 is a page number")
    return int(token)


def _image_id(image_id: str) -> str:
    """An id that addresses an image, and not another thing of the account that lives beside the images."""
    segment = path_segment("image_id", image_id)
    if segment in _SIBLINGS:
        raise InvalidArgumentError(
            f"image_id={shown(segment)}: the API has something else than an image at this address"
        )
    return segment


_SIBLINGS = frozenset({"batch_token", "config", "direct_upload", "keys", "stats", "variants"})
"""What /images/v1/ holds beside images."""


def _parsed(answer: Response[Any]) -> Any:
    """The model that the generated code makes of a 200; the seam lets nothing else through."""
    return answer.parsed


def _image(answer: Response[Any]) -> Image:
    parsed: ImageResponse = _parsed(answer)
    return Image.from_generated(parsed.result)


def _page(answer: Response[Any], token: str | None) -> Page[Image]:
    parsed: ImageListV2Response = _parsed(answer)
    result = parsed.result
    following = result.continuation_token
    if following and not isinstance(following, str):
        raise TypeError(f"the continuation token {shown(following)} is not text")
    return Page(tuple(map(Image.from_generated, result.images)), token, following or None)


def _numbered_page(answer: Response[Any], token: str | None, number: int) -> Page[Image]:
    """A page of the first listing. Only an empty one is the last: the service caps per_page as it likes."""
    parsed: ImageListV1Response = _parsed(answer)
    images = tuple(map(Image.from_generated, parsed.result.images))
    return Page(images, token, str(number + 1) if images else None)


def _cut_to(window: UploadWindow | None) -> Callable[[Page[Image]], Page[Image]] | None:
    """How to show a page: with the images of the window only, and as the last one once nothing more can match."""
    if window is None:
        return None

    def show(page: Page[Image]) -> Page[Image]:
        end = window.is_over(page.items)
        return Page(window.select(page.items), page.continuation_token, None if end else page.next_token)

    return show
