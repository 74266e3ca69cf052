"""A local Cloudflare Images account behind the real HTTP protocol, for tests, demos and other languages.

Needs the extra: `pip install 'cfimages[sandbox]'`. It shares no code with the SDK's own reading and writing: it is
the other side of the wire. What the service leaves undocumented is decided here as follows.

- Any account id is an account of its own; any credentials do, unless an `api_token` is set. Missing or wrong ones
  are 401 with code 10000.
- A page has at most 1,000 images (v2) or 100 (v1), whatever `per_page` asks for; `per_page` may be 1 to 10,000.
- Images of the same millisecond are in the order of their arrival. A continuation token marks a place between two
  images, so that inserts and deletes neither repeat nor skip others; it holds for one sort order.
- An operator without a type compares text (`eq`, `in`) or numbers (`gt`, `gte`, `lt`, `lte`). Types are strict,
  and numbers are written as in JSON. A parameter that begins like a filter and is none (`meta.status`,
  `metadata.status[eq]`) is refused.
- Everything else that is kept stays in the database: bytes, drafts, variants, keys, settings, the secret behind batch
  tokens.
- Image URLs (`variants`, `uploadURL`) lead to the sandbox itself, at the host that the request named. What is served
  is the original in every variant; formats are told from the first bytes. A made-up image is a grey pixel.
- A field of a JSON body that is unknown is refused (400, code 5400), so that a misspelt one is noticed. Unknown
  fields of a form are passed over.
- Editing: an empty `creator` removes it. A draft may be edited; if that gives it a new id, its address for the upload
  ends with the old one. `neverRequireSignedURLs` of a variant stays unless it is given.
- An upload from a `url` is fetched from loopback addresses only, without redirects and within 10 seconds; from the
  sandbox itself it is refused (code 5454), a failing origin is 400 with code 5400.
- A direct upload that comes too late is 410 with code 5400, a second one 409 with 5409. The bounds of `expiry` are
  just outside of what is allowed. Drafts are in details and not in lists or counts; an id stays taken by its draft.
- The built-in variant `public` can be edited; deleting it answers 200 and does nothing. The 101st variant and the
  third signing key are 400 with code 5453. A missing key is 404 with 5404. In place of the last key that is deleted
  comes a new one, named `default`.
- `stats` allows 100,000 images, and nobody is held to it. The only setting is `flexible_variants`.
- The batch host is `/batch` (`Sandbox.batch_url`): its tokens end after an hour unless `batch_token_ttl` says
  otherwise, belong to one account, and are good there only. Whatever it does not offer, wrong methods included, is
  404 with code 7003. It has no rate limit.
- A rate limit is only kept when one is given. Each token has a window that begins with its first request; over the
  limit all of its requests are refused (429, code 971) for as long again. All answers of the API tell how it stands.
- Delivery refuses in plain text, with the code in a header: 401 for a signature that is missing, wrong or expired,
  403 for flexible options that are switched off or asked of a private image. The signature comes last in the query
  and covers path and query as sent; an address without `exp` does not end. Which flexible options there are is not
  checked.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfimages.sandbox.faults import FAULTS, Fault, Faults, Incident
    from cfimages.sandbox.limits import RateLimit
    from cfimages.sandbox.server import Sandbox

__all__ = ["FAULTS", "Fault", "Faults", "Incident", "RateLimit", "Sandbox"]

_HOMES = {
    **dict.fromkeys(("FAULTS", "Fault", "Faults", "Incident"), "faults"),
    "RateLimit": "limits",
    "Sandbox": "server",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: importing the package needs neither the extra nor HTTP."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("python_multipart", "starlette", "uvicorn"):
            raise
        raise ImportError(f"the sandbox needs {package}: pip install 'cfimages[sandbox]'") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
