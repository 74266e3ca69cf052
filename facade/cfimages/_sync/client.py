# Generated from facade/cfimages/_async/client.py by `make generate`. Do not edit.
"""The synchronous client."""

import warnings
from typing import Self
from urllib.parse import quote

import attrs
import httpx

import cfimages
import cfimages_api
from cfimages import endpoints
from cfimages._sync.calls import Calls, read_result
from cfimages._sync.connections import Connections, Shared
from cfimages._sync.generated import generated_client
from cfimages._sync.lifetime import Closable, Lifetime
from cfimages._sync.operations import Operations
from cfimages._sync.pager import Pager
from cfimages._sync.session import Session
from cfimages.addresses import check_destination, check_url
from cfimages.arguments import check_bool, check_image_id, check_type, repr_short
from cfimages.config import DEFAULT_BASE_URL, Config, resolve
from cfimages.errors import ConfigurationError, InvalidArgumentError, NotFoundError, is_missing_image
from cfimages.files.sources import ImageFile, open_source
from cfimages.http.context import KEY, RequestContext
from cfimages.http.options import Options
from cfimages.http.pacing import Pacer
from cfimages.http.retries import RetryPolicy
from cfimages.http.summary import OnResponse
from cfimages.keywords import suggest
from cfimages.models.image import Image
from cfimages.parallel import threads
from cfimages.secret import as_secret
from cfimages_api import models

_OTHER_NAMES = {
    "account": "account_id",
    "cert": "transport",
    "email": "api_email",
    "endpoint": "base_url",
    "http_client": "transport",
    "key": "api_key",
    "max_retries": "retries",
    "proxies": "transport",
    "proxy": "transport",
    "token": "api_token",
    "verify": "transport",
}
"""Names that other packages have for arguments."""

# Images are compressed already, and Content-Length tells whether all bytes of an uncompressed body came.
_BYTES = {"Accept": "image/*, */*;q=0.5", "Accept-Encoding": "identity"}


class CloudflareImages(Operations, Closable):
    """The images of one Cloudflare account. Safe to share between threads.

    Close it, or use it with `with`.

    Args:
        account_id: Id of the account; else `CLOUDFLARE_ACCOUNT_ID`.
        api_token: An API token; else `CLOUDFLARE_API_TOKEN`.
        api_email: E-mail of a global API key; else `CLOUDFLARE_EMAIL`. Only without a token.
        api_key: The global API key; else `CLOUDFLARE_API_KEY`.
        base_url: Address of the API; else `CLOUDFLARE_BASE_URL`, else `CLOUDFLARE_API_BASE_URL`, else Cloudflare's.
        batch_base_url: Address of the batch host; else `CLOUDFLARE_BATCH_BASE_URL`, else Cloudflare's if `base_url`
            is Cloudflare's.
        timeout: Seconds to wait for sending, and for the next bytes; at most 5 for connecting. Or an `httpx.Timeout`.
            The whole body of a response may take five times as long, except in `stream` and `download`.
        retries: How often to retry a request, or a `RetryPolicy`.
        transport: An httpx transport, for example for a proxy, mutual TLS, HTTP/2 or tests.
        pacer: Keeps all requests below the account's rate limit.
        on_response: Called with a `ResponseSummary` of each response.
        allow_http: Allow plain http to other machines, and through a proxy. Everyone on the network path can then read
            the credentials.

    Raises:
        ConfigurationError: The account, the credentials or an address is missing or unusable.
        InvalidArgumentError: Another argument is invalid.
    """

    @suggest(**_OTHER_NAMES)
    def __init__(
        self,
        account_id: str | None = None,
        *,
        api_token: str | None = None,
        api_email: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        batch_base_url: str | None = None,
        timeout: float | httpx.Timeout = 60.0,
        retries: int | RetryPolicy = 3,
        transport: httpx.BaseTransport | None = None,
        pacer: Pacer | None = None,
        on_response: OnResponse | None = None,
        allow_http: bool = False,
    ) -> None:
        api_token, api_email, api_key = as_secret(api_token), as_secret(api_email), as_secret(api_key)
        config = resolve(
            account_id=account_id,
            api_token=api_token,
            api_email=api_email,
            api_key=api_key,
            base_url=base_url,
            batch_base_url=batch_base_url,
            allow_http=allow_http,
        )
        check_type("transport", transport, httpx.BaseTransport | None, "an httpx.BaseTransport")
        options = Options(timeout, retries, pacer, on_response)
        connections = Connections(transport, use_proxy_for_http=allow_http)
        connections.check(httpx.URL(config.base_url))
        pacer_of_walks = Pacer() if config.base_url == DEFAULT_BASE_URL else None
        self._set_up(config, options, connections, connections, Lifetime(), pacer_of_walks)

    def _set_up(
        self,
        config: Config,
        options: Options,
        connections: Connections,
        transport: httpx.BaseTransport,
        lifetime: Lifetime,
        pacer_of_walks: Pacer | None,
    ) -> None:
        self._config = config
        self._options = options
        self._connections = connections
        self._lifetime = lifetime
        self._session = self._new_session(transport, lifetime)
        self._api: cfimages_api.Client | None = None
        self._pacer_of_walks = pacer_of_walks
        super().__init__(Calls(self._session, config.account_id, None if options.pacer else pacer_of_walks))

    def _new_session(self, transport: httpx.BaseTransport, lifetime: Lifetime) -> Session:
        base_url, credentials = self._config.base_url, self._config.credentials
        return Session(transport, lifetime, self._options, base_url=base_url, credentials=credentials)

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return self._config.base_url

    @property
    def on_response(self) -> OnResponse | None:
        """The function that is called with each response."""
        return self._options.on_response

    @property
    def api(self) -> cfimages_api.Client:
        """The generated client, over the same connections. Pass it to any function of `cfimages_api`.

        It authenticates, retries and raises as this client does. If the `result` of a response does not match the
        specification, it raises the exception of the generated code.
        """
        if self._api is None:
            self._api = generated_client(
                self._new_session(Shared(self._connections), self._lifetime.child("the client"))
            )
        return self._api

    @suggest(**_OTHER_NAMES)
    def options(
        self,
        *,
        timeout: float | httpx.Timeout | None = None,
        retries: int | RetryPolicy | None = None,
        pacer: Pacer | None = None,
        on_response: OnResponse | None = None,
    ) -> Self:
        """Return a client with other options over the same connections. Closing it closes only itself.

        Args:
            timeout: As for the client; None keeps it.
            retries: As for the client; None keeps them.
            pacer: As for the client; None keeps it.
            on_response: As for the client; None keeps it.

        Raises:
            InvalidArgumentError: An option is invalid.
        """
        other = type(self).__new__(type(self))
        options = self._options.replace(timeout=timeout, retries=retries, pacer=pacer, on_response=on_response)
        shared = Shared(self._connections)
        lifetime = self._lifetime.child("the client")
        other._set_up(self._config, options, self._connections, shared, lifetime, self._pacer_of_walks)
        return other

    def list_v1(self, *, creator: str | None = None, page: int = 1, per_page: int = 100) -> Pager[Image]:
        """List all images by page number, newest first. Deprecated by Cloudflare: use `list`.

        Tokens of this pager are page numbers. If an image is added or deleted meanwhile, later pages shift, and images
        are repeated or missed.

        Args:
            creator: The creator of the images; `""` stands for images without one.
            page: Number of the first page, from 1.
            per_page: Images per page.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.

        Source: operation list_images_v1.
        """
        from cfimages.listing.numbered import NumberedListing

        warnings.warn("list_v1 is deprecated by Cloudflare: use list", DeprecationWarning, stacklevel=2)
        return Pager(self._calls, NumberedListing(creator=creator, page=page, per_page=per_page))

    def resume(self, state: str) -> "cfimages.ResumableWalk[Image]":
        """Continue a walk from its saved `state`.

        Raises:
            InvalidArgumentError: The string is not a state, or belongs to another account or version.
        """
        from cfimages.listing.progress import Progress

        progress = Progress.from_state(state)
        if progress.account_id != self.account_id:
            raise InvalidArgumentError(
                f"state: belongs to the account {repr_short(progress.account_id)}, not {repr_short(self.account_id)}"
            )
        return cfimages.ResumableWalk(self._calls, progress)

    def exists(self, image_id: str) -> bool:
        """Return whether an image with this id exists.

        Raises:
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_image.
        """
        try:
            self.get(image_id)
        except NotFoundError as error:
            if not is_missing_image(error):
                raise
            return False
        return True

    def stream(self, image_id: str) -> "cfimages.ImageStream":
        """Stream the original of an image: `with images.stream(id) as chunks:`.

        The request is sent when the block is entered, and not retried once bytes have arrived. For a large image, the
        service may send a near-lossless version.

        Raises:
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            NotFoundError: There is no such image. Raised when the block is entered.

        Source: operation get_image_blob.
        """
        segment = quote(check_image_id(image_id), safe="")
        path = f"/accounts/{quote(self.account_id, safe='')}/images/v1/{segment}/blob"

        def send() -> httpx.Response:
            request = self._session.build_request("GET", path, headers=_BYTES)
            return self._session.send(request, stream=True)

        return cfimages.ImageStream(image_id, send, self._lifetime)

    def download(self, image_id: str, to: "cfimages.Target") -> int:
        """Write the original of an image to a file, and return the number of bytes.

        A file at a path is replaced when all bytes have arrived; an interruption leaves the old file. A device, a pipe
        or an open descriptor is written to directly.

        Args:
            image_id: The id, as `Image.id` has it.
            to: The path of a file, or a file opened in binary mode.

        Raises:
            NotFoundError: There is no such image.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            OSError: The file cannot be written.
            APIError: The service cannot be reached, or refuses; the connection breaks, or bytes are missing.

        Source: operation get_image_blob.
        """
        from cfimages.files.targets import open_target, write_all

        written = 0
        stream = self.stream(image_id)
        with open_target(to) as file:
            with stream as chunks:
                for chunk in chunks:
                    written += write_all(file, chunk)
        return written

    def upload_to(self, upload_url: str, file: ImageFile, *, filename: str | None = None) -> Image:
        """Upload a file to the URL of a `direct_upload`. Sends no credentials.

        Args:
            upload_url: `DirectUpload.upload_url`.
            file: As for `upload`.
            filename: The name to store. Without it, the name of the file.

        Raises:
            NotFoundError: The URL is unknown, has been used, or has expired.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            OSError: The file cannot be read, or changes while it is sent.
            APIError: The service cannot be reached, or refuses.

        Source: page "Direct Creator Upload".
        """
        upload_url = as_secret(upload_url) or ""
        check_destination("upload_url", check_url("upload_url", upload_url), self._config.allow_http)
        source, filename = threads.read_source(file, filename)
        with open_source(source, filename) as (stream, name):
            extensions = {KEY: RequestContext(about=name, is_private=True)}
            request = self._session.build_request(
                "POST", upload_url, files={"file": (name, stream)}, extensions=extensions
            )
            response = self._session.send(request)
        return read_result(response, models.ImageResponse.from_dict, Image.from_generated)

    def stats(self) -> "cfimages.Usage":
        """Return how many images the account has, and may have.

        Raises:
            APIError: The service cannot be reached, or refuses.

        Source: operation get_stats.
        """
        return self._calls(endpoints.get_stats, lambda result: cfimages.Usage.from_generated(result.count))

    def metadata_keys(self) -> "cfimages.MetadataKeys":
        """Return the top-level names in the metadata of images: the fields that `list` filters by.

        The service returns up to 1,000 names, and says whether there are more.

        Raises:
            APIError: The service cannot be reached, or refuses.

        Source: operation list_metadata_keys.
        """
        return self._calls(endpoints.list_metadata_keys, cfimages.MetadataKeys.from_generated)

    def settings(self) -> "cfimages.Settings":
        """Return the delivery settings of the account.

        Raises:
            APIError: The service cannot be reached, or refuses.

        Source: operation get_config.
        """
        return self._calls(endpoints.get_config, cfimages.Settings.from_generated)

    def edit_settings(self, *, flexible_variants: bool) -> "cfimages.Settings":
        """Change the delivery settings of the account, and return them.

        Args:
            flexible_variants: Whether delivery URLs can have options instead of a variant name.

        Raises:
            InvalidArgumentError: The argument is not True or False. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation edit_config.
        """
        body = models.Config(flexible_variants=check_bool("flexible_variants", flexible_variants))
        return self._calls(endpoints.edit_config, cfimages.Settings.from_generated, body=body)

    @property
    def variants(self) -> "cfimages.Variants":
        """The variants of the account: named sizes in which images are delivered."""
        return cfimages.Variants(self._calls)

    @property
    def keys(self) -> "cfimages.Keys":
        """The keys that sign delivery URLs of private images."""
        return cfimages.Keys(self._calls)

    @property
    def imports(self) -> "cfimages.Imports":
        """Imports of images from buckets of S3 and R2."""
        return cfimages.Imports(self._calls)

    def batch(self) -> "cfimages.BatchClient":
        """Return a client of the batch host, which has its own rate limit: `with images.batch() as batch:`.

        It has `list`, `get`, `upload`, `edit`, `delete` and `direct_upload`. It uses the connections of this client,
        and is closed with it, but not its pacer.

        Raises:
            ConfigurationError: `base_url` is not Cloudflare's, and no batch host is set.

        Source: page "Make bulk requests", operation get_batch_token.
        """
        base_url = self._config.batch_base_url
        if base_url is None:
            raise ConfigurationError(
                f"base_url is {self._config.base_url}, whose batch host is not known: pass batch_base_url or set "
                "CLOUDFLARE_BATCH_BASE_URL"
            )
        options = attrs.evolve(self._options, pacer=None)  # the limit of the batch host is another
        return cfimages.BatchClient(self._config, base_url, self._calls, Shared(self._connections), options)

    def close(self) -> None:
        """Close the client: end its walks and close its connections."""
        self._session.close()

    def __enter__(self) -> Self:
        self._session.enter()
        return self

    def __repr__(self) -> str:
        if not hasattr(self, "_calls"):  # as in the traceback of a constructor that refuses its arguments
            return f"<{type(self).__name__}, not made>"
        closed = ", closed" if self._lifetime.is_closed else ""
        return f"{type(self).__name__}(<account {self.account_id!r} at {self._config.base_url!r}{closed}>)"
