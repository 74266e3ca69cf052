# Generated from facade/cfimages/_async/imports.py by `make generate`. Do not edit.
"""Imports from buckets of S3 and R2: `images.imports`."""

from collections.abc import Sequence
from typing import get_args

from cfimages import endpoints
from cfimages._sync.calls import Resource, ignore
from cfimages._sync.import_sources import ImportSources
from cfimages._sync.pager import Pager
from cfimages.arguments import check_choice, check_choices, check_name, check_seconds, check_segment, check_source_id
from cfimages.errors import ImportTimeoutError
from cfimages.http.context import DEFAULT, RequestContext
from cfimages.listing.offsets import ImportListing, LogListing
from cfimages.models.imports import (
    ConflictBehaviour,
    Import,
    ImportContentType,
    ImportLog,
    ImportProgress,
)
from cfimages.parallel import threads
from cfimages_api import models

DAY = 24 * 60 * 60
"""Seconds: longest time between two requests of `wait`."""


class Imports(Resource):
    """Imports of images from buckets of S3 and R2. An import reads a source, in the background.

    ```
    source = images.imports.sources.create("photos", bucket="photos", vendor="s3", secret=credentials)
    job = images.imports.create(source.id, path_prefix="photos/")
    images.imports.start(job.id)
    progress = images.imports.wait(job.id)
    ```

    Source: page "Import from S3".
    """

    @property
    def sources(self) -> ImportSources:
        """The buckets that the account imports images from."""
        return ImportSources(self._calls)

    def list(self, *, per_page: int = 100) -> Pager[Import]:
        """List the imports of the account.

        It returns immediately. Requests are sent while the result is iterated, one for each page. Tokens of this pager
        are offsets: if an import is added or deleted meanwhile, the later ones shift.

        Args:
            per_page: Imports per page, from 1 to 100. The service may send fewer.

        Raises:
            InvalidArgumentError: The argument is invalid. Raised before any request is sent.

        Source: operation list_imports.
        """
        return Pager(self._calls, ImportListing(per_page=per_page))

    def create(
        self,
        source_id: str,
        *,
        conflict_behaviour: ConflictBehaviour = "skip",
        excluded_content_types: Sequence[ImportContentType] = (),
        path_prefix: str | None = None,
        root_directory: str | None = None,
    ) -> Import:
        """Prepare an import from a source, and return it. It is pending until `start`.

        The request is repeated only after 429, or if it was not sent.

        Args:
            source_id: Id of the source, as `ImportSource.id` has it.
            conflict_behaviour: What to do with an object whose image exists: `"skip"` or `"overwrite"`.
            excluded_content_types: Content types to leave out, such as `["image/gif"]`.
            path_prefix: A prefix for the ids of the images; 1 to 128 characters.
            root_directory: Import only objects whose names begin with this prefix; 1 to 128 characters.

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
        return self._calls(endpoints.create_import, Import.from_generated, body=body)

    def get(self, import_id: str) -> Import:
        """Return an import.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import.
        """
        return self._calls(endpoints.get_import, Import.from_generated, _segment(import_id))

    def start(self, import_id: str) -> Import:
        """Start an import that is pending, and return it.

        The request is repeated only after 429, or if it was not sent.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses, for example because the import is not pending.

        Source: operation start_import.
        """
        return self._calls(endpoints.start_import, Import.from_generated, _segment(import_id))

    def abort(self, import_id: str) -> Import:
        """End an import that is running, and return it. Images that it has imported stay.

        The request is repeated only after 429, or if it was not sent.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses, for example because the import is not running.

        Source: operation abort_import.
        """
        return self._calls(endpoints.abort_import, Import.from_generated, _segment(import_id))

    def delete(self, import_id: str) -> None:
        """Delete an import that has ended. Its images stay.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses, for example because the import has not ended.

        Source: operation delete_import.
        """
        self._calls(endpoints.delete_import, ignore, _segment(import_id))

    def progress(self, import_id: str) -> ImportProgress:
        """Return the progress of an import.

        Raises:
            NotFoundError: There is no such import.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import_progress.
        """
        return self._progress(_segment(import_id), DEFAULT)

    def logs(self, import_id: str, *, per_page: int = 100) -> Pager[ImportLog]:
        """List what an import has logged.

        It returns immediately. Requests are sent while the result is iterated, one for each page. Tokens of this pager
        are offsets.

        Args:
            import_id: The id, as `Import.id` has it.
            per_page: Entries per page, from 1 to 100. The service may send fewer.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            NotFoundError: There is no such import. Raised while iterating.

        Source: operation list_import_logs.
        """
        return Pager(self._calls, LogListing(import_id, per_page=per_page))

    def wait(self, import_id: str, *, timeout: float | None = None, every: float = 5.0) -> ImportProgress:
        """Wait until an import has ended, and return its progress, whose `status` says how it ended.

        It polls the progress. With Cloudflare's API, it stays below the rate limit, even without a pacer. An import
        that was never started stays pending: call `start` first.

        Args:
            import_id: The id, as `Import.id` has it.
            timeout: Seconds to wait; None waits forever. A request in progress is not interrupted.
            every: Seconds between two requests, at most a day.

        Raises:
            ImportTimeoutError: The import has not ended in time. It keeps running.
            NotFoundError: There is no such import.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            ClientClosedError: The client was closed meanwhile.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import_progress.
        """
        segment, every = _segment(import_id), check_seconds("every", every, DAY)
        end = None if timeout is None else threads.monotonic() + check_seconds("timeout", timeout)
        context = RequestContext(pacer=self._calls.pacer_of_walks)
        while True:
            progress = self._progress(segment, context)
            if progress.finished:
                return progress
            left = every if end is None else end - threads.monotonic()
            if left <= 0:
                raise ImportTimeoutError(
                    f"the import {segment!r} is {progress.status!r} after {timeout} s: it keeps running, so wait again"
                )
            self._calls.session.lifetime.wait(min(every, left))

    def _progress(self, segment: str, context: RequestContext) -> ImportProgress:
        return self._calls(endpoints.get_import_progress, ImportProgress.from_generated, segment, context=context)


def _segment(import_id: str) -> str:
    return check_segment("import_id", import_id)
