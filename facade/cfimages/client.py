"""The clients: one method for each thing a user does, synchronous and asynchronous.

What to send, and what to make of the answer, stands once, in the functions at the end; a method only calls its
generated function, or awaits it.
"""

from __future__ import annotations

import copy
import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial, update_wrapper
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypedDict, TypeVar
from urllib.parse import quote

import httpx

import cfimages_api
from cfimages import endpoints
from cfimages.config import DEFAULT_BASE_URL, Config, batch_config, check_scheme, resolve
from cfimages.downloads import Target, check_coding, check_length, write_whole, writing
from cfimages.errors import InvalidArgumentError, NotFoundError
from cfimages.filters import MetadataFilter
from cfimages.image import Image
from cfimages.listing import Creators, Listing, given_creator, listings, origin
from cfimages.pacing import Pacer
from cfimages.pages import numbered_page_of, page_of
from cfimages.pagination import AsyncPager, AsyncPages, Origin, Page, Pager, Pages, Walk, async_one_walk, one_walk
from cfimages.retries import RetryPolicy
from cfimages.times import Expiry, SortOrder, Time
from cfimages.transport import AsyncSeam, PrivateURL, SyncSeam, WrongMode, parsed, reading, receiving
from cfimages.uploads import (
    ImageFile,
    UploadFields,
    address,
    direct_upload_fields,
    disguised,
    json_object,
    one_source,
    opened,
    upload_fields,
)
from cfimages.values import Secret, boolean, hidden, image_segment, positive, shown
from cfimages.waiting import unbroken
from cfimages_api import models
from cfimages_api.types import UNSET, File, Response, Unset

if TYPE_CHECKING:  # what a program that lists does not need is imported where it is used
    from cfimages.batch import BatchToken
    from cfimages.models import DirectUpload, Settings, Usage
    from cfimages.resources import AsyncKeys, AsyncVariants, Keys, Variants
    from cfimages.resuming import AsyncResumableWalk, ResumableWalk

SeamT = TypeVar("SeamT", SyncSeam, AsyncSeam)
TransportT = TypeVar("TransportT")


class _Client(ABC, Generic[SeamT, TransportT]):
    """What both clients are: a configuration, the seam, and the generated client on it."""

    _config: Config
    _seam: SeamT
    api: cfimages_api.Client
    """The generated client on the same connections: pass it to any function of `cfimages_api`.

    What it raises is typed as here, but for an answer whose `result` has another shape than the specification
    says. Other timeouts come from `options`, not from the generated client's own methods.
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
        transport: TransportT | None = None,
        pacer: Pacer | None = None,
        allow_http: bool = False,
    ) -> None:
        api_token, api_email, api_key = hidden(api_token), hidden(api_email), hidden(api_key)
        self._config = resolve(
            account_id=account_id,
            api_token=api_token,
            api_email=api_email,
            api_key=api_key,
            base_url=base_url,
            allow_http=allow_http,
        )
        self._use(self._new_seam(timeout, retries, transport, pacer))
        is_cloudflare = self._config.base_url == DEFAULT_BASE_URL
        self._pacer_of_walks = pacer or (Pacer() if is_cloudflare else Pacer(None))

    def _origin(self, method: str, **arguments: Any) -> Origin:
        return origin(self.account_id, method, **arguments)

    def _pager_of(self, made_from: Origin) -> Any:
        """The pager that was made from this. Raises InvalidArgumentError."""
        if made_from.account_id != self.account_id:
            raise InvalidArgumentError(
                f"state: of a walk over the account {shown(made_from.account_id)}, not {shown(self.account_id)}"
            )
        if made_from.method not in ("list", "list_all"):
            raise InvalidArgumentError(f"state: of {shown(made_from.method)}, which is no listing")
        try:
            return getattr(self, made_from.method)(**made_from.arguments)
        except TypeError as error:
            raise InvalidArgumentError("state: has arguments that no listing has") from error

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

    def _paced(self) -> Self:
        """A copy that keeps below the account's rate limit; the batch host has another."""
        clone = copy.copy(self)
        if self._config.credentials:
            clone._use(self._seam.with_options(pacer=self._pacer_of_walks))
        return clone

    def __repr__(self) -> str:
        return f"{type(self).__name__}(account_id={self.account_id!r}, base_url={self._config.base_url!r})"

    def _use(self, seam: SeamT) -> None:
        self._seam = seam
        self.api = self._generated_client(seam)

    @abstractmethod
    def _new_seam(
        self,
        timeout: float | httpx.Timeout,
        retries: RetryPolicy,
        transport: TransportT | None,
        pacer: Pacer | None,
    ) -> SeamT:
        """A seam with connections of its own."""

    @abstractmethod
    def _generated_client(self, seam: SeamT) -> cfimages_api.Client:
        """The generated client on a seam."""


ClientT = TypeVar("ClientT", bound=_Client[Any, Any])


def _named(kind: type[ClientT]) -> type[ClientT]:
    """Give a class `_Client.__init__` under its own name, which Python says when it is called wrongly."""
    init = _Client.__init__
    own = FunctionType(init.__code__, globals(), argdefs=init.__defaults__)
    update_wrapper(own, init)
    own.__kwdefaults__ = init.__kwdefaults__
    own.__qualname__ = f"{kind.__name__}.__init__"
    kind.__init__ = own  # type: ignore[method-assign]  # it is the same function
    return kind


@_named
class CloudflareImages(_Client[SyncSeam, httpx.BaseTransport]):
    """The images of one Cloudflare account. Safe to share between threads; close it, or use it with `with`.

    `account_id` and the credentials come from the arguments, else from `CLOUDFLARE_ACCOUNT_ID` and
    `CLOUDFLARE_API_TOKEN` (or `CLOUDFLARE_EMAIL` and `CLOUDFLARE_API_KEY` together); `base_url` else from
    `CLOUDFLARE_BASE_URL`, else it is Cloudflare's.

    `timeout` is in seconds for each of connecting, sending, and waiting for the next bytes, or an
    `httpx.Timeout`; there always is one. The body of an answer may take five times as long, but for `stream` and
    `download`. `transport` is an httpx transport, for proxies, HTTP/2 or tests.
    `pacer` keeps all requests below the account's rate limit; without one, only `list_all` does that, with one of its
    own. `allow_http` lets plain `http://` addresses be of other machines than this one, and go by a proxy: then
    everyone on the way can read the credentials.

    Raises ConfigurationError, and InvalidArgumentError for a bad option. Every method raises `APIError` when the
    service cannot be reached or says no, and ClientClosedError after `close()`.
    """

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
        listing = Listing.of(meta, creator, sort_order, per_page, uploaded_after, uploaded_before)
        made_from = self._origin(
            "list",
            meta=meta,
            creator=creator,
            sort_order=sort_order,
            per_page=per_page,
            uploaded_after=uploaded_after,
            uploaded_before=uploaded_before,
        )
        return Pager(partial(self._walk, listing), origin=made_from)

    def list_all(
        self,
        *,
        meta: MetadataFilter | None = None,
        creator: Creators | None = None,
        sort_order: SortOrder = "desc",
        per_page: int = 1000,
        uploaded_after: Time | None = None,
        uploaded_before: Time | None = None,
        concurrency: int = 4,
    ) -> Pager[Image]:
        """The same images in the same order as `list`, with several requests at a time: for the whole of a listing.

        - `creator`: one, or several, of whose images all are listed.
        - `meta`: an `in` may have more than ten values.
        - `concurrency`: most requests at a time.
        - The others as in `list`.

        With one creator at most, and ten values, the listing is walked from both ends at once. That takes half the
        time, and holds the JSON of half of the images. Otherwise there is one walk for each creator and each ten
        values, merged; it holds two pages of each. Images of the same moment may come in another order.

        Not for a program that stops early, nor for one that works on images as slowly as they come: `list` with
        `prefetch` costs nothing more. Where the service does not sort by upload, one end is walked alone, and the
        log says so. A token resumes a listing of the same arguments only.

        Raises as `list`. Source: list_images_v2.
        """
        positive("concurrency", concurrency)
        parts = listings(meta, creator, sort_order, per_page, uploaded_after, uploaded_before)
        paced = self._paced()
        walk = paced._walk if concurrency == 1 else paced._walk_from_both_ends
        made_from = self._origin(
            "list_all",
            meta=meta,
            creator=creator,
            sort_order=sort_order,
            per_page=per_page,
            uploaded_after=uploaded_after,
            uploaded_before=uploaded_before,
            concurrency=concurrency,
        )
        return Pager(
            partial(walk, parts[0]) if len(parts) == 1 else partial(paced._walk_merged, parts, concurrency),
            origin=made_from,
        )

    def resume(self, state: str) -> ResumableWalk[Image]:
        """Continue a walk from the text that it gave as its `state`, with the same filters and order.

        Raises InvalidArgumentError for another text, and for a walk over another account.
        """
        from cfimages.resuming import Progress, ResumableWalk

        progress = Progress[Image].from_state(state)
        return ResumableWalk(self._pager_of(progress.origin), progress)

    def _walk(self, listing: Listing, start: str | None) -> Pages[Image]:
        return one_walk(listing.walk(start), self._fetching(listing))

    def _walk_from_both_ends(self, listing: Listing, start: str | None) -> Pages[Image]:
        from cfimages.ends import from_both_ends

        far = listing.reversed()
        return from_both_ends(
            listing.walk(start),
            far.stored_walk(),
            partial(far.walk, None),
            self._fetching(listing),
            self._fetching(far, storable=True),
            descending=listing.descending,
        )

    def _walk_merged(self, parts: Sequence[Listing], concurrency: int, start: str | None) -> Pages[Image]:
        from cfimages.merging import merged

        walks = [partial(self._walk, part) for part in parts]
        return merged(walks, start, descending=parts[0].descending, concurrency=concurrency)

    def _fetching(self, listing: Listing, *, storable: bool = False) -> Callable[[str | None], Page[Image]]:
        def fetch(token: str | None) -> Page[Image]:
            with reading():
                answer = endpoints.list_images_v2.sync_detailed(
                    self.account_id, client=self.api, continuation_token=token or UNSET, **listing.query
                )
                return page_of(answer, token, storable=storable)

        return fetch

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
                answer = endpoints.list_images_v1.sync_detailed(self.account_id, client=self.api, page=number, **query)
                return numbered_page_of(answer, token, number)

        return Pager(lambda start: one_walk(Walk(start), fetch))

    def get(self, image_id: str) -> Image:
        """One image, without its bytes.

        Raises NotFoundError, and InvalidArgumentError for an id that would change the address. Source: get_image.
        """
        segment = image_segment(image_id)
        with reading():
            return _image(endpoints.get_image.sync_detailed(self.account_id, segment, client=self.api))

    def upload(
        self,
        file: ImageFile | None = None,
        *,
        url: str | None = None,
        id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
        filename: str | None = None,
    ) -> Image:
        """Store an image: a file (its bytes, its path, or opened in binary mode), or one that the service fetches.

        - `url`: where the service fetches the image, instead of `file`; may hold a user and a password.
        - `id`: an id of one's own, up to 1,024 characters, slashes allowed inside; None lets the service make one.
        - `metadata`: data to keep with the image, at most 1,024 bytes as JSON; `Image.meta` when read.
        - `creator`: the account's own id of whoever the image belongs to.
        - `require_signed_urls`: whether delivery URLs must be signed; not together with `id`.
        - `filename`: the name to store; None takes that of the file. Not together with `url`.

        Not repeated once it may have arrived, except after 429. Raises InvalidArgumentError before anything is
        sent, OSError for a file that cannot be read or changes meanwhile, ConflictError for an id that exists. Source:
        upload_image.
        """
        file, url = disguised(file), hidden(url)
        fields = upload_fields(id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls)
        with _form(file, url, filename, fields) as body, reading():
            return _image(endpoints.upload_image.sync_detailed(self.account_id, client=self.api, body=body))

    def edit(
        self,
        image_id: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool | None = None,
    ) -> Image:
        """Change an image; gives it as it is now. **Its id may be another one**: go on with that of the result.

        A change of `require_signed_urls` gives the image a new id, and its old one is gone. `metadata` replaces all
        of the old. What is None stays as it is.

        Not repeated once it may have arrived, except after 429. Raises NotFoundError, and InvalidArgumentError also
        where there is nothing to change. Source: edit_image.
        """
        segment, body = image_segment(image_id), _edit(metadata, creator, require_signed_urls)
        with reading():
            return _image(endpoints.edit_image.sync_detailed(self.account_id, segment, client=self.api, body=body))

    def delete(self, image_id: str) -> None:
        """Delete an image for good.

        Repeated like a reading request: where the first answer was lost, the image may be gone already, and
        NotFoundError says so. Raises NotFoundError, InvalidArgumentError. Source: delete_image.
        """
        segment = image_segment(image_id)
        with reading():
            endpoints.delete_image.sync_detailed(self.account_id, segment, client=self.api)

    def exists(self, image_id: str) -> bool:
        """Whether there is an image of this id.

        Raises InvalidArgumentError, and NotFoundError if it is the account that is not found. Source: get_image.
        """
        try:
            self.get(image_id)
        except NotFoundError as error:
            if _is_lost(error):
                raise
            return False
        return True

    @contextmanager
    def stream(self, image_id: str) -> Iterator[Iterator[bytes]]:
        """The original of an image in chunks of bytes, as they come: `with images.stream(id) as chunks:`.

        Of a large image the service gives a version of nearly the same quality. Nothing is asked for again once
        bytes have come. Raises NotFoundError, InvalidArgumentError; while iterating, APIConnectionError for a
        connection that breaks and APIResponseValidationError for too few bytes. Source: get_image_blob.
        """
        with self._seam.stream("GET", _blob_path(self.account_id, image_id), headers=_BYTES) as response:
            yield _chunks(self._seam, response)

    def download(self, image_id: str, to: Target) -> int:
        """Write the original of an image to a path or an open file; gives the number of bytes.

        A path is written beside and takes its name when it is whole: an interruption leaves what was there before.
        A device, a pipe or an open descriptor is written to as it stands. Raises InvalidArgumentError for what is no
        path or binary file, OSError where it cannot be written; otherwise as `stream`. Source: get_image_blob.
        """
        image_segment(image_id)
        with writing(to) as file, self.stream(image_id) as chunks:
            return sum(write_whole(file, chunk) for chunk in chunks)

    def direct_upload(
        self,
        *,
        id: str | None = None,
        expiry: Expiry | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
    ) -> DirectUpload:
        """Make a draft and an address to which somebody else can upload its file, once and without credentials.

        `expiry` is a datetime, a timedelta from now, or text; between 2 minutes and 6 hours away, 30 minutes if
        None. The others as in `upload`. Until the file has come, `get` gives the image with `draft=True` and `list`
        leaves it out. Raises InvalidArgumentError, ConflictError for an id that exists. Source: create_direct_upload.
        """
        fields = upload_fields(id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls)
        body = models.DirectUploadRequest(**direct_upload_fields(fields, expiry, datetime.now(UTC)))
        with reading():
            return _direct_upload(
                endpoints.create_direct_upload.sync_detailed(self.account_id, client=self.api, body=body)
            )

    def upload_to(self, upload_url: str, file: ImageFile, *, filename: str | None = None) -> Image:
        """Upload a file to the address of a `direct_upload`: the other side of it. Sends no credentials.

        Raises NotFoundError and others for an address that is unknown, used or ended; InvalidArgumentError, OSError
        as `upload`. Source: create_direct_upload.
        """
        upload_url = hidden(upload_url)
        address("upload_url", upload_url)
        with opened(file, filename) as (stream, name), reading():
            request = _upload_request(self._seam, upload_url, {"file": (name, stream)}, self._config.allow_http)
            return _uploaded(self._seam.send(request, auth=httpx.Auth()))

    def stats(self) -> Usage:
        """How many images the account has, and may have. Source: get_stats."""
        with reading():
            return _usage(endpoints.get_stats.sync_detailed(self.account_id, client=self.api))

    def config(self) -> Settings:
        """The settings of the account that concern delivery. Source: get_config."""
        with reading():
            return _settings(endpoints.get_config.sync_detailed(self.account_id, client=self.api))

    def edit_config(self, *, flexible_variants: bool) -> Settings:
        """Switch flexible variants on or off; gives the settings as they are now. Source: edit_config."""
        body = models.Config(flexible_variants=boolean("flexible_variants", flexible_variants))
        with reading():
            return _settings(endpoints.edit_config.sync_detailed(self.account_id, client=self.api, body=body))

    @property
    def variants(self) -> Variants:
        """The named sizes in which images are delivered."""
        from cfimages.resources import Variants

        return Variants(self.account_id, self.api)

    @property
    def keys(self) -> Keys:
        """The keys with which delivery URLs of private images are signed."""
        from cfimages.resources import Keys

        return Keys(self.account_id, self.api)

    def batch(self, *, base_url: str | None = None) -> CloudflareImages:
        """A client of the batch host, with a rate limit of its own: `with images.batch() as fast:`.

        It offers `list`, `get`, `upload`, `edit`, `delete` (with `exists`) and `direct_upload`; anything else raises
        InvalidArgumentError before it is sent. Its token is fetched at the first request and renewed when it ends.
        It uses this client's connections and is done when this client is closed. `base_url` comes from
        `CLOUDFLARE_BATCH_BASE_URL` if not given, else it is Cloudflare's. Source: get_batch_token.
        """
        from cfimages.batch import SyncBatchSeam

        config = batch_config(self._config, base_url)
        clone = copy.copy(self)
        clone._config = config
        clone._use(SyncBatchSeam.over(self._seam, config.base_url, self._batch_token))
        return clone

    def _batch_token(self, seam: SyncSeam) -> BatchToken:
        api = self._generated_client(seam)
        with reading():
            return _token(endpoints.get_batch_token.sync_detailed(self.account_id, client=api))

    def close(self) -> None:
        """Close the connections, also those of every copy made with `options`."""
        self._seam.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _new_seam(
        self,
        timeout: float | httpx.Timeout,
        retries: RetryPolicy,
        transport: httpx.BaseTransport | None,
        pacer: Pacer | None,
    ) -> SyncSeam:
        return SyncSeam(self._config, timeout=timeout, retries=retries, transport=transport, pacer=pacer)

    def _generated_client(self, seam: SyncSeam) -> cfimages_api.Client:
        return _api(self._config, "asyncio functions need AsyncCloudflareImages.api" + OWN_CLIENT).set_httpx_client(
            seam
        )


@_named
class AsyncCloudflareImages(_Client[AsyncSeam, httpx.AsyncBaseTransport]):
    """The images of one Cloudflare account, for asyncio. Close it, or use it with `async with`.

    It belongs to the event loop in which it is first used; in another its methods raise ClientClosedError. Arguments,
    environment and errors as `CloudflareImages`; `transport` is an asynchronous httpx transport.
    """

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
        listing = Listing.of(meta, creator, sort_order, per_page, uploaded_after, uploaded_before)
        made_from = self._origin(
            "list",
            meta=meta,
            creator=creator,
            sort_order=sort_order,
            per_page=per_page,
            uploaded_after=uploaded_after,
            uploaded_before=uploaded_before,
        )
        return AsyncPager(partial(self._walk, listing), origin=made_from)

    def list_all(
        self,
        *,
        meta: MetadataFilter | None = None,
        creator: Creators | None = None,
        sort_order: SortOrder = "desc",
        per_page: int = 1000,
        uploaded_after: Time | None = None,
        uploaded_before: Time | None = None,
        concurrency: int = 4,
    ) -> AsyncPager[Image]:
        """The same images in the same order as `list`, with several requests at a time: for the whole of a listing.

        Arguments, cost and errors as `CloudflareImages.list_all`. Source: list_images_v2.
        """
        positive("concurrency", concurrency)
        parts = listings(meta, creator, sort_order, per_page, uploaded_after, uploaded_before)
        paced = self._paced()
        walk = paced._walk if concurrency == 1 else paced._walk_from_both_ends
        made_from = self._origin(
            "list_all",
            meta=meta,
            creator=creator,
            sort_order=sort_order,
            per_page=per_page,
            uploaded_after=uploaded_after,
            uploaded_before=uploaded_before,
            concurrency=concurrency,
        )
        return AsyncPager(
            partial(walk, parts[0]) if len(parts) == 1 else partial(paced._walk_merged, parts, concurrency),
            origin=made_from,
        )

    def resume(self, state: str) -> AsyncResumableWalk[Image]:
        """Continue a walk from the text that it gave as its `state`, with the same filters and order.

        Raises InvalidArgumentError for another text, and for a walk over another account.
        """
        from cfimages.resuming import AsyncResumableWalk, Progress

        progress = Progress[Image].from_state(state)
        return AsyncResumableWalk(self._pager_of(progress.origin), progress)

    def _walk(self, listing: Listing, start: str | None) -> AsyncPages[Image]:
        return async_one_walk(listing.walk(start), self._fetching(listing))

    def _walk_from_both_ends(self, listing: Listing, start: str | None) -> AsyncPages[Image]:
        from cfimages.ends import async_from_both_ends

        far = listing.reversed()
        return async_from_both_ends(
            listing.walk(start),
            far.stored_walk(),
            partial(far.walk, None),
            self._fetching(listing),
            self._fetching(far, storable=True),
            descending=listing.descending,
        )

    def _walk_merged(self, parts: Sequence[Listing], concurrency: int, start: str | None) -> AsyncPages[Image]:
        from cfimages.merging import async_merged

        walks = [partial(self._walk, part) for part in parts]
        return async_merged(walks, start, descending=parts[0].descending, concurrency=concurrency)

    def _fetching(
        self, listing: Listing, *, storable: bool = False
    ) -> Callable[[str | None], Coroutine[Any, Any, Page[Image]]]:
        async def fetch(token: str | None) -> Page[Image]:
            with reading():
                answer = await endpoints.list_images_v2.asyncio_detailed(
                    self.account_id, client=self.api, continuation_token=token or UNSET, **listing.query
                )
                return page_of(answer, token, storable=storable)

        return fetch

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
                answer = await endpoints.list_images_v1.asyncio_detailed(
                    self.account_id, client=self.api, page=number, **query
                )
                return numbered_page_of(answer, token, number)

        return AsyncPager(lambda start: async_one_walk(Walk(start), fetch))

    async def get(self, image_id: str) -> Image:
        """One image, without its bytes.

        Raises NotFoundError, and InvalidArgumentError for an id that would change the address. Source: get_image.
        """
        segment = image_segment(image_id)
        with reading():
            return _image(await endpoints.get_image.asyncio_detailed(self.account_id, segment, client=self.api))

    async def upload(
        self,
        file: ImageFile | None = None,
        *,
        url: str | None = None,
        id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
        filename: str | None = None,
    ) -> Image:
        """Store an image: a file (its bytes, its path, or opened in binary mode), or one that the service fetches.

        The file is read in the event loop's thread. Arguments and errors as `CloudflareImages.upload`. Source:
        upload_image.
        """
        file, url = disguised(file), hidden(url)
        fields = upload_fields(id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls)
        with _form(file, url, filename, fields) as body, reading():
            return _image(await endpoints.upload_image.asyncio_detailed(self.account_id, client=self.api, body=body))

    async def edit(
        self,
        image_id: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool | None = None,
    ) -> Image:
        """Change an image; gives it as it is now. **Its id may be another one**: go on with that of the result.

        Arguments and errors as `CloudflareImages.edit`. Source: edit_image.
        """
        segment, body = image_segment(image_id), _edit(metadata, creator, require_signed_urls)
        with reading():
            return _image(
                await endpoints.edit_image.asyncio_detailed(self.account_id, segment, client=self.api, body=body)
            )

    async def delete(self, image_id: str) -> None:
        """Delete an image for good, as `CloudflareImages.delete` does. Source: delete_image."""
        segment = image_segment(image_id)
        with reading():
            await endpoints.delete_image.asyncio_detailed(self.account_id, segment, client=self.api)

    async def exists(self, image_id: str) -> bool:
        """Whether there is an image of this id.

        Raises InvalidArgumentError, and NotFoundError if it is the account that is not found. Source: get_image.
        """
        try:
            await self.get(image_id)
        except NotFoundError as error:
            if _is_lost(error):
                raise
            return False
        return True

    @asynccontextmanager
    async def stream(self, image_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The original of an image in chunks of bytes: `async with images.stream(id) as chunks:`.

        Iterate it with `async for`. Errors as `CloudflareImages.stream`. Source: get_image_blob.
        """
        request = self._seam.build_request("GET", _blob_path(self.account_id, image_id), headers=_BYTES)
        response = await self._seam.send(request, stream=True)
        try:
            yield _async_chunks(self._seam, response)
        finally:
            await unbroken(response.aclose())

    async def download(self, image_id: str, to: Target) -> int:
        """Write the original of an image to a path or an open file; gives the number of bytes.

        The file is written in the event loop's thread. Otherwise as `CloudflareImages.download`. Source:
        get_image_blob.
        """
        image_segment(image_id)
        with writing(to) as file:
            async with self.stream(image_id) as chunks:
                return sum([write_whole(file, chunk) async for chunk in chunks])

    async def direct_upload(
        self,
        *,
        id: str | None = None,
        expiry: Expiry | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
    ) -> DirectUpload:
        """Make a draft and an address to which somebody else can upload its file, once and without credentials.

        Arguments and errors as `CloudflareImages.direct_upload`. Source: create_direct_upload.
        """
        fields = upload_fields(id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls)
        body = models.DirectUploadRequest(**direct_upload_fields(fields, expiry, datetime.now(UTC)))
        with reading():
            return _direct_upload(
                await endpoints.create_direct_upload.asyncio_detailed(self.account_id, client=self.api, body=body)
            )

    async def upload_to(self, upload_url: str, file: ImageFile, *, filename: str | None = None) -> Image:
        """Upload a file to the address of a `direct_upload`, as `CloudflareImages.upload_to` does.

        Source: create_direct_upload.
        """
        upload_url = hidden(upload_url)
        address("upload_url", upload_url)
        with opened(file, filename) as (stream, name), reading():
            request = _upload_request(self._seam, upload_url, {"file": (name, stream)}, self._config.allow_http)
            return _uploaded(await self._seam.send(request, auth=httpx.Auth()))

    async def stats(self) -> Usage:
        """How many images the account has, and may have. Source: get_stats."""
        with reading():
            return _usage(await endpoints.get_stats.asyncio_detailed(self.account_id, client=self.api))

    async def config(self) -> Settings:
        """The settings of the account that concern delivery. Source: get_config."""
        with reading():
            return _settings(await endpoints.get_config.asyncio_detailed(self.account_id, client=self.api))

    async def edit_config(self, *, flexible_variants: bool) -> Settings:
        """Switch flexible variants on or off; gives the settings as they are now. Source: edit_config."""
        body = models.Config(flexible_variants=boolean("flexible_variants", flexible_variants))
        with reading():
            return _settings(await endpoints.edit_config.asyncio_detailed(self.account_id, client=self.api, body=body))

    @property
    def variants(self) -> AsyncVariants:
        """The named sizes in which images are delivered."""
        from cfimages.resources import AsyncVariants

        return AsyncVariants(self.account_id, self.api)

    @property
    def keys(self) -> AsyncKeys:
        """The keys with which delivery URLs of private images are signed."""
        from cfimages.resources import AsyncKeys

        return AsyncKeys(self.account_id, self.api)

    def batch(self, *, base_url: str | None = None) -> AsyncCloudflareImages:
        """A client of the batch host, with a rate limit of its own: `async with images.batch() as fast:`.

        As `CloudflareImages.batch`. Source: get_batch_token.
        """
        from cfimages.batch import AsyncBatchSeam

        config = batch_config(self._config, base_url)
        clone = copy.copy(self)
        clone._config = config
        clone._use(AsyncBatchSeam.over(self._seam, config.base_url, self._batch_token))
        return clone

    async def _batch_token(self, seam: AsyncSeam) -> BatchToken:
        api = self._generated_client(seam)
        with reading():
            return _token(await endpoints.get_batch_token.asyncio_detailed(self.account_id, client=api))

    async def aclose(self) -> None:
        """Close the connections, also those of every copy made with `options`."""
        await self._seam.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _new_seam(
        self,
        timeout: float | httpx.Timeout,
        retries: RetryPolicy,
        transport: httpx.AsyncBaseTransport | None,
        pacer: Pacer | None,
    ) -> AsyncSeam:
        return AsyncSeam(self._config, timeout=timeout, retries=retries, transport=transport, pacer=pacer)

    def _generated_client(self, seam: AsyncSeam) -> cfimages_api.Client:
        return _api(self._config, "sync functions need CloudflareImages.api" + OWN_CLIENT).set_async_httpx_client(seam)


OWN_CLIENT = ", and none a copy made with its with_... methods: use options()"


class _ListV1Query(TypedDict):
    creator: str | Unset
    per_page: int


def _api(config: Config, advice: str) -> cfimages_api.Client:
    """A generated client whose own httpx clients refuse: of the two modes, only ours is to be used."""
    return cfimages_api.Client(base_url=config.base_url, httpx_args={"transport": WrongMode(advice)})


def _list_v1_query(creator: str | None, per_page: int) -> _ListV1Query:
    return {"creator": given_creator(creator), "per_page": positive("per_page", per_page)}


def _warn_of_v1() -> None:
    warnings.warn("list_v1 is deprecated by Cloudflare: use list", DeprecationWarning, stacklevel=3)


def _page_number(token: str | None, first: int) -> int:
    if token is None:
        return first
    if not re.fullmatch(r"[1-9][0-9]{0,17}", token):
        raise InvalidArgumentError(f"token={shown(token)}: a token of list_v1 is a page number")
    return int(token)


@contextmanager
def _form(
    file: ImageFile | None, url: str | None, filename: str | None, fields: UploadFields
) -> Iterator[models.ImageUpload]:
    """The form of an upload, with its file open, from exactly one source."""
    one_source(file, url, filename)
    if file is None:
        yield models.ImageUpload(url=address("url", url or ""), **fields)
    else:
        with opened(file, filename) as (stream, name):
            yield models.ImageUpload(file=File(stream, name), **fields)


NO_ROUTE = frozenset({7000, 7003})
"""The service's own numbers for an address that leads nowhere, such as one with a mistyped account."""


def _is_lost(error: NotFoundError) -> bool:
    """Whether it is not the image that was not found, but the way to it."""
    return any(detail.code in NO_ROUTE for detail in error.errors)


def _edit(
    metadata: Mapping[str, Any] | None, creator: str | None, require_signed_urls: bool | None
) -> models.ImageEdit:
    if metadata is None and creator is None and require_signed_urls is None:
        raise InvalidArgumentError("nothing to change: give metadata, creator or require_signed_urls")
    if metadata is not None:
        json_object(metadata)  # for its checks
    return models.ImageEdit(
        metadata=UNSET if metadata is None else models.ImageEditMetadata.from_dict(metadata),
        creator=given_creator(creator),
        require_signed_urls=(
            UNSET if require_signed_urls is None else boolean("require_signed_urls", require_signed_urls)
        ),
    )


# Images are compressed already, and of bytes as they are, the number tells whether all came.
_BYTES = {"Accept": "image/*, */*;q=0.5", "Accept-Encoding": "identity"}


def _blob_path(account_id: str, image_id: str) -> str:
    # By hand, since the generated function would hold the whole image, twice.
    return f"/accounts/{quote(account_id, safe='')}/images/v1/{quote(image_segment(image_id), safe='')}/blob"


def _chunks(seam: SyncSeam, response: httpx.Response) -> Iterator[bytes]:
    check_coding(response)
    chunks = response.iter_bytes(CHUNK)
    while True:
        with receiving(seam, response):
            chunk = next(chunks, b"")
        if not chunk:
            break
        yield chunk
    check_length(response)


async def _async_chunks(seam: AsyncSeam, response: httpx.Response) -> AsyncIterator[bytes]:
    check_coding(response)
    chunks = response.aiter_bytes(CHUNK)
    while True:
        with receiving(seam, response):
            chunk = await unbroken(anext(chunks, b""))
        if not chunk:
            break
        yield chunk
    check_length(response)


CHUNK = 64 * 1024
"""Bytes that are held at once while an image is downloaded."""


def _direct_upload(answer: Response[Any]) -> DirectUpload:
    from cfimages.models import DirectUpload

    body: models.DirectUploadResponse = parsed(answer)
    return DirectUpload(body.result.id, body.result.upload_url, dict(body.result.additional_properties))


def _upload_request(seam: SyncSeam | AsyncSeam, url: str, files: Any, allow_http: bool) -> httpx.Request:
    """A request whose address is a secret. Raises ConfigurationError for plain http to another machine."""
    request = seam.build_request("POST", url, files=files)
    request.url = PrivateURL(request.url)
    try:
        request.url.host.encode("idna")  # as the socket will, where the error would have no type of ours
    except UnicodeError:
        raise InvalidArgumentError("upload_url: its host is none") from None
    check_scheme("upload_url", request.url, allow_http)
    return request


def _uploaded(response: httpx.Response) -> Image:
    return Image.from_generated(models.ImageResponse.from_dict(response.json()).result)


def _usage(answer: Response[Any]) -> Usage:
    from cfimages.models import Usage

    body: models.StatsResponse = parsed(answer)
    count = body.result.count
    extra = {**body.result.additional_properties, **count.additional_properties}
    return Usage(current=count.current, allowed=count.allowed, extra=extra)


def _settings(answer: Response[Any]) -> Settings:
    from cfimages.models import Settings

    body: models.ConfigResponse = parsed(answer)
    return Settings.from_generated(body.result)


def _token(answer: Response[Any]) -> BatchToken:
    from cfimages.batch import BatchToken

    body: models.BatchTokenResponse = parsed(answer)
    end = datetime.fromisoformat(body.result.expires_at)
    if not re.fullmatch("[!-~]+", body.result.token):
        raise ValueError("the token is not text that a header can hold")
    return BatchToken(Secret(body.result.token), end if end.tzinfo else end.replace(tzinfo=UTC))


def _image(answer: Response[Any]) -> Image:
    body: models.ImageResponse = parsed(answer)
    return Image.from_generated(body.result)
