"""What the session has to know about a request, beside what goes over the wire."""

from collections.abc import Mapping
from typing import Any

import attrs
import httpx

from cfimages.config import Credentials
from cfimages.http.options import Options
from cfimages.http.pacing import Pacer

KEY = "cfimages.context"
"""Key of the context in the extensions of a request."""

PROXY = "cfimages.proxy"
"""Key of the request's extensions: host and port of the proxy that it goes through."""


@attrs.frozen
class RequestContext:
    """How to send one request, and what to say about it in an error."""

    options: Options | None = None
    """Options of the client. Set by `prepare`."""
    credentials: Credentials | None = None
    """What authenticates the request. Set by `prepare`."""
    lifetime: Any = None
    """Lifetime of the walk that the request is for; None for the client's."""
    pacer: Pacer | None = None
    """Pacer of the walk. None for that of the options."""
    about: str | None = None
    """File or id that the call is about, where the address does not name it."""
    secrets: tuple[str, ...] = ()
    """Texts in the body that no error and no log may show."""
    is_private: bool = False
    """Whether the address is a secret."""
    is_replayable: bool = True
    """Whether the body can be read a second time. Set by `prepare`."""


DEFAULT = RequestContext()


def context_of(request: httpx.Request) -> RequestContext:
    """Return the context of a request."""
    context: RequestContext = request.extensions.get(KEY, DEFAULT)
    return context


def prepare(arguments: dict[str, Any], options: Options, credentials: Credentials | None) -> dict[str, Any]:
    """Return the arguments of httpx's `build_request` with the context of the request.

    The generator writes a constant multipart boundary, which a field or a file could contain. Without it httpx
    chooses a random one.
    """
    content, files = arguments.get("content"), arguments.get("files")
    is_replayable = (content is None and not files) or _is_replayable(content, files or ())
    extensions = dict(arguments.get("extensions") or {})
    context = extensions.get(KEY, DEFAULT)
    if context.is_private:  # whoever knows the address needs no credentials
        credentials = None
    extensions[KEY] = attrs.evolve(context, options=options, credentials=credentials, is_replayable=is_replayable)
    prepared = {**arguments, "extensions": extensions}
    if headers := arguments.get("headers"):
        prepared["headers"] = headers = httpx.Headers(headers)
        if headers.get("Content-Type", "").startswith("multipart/form-data"):
            del headers["Content-Type"]
    if not isinstance(arguments.get("timeout"), httpx.Timeout | float | int):
        prepared["timeout"] = options.timeout  # whatever `with_timeout` of the generated client has set
    return prepared


def _is_replayable(content: Any, files: Any) -> bool:
    """Return whether a body can be read a second time: not a generator, nor a file that cannot seek."""
    if not isinstance(content, bytes | str | None):
        return False
    fields = files.values() if isinstance(files, Mapping) else [field for _, field in files]
    sources = [field[1] if isinstance(field, tuple) else field for field in fields]
    return all(isinstance(source, bytes | str) or _is_seekable(source) for source in sources)


def _is_seekable(file: object) -> bool:
    seekable = getattr(file, "seekable", None)
    return seekable is not None and bool(seekable())
