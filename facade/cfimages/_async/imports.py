"""Imports from buckets of S3 and R2: `images.imports`."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from cfimages import endpoints
from cfimages._async.calls import AsyncCalls
from cfimages._async.pager import AsyncPager
from cfimages.arguments import (
    check_choice,
    check_choices,
    check_name,
    check_seconds,
    check_segment,
    check_source_id,
    check_text,
)
from cfimages.errors import ImportTimeoutError, InvalidArgumentError
from cfimages.http.context import DEFAULT, RequestContext
from cfimages.listing.offsets import ImportListing, LogListing, SourceListing
from cfimages.models.imports import (
    ConflictBehaviour,
    Connectivity,
    Import,
    ImportContentType,
    ImportLog,
    ImportProgress,
    ImportSource,
    Vendor,
)
from cfimages.secret import Secret, as_secrets
from cfimages_api import models

DAY = 24 * 60 * 60
"""Seconds: longest time between two requests of `wait`."""


class AsyncImportSources:
    """The buckets of S3 and R2 that the account imports images from."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    def list(self, *, name: str | None = None, per_page: int = 100) -> AsyncPager[ImportSource]:
        """List the sources of the account.

        It returns at once. Requests are sent while the result is iterated, one for each page. Tokens of this pager are
        offsets: a source that is added or deleted meanwhile moves those behind it.

        Args:
            name: Only sources whose name contains this text.
            per_page: Most sources in a request, from 1 to 100. The service may send fewer.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.

        Source: operation list_import_sources.
        """
        return AsyncPager(self._calls, SourceListing(name=name, per_page=per_page))

    async def create(
        self, name: str, *, bucket: str, vendor: Vendor, secret: Mapping[str, str], account: str | None = None
    ) -> ImportSource:
        """Create a source: a bucket, and the credentials to read it.

        The request is not repeated once it may have arrived, except after 429. No response has the credentials.

        Args:
            name: What to call the source; 1 to 128 characters.
            bucket: Name of the bucket.
            vendor: `"s3"` or `"r2"`.
            secret: The credentials, as names and texts. Cloudflare describes no names. Its tool that copies buckets to
                R2 takes `accessKeyId` and `secretAccessKey`, for S3 and for R2. The key needs the rights to list the
                bucket and to get its objects.
            account: Id of the account that has the bucket. R2 needs it.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation create_import_source; page "Import from S3".
        """
        credentials = as_secrets(secret)
        del secret  # so that no traceback with locals shows it
        body = models.ImportSourceRequest(
            name=check_name("name", name), secret=_secret(credentials), **_bucket(bucket, vendor, account)
        )
        return await self._calls(
            endpoints.create_import_source.asyncio_detailed, _read_source, context=_hiding(credentials), body=body
        )

    async def get(self, source_id: str) -> ImportSource:
        """Return a source.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import_source.
        """
        return await self._calls(endpoints.get_import_source.asyncio_detailed, _read_source, check_source_id(source_id))

    async def rename(self, source_id: str, name: str) -> ImportSource:
        """Give a source another name, and return the source. Nothing else of it can be changed.

        The request is not repeated once it may have arrived, except after 429.

        Args:
            source_id: The id, as `ImportSource.id` has it.
            name: The new name; 1 to 128 characters.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation edit_import_source.
        """
        segment, body = check_source_id(source_id), models.ImportSourceEdit(name=check_name("name", name))
        return await self._calls(endpoints.edit_import_source.asyncio_detailed, _read_source, segment, body=body)

    async def delete(self, source_id: str) -> None:
        """Delete a source and its credentials. The bucket stays as it is.

        The service refuses while an import uses the source.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation delete_import_source.
        """
        await self._calls(endpoints.delete_import_source.asyncio_detailed, _ignore, check_source_id(source_id))

    async def check(self, source_id: str) -> Connectivity:
        """Have the service try to read the bucket of a source. A bucket that cannot be read is no error: see `ok`.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation check_import_source.
        """
        return await self._calls(
            endpoints.check_import_source.asyncio_detailed, _read_connectivity, check_source_id(source_id)
        )

    async def precheck(
        self,
        *,
        bucket: str,
        vendor: Vendor,
        secret: Mapping[str, str],
        account: str | None = None,
        region: str | None = None,
    ) -> Connectivity:
        """Have the service try to read a bucket, and keep neither its name nor the credentials.

        A bucket that cannot be read is no error: see `ok`.

        Args:
            bucket: Name of the bucket.
            vendor: `"s3"` or `"r2"`.
            secret: The credentials, as for `create`.
            account: Id of the account that has the bucket. R2 needs it.
            region: Region of a bucket of S3.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation precheck_import_source.
        """
        credentials = as_secrets(secret)
        del secret
        body = models.ConnectivityRequest(secret=_secret(credentials), **_bucket(bucket, vendor, account))
        if region is not None:
            body.region = check_text("region", region)
        return await self._calls(
            endpoints.precheck_import_source.asyncio_detailed,
            _read_connectivity,
            context=_hiding(credentials),
            body=body,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<of account {self._calls.account_id!r}>)"


class AsyncImports:
    """Imports of images from buckets of S3 and R2. An import reads a source, in the background.

    ```
    source = await images.imports.sources.create("photos", bucket="photos", vendor="s3", secret=credentials)
    job = await images.imports.create(source.id, path_prefix="photos/")
    await images.imports.start(job.id)
    progress = await images.imports.wait(job.id)
    ```

    Source: page "Import from S3".
    """

    def __init__(self, calls: AsyncCalls, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._clock = clock

    @property
    def sources(self) -> AsyncImportSources:
        """The buckets that the account imports images from."""
        return AsyncImportSources(self._calls)

    def list(self, *, per_page: int = 100) -> AsyncPager[Import]:
        """List the imports of the account.

        It returns at once. Requests are sent while the result is iterated, one for each page. Tokens of this pager are
        offsets: an import that is added or deleted meanwhile moves those behind it.

        Args:
            per_page: Most imports in a request, from 1 to 100. The service may send fewer.

        Raises:
            InvalidArgumentError: The argument is invalid. Raised before any request is sent.

        Source: operation list_imports.
        """
        return AsyncPager(self._calls, ImportListing(per_page=per_page))

    async def create(
        self,
        source_id: str,
        *,
        conflict_behaviour: ConflictBehaviour = "skip",
        excluded_content_types: Sequence[ImportContentType] = (),
        path_prefix: str | None = None,
        root_directory: str | None = None,
    ) -> Import:
        """Prepare an import from a source, and return it. It is pending until `start`.

        The request is not repeated once it may have arrived, except after 429.

        Args:
            source_id: Id of the source, as `ImportSource.id` has it.
            conflict_behaviour: What to do with an object whose image exists already: `"skip"` or `"overwrite"`.
            excluded_content_types: Content types to leave out, such as `["image/gif"]`.
            path_prefix: What to put before the ids of the images; 1 to 128 characters.
            root_directory: Import only objects whose names begin so; 1 to 128 characters.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation create_import.
        """
        behaviours = get_args(ConflictBehaviour)
        body = models.ImportJobRequest(
            source_id=check_source_id(source_id),
            conflict_behaviour=check_choice("conflict_behaviour", conflict_behaviour, behaviours),
        )
        if types := check_choices("excluded_content_types", excluded_content_types, get_args(ImportContentType)):
            body.excluded_content_types = types
        if path_prefix is not None:
            body.path_prefix = check_name("path_prefix", path_prefix)
        if root_directory is not None:
            body.root_directory = check_name("root_directory", root_directory)
        return await self._calls(endpoints.create_import.asyncio_detailed, _read_import, body=body)

    async def get(self, import_id: str) -> Import:
        """Return an import.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import.
        """
        return await self._calls(endpoints.get_import.asyncio_detailed, _read_import, _segment(import_id))

    async def start(self, import_id: str) -> Import:
        """Start an import that is pending, and return it.

        The request is not repeated once it may have arrived, except after 429.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses, for example because the import is not pending.

        Source: operation start_import.
        """
        return await self._calls(endpoints.start_import.asyncio_detailed, _read_import, _segment(import_id))

    async def abort(self, import_id: str) -> Import:
        """End an import that is running, and return it. Images that it has imported stay.

        The request is not repeated once it may have arrived, except after 429.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses, for example because the import is not running.

        Source: operation abort_import.
        """
        return await self._calls(endpoints.abort_import.asyncio_detailed, _read_import, _segment(import_id))

    async def delete(self, import_id: str) -> None:
        """Delete an import that has ended. Its images stay.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses, for example because the import has not ended.

        Source: operation delete_import.
        """
        await self._calls(endpoints.delete_import.asyncio_detailed, _ignore, _segment(import_id))

    async def progress(self, import_id: str) -> ImportProgress:
        """Return how far an import is.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id would address something else. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import_progress.
        """
        return await self._progress(_segment(import_id), DEFAULT)

    def logs(self, import_id: str, *, per_page: int = 100) -> AsyncPager[ImportLog]:
        """List what an import has logged.

        It returns at once. Requests are sent while the result is iterated, one for each page. Tokens of this pager are
        offsets.

        Args:
            import_id: The id, as `Import.id` has it.
            per_page: Most entries in a request, from 1 to 100. The service may send fewer.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            NotFoundError: There is no such import. Raised while iterating.

        Source: operation list_import_logs.
        """
        return AsyncPager(self._calls, LogListing(import_id, per_page=per_page))

    async def wait(self, import_id: str, *, timeout: float | None = None, every: float = 5.0) -> ImportProgress:
        """Wait until an import has ended, and return its progress, whose `status` says how it ended.

        It asks for the progress again and again. With Cloudflare's API these requests keep to the rate limit, also
        without a pacer. An import that was never started stays pending: `start` it before.

        Args:
            import_id: The id, as `Import.id` has it.
            timeout: Seconds to wait; None waits without end. A request that is under way is not interrupted.
            every: Seconds between two requests, at most a day.

        Raises:
            ImportTimeoutError: The import has not ended in time. It goes on.
            NotFoundError: There is no such import.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            ClientClosedError: The client was closed meanwhile.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import_progress.
        """
        segment, every = _segment(import_id), check_seconds("every", every, DAY)
        end = None if timeout is None else self._clock() + check_seconds("timeout", timeout)
        context = RequestContext(pacer=self._calls.pacer_of_walks)
        while True:
            progress = await self._progress(segment, context)
            if progress.finished:
                return progress
            left = every if end is None else end - self._clock()
            if left <= 0:
                raise ImportTimeoutError(
                    f"the import {segment!r} is {progress.status!r} after {timeout} s: it goes on, wait for it again"
                )
            await self._calls.session.lifetime.wait(min(every, left))

    async def _progress(self, segment: str, context: RequestContext) -> ImportProgress:
        return await self._calls(
            endpoints.get_import_progress.asyncio_detailed, _read_progress, segment, context=context
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<of account {self._calls.account_id!r}>)"


def _segment(import_id: str) -> str:
    return check_segment("import_id", import_id)


def _bucket(bucket: str, vendor: Vendor, account: str | None) -> dict[str, Any]:
    """Return the checked fields that say which bucket is meant."""
    fields = {"bucket": check_name("bucket", bucket), "vendor": check_choice("vendor", vendor, get_args(Vendor))}
    if account is not None:
        fields["account"] = check_text("account", account)
    elif vendor == "r2":
        raise InvalidArgumentError("account=None: a bucket of R2 needs the id of the account that has it")
    return fields


def _secret(credentials: Mapping[str, Secret]) -> models.ImportSourceSecret:
    if not credentials:
        raise InvalidArgumentError(
            "secret: must be a mapping of names to texts, such as {'accessKeyId': ..., 'secretAccessKey': ...}"
        )
    return models.ImportSourceSecret.from_dict(credentials)


def _hiding(credentials: Mapping[str, Secret]) -> RequestContext:
    """Return how to send a request with credentials in its body: no error shows them, whatever the service says."""
    return RequestContext(secrets=tuple(credentials.values()))


def _read_source(body: Any) -> ImportSource:
    return ImportSource.from_generated(body.result)


def _read_import(body: Any) -> Import:
    return Import.from_generated(body.result)


def _read_progress(body: Any) -> ImportProgress:
    return ImportProgress.from_generated(body.result)


def _read_connectivity(body: Any) -> Connectivity:
    return Connectivity.from_generated(body.result)


def _ignore(_body: Any) -> None:
    """Read nothing of a response."""
