# Generated from facade/cfimages/_async/import_sources.py by `make generate`. Do not edit.
"""The buckets of S3 and R2 that images are imported from: `images.imports.sources`."""

from collections.abc import Mapping
from typing import Any, get_args

from cfimages import endpoints
from cfimages._sync.calls import Resource, ignore
from cfimages._sync.pager import Pager
from cfimages.arguments import check_choice, check_name, check_source_id, check_text
from cfimages.errors import InvalidArgumentError
from cfimages.http.context import RequestContext
from cfimages.listing.offsets import SourceListing
from cfimages.models.imports import Connectivity, ImportSource, Vendor
from cfimages.secret import Secret, as_secrets
from cfimages_api import models


class ImportSources(Resource):
    """The buckets of S3 and R2 that the account imports images from."""

    def list(self, *, name: str | None = None, per_page: int = 100) -> Pager[ImportSource]:
        """List the sources of the account.

        It returns immediately. Requests are sent while the result is iterated, one for each page. Tokens of this pager
        are offsets: if a source is added or deleted meanwhile, later ones shift.

        Args:
            name: Only sources whose name contains this text.
            per_page: Sources per page, from 1 to 100. The service may send fewer.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.

        Source: operation list_import_sources.
        """
        return Pager(self._calls, SourceListing(name=name, per_page=per_page))

    def create(
        self, name: str, *, bucket: str, vendor: Vendor, secret: Mapping[str, str], account: str | None = None
    ) -> ImportSource:
        """Create a source: a bucket, and the credentials to read it.

        The request is repeated only after 429, or if it was not sent. No response has the credentials.

        Args:
            name: What to call the source; 1 to 128 characters.
            bucket: Name of the bucket.
            vendor: `"s3"` or `"r2"`.
            secret: The credentials, as names and strings. Cloudflare does not document the names. Its tool that copies
                buckets to R2 takes `accessKeyId` and `secretAccessKey`, for S3 and R2. The key needs permission to list
                the bucket and to get its objects.
            account: Id of the account that has the bucket. Required for R2.

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
        return self._calls(
            endpoints.create_import_source,
            ImportSource.from_generated,
            context=_hiding(credentials),
            body=body,
        )

    def get(self, source_id: str) -> ImportSource:
        """Return a source.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_import_source.
        """
        return self._calls(endpoints.get_import_source, ImportSource.from_generated, check_source_id(source_id))

    def rename(self, source_id: str, name: str) -> ImportSource:
        """Rename a source, and return it. Nothing else can be changed.

        The request is repeated only after 429, or if it was not sent.

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
        return self._calls(endpoints.edit_import_source, ImportSource.from_generated, segment, body=body)

    def delete(self, source_id: str) -> None:
        """Delete a source and its credentials. The bucket stays as it is.

        The service refuses while an import uses the source.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation delete_import_source.
        """
        self._calls(endpoints.delete_import_source, ignore, check_source_id(source_id))

    def check(self, source_id: str) -> Connectivity:
        """Check whether the service can read the bucket of a source. If it cannot, that is no error: see `ok`.

        Raises:
            NotFoundError: There is no such source.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation check_import_source.
        """
        return self._calls(endpoints.check_import_source, Connectivity.from_generated, check_source_id(source_id))

    def precheck(
        self,
        *,
        bucket: str,
        vendor: Vendor,
        secret: Mapping[str, str],
        account: str | None = None,
        region: str | None = None,
    ) -> Connectivity:
        """Check whether the service can read a bucket, without storing its name or credentials.

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
        return self._calls(
            endpoints.precheck_import_source,
            Connectivity.from_generated,
            context=_hiding(credentials),
            body=body,
        )


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
            "secret: must be a mapping of names to strings, such as {'accessKeyId': ..., 'secretAccessKey': ...}"
        )
    return models.ImportSourceSecret.from_dict(credentials)


def _hiding(credentials: Mapping[str, Secret]) -> RequestContext:
    """Return how to send a request with credentials in its body: no error shows them, whatever the service says."""
    return RequestContext(secrets=tuple(credentials.values()))
