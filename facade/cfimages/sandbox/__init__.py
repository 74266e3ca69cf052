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
- Drafts are not listed. Uploads from a URL are refused: nothing is fetched from elsewhere.
"""

try:
    from cfimages.sandbox.server import Sandbox
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    if package not in ("python_multipart", "starlette", "uvicorn"):
        raise
    raise ImportError(f"the sandbox needs {package}: pip install 'cfimages[sandbox]'") from error

__all__ = ["Sandbox"]
