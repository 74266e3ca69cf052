"""The endpoints of an account as a whole: usage and settings."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cfimages.sandbox import fields
from cfimages.sandbox.wire import Call, envelope, in_thread

ALLOWED_IMAGES = 100_000
"""The reported limit, which is not enforced."""


@in_thread
def stats(call: Call) -> Response:
    """How many images there are, without drafts."""
    return envelope({"count": {"allowed": ALLOWED_IMAGES, "current": call.store.count(call.account.id)}})


async def config(call: Call) -> Response:
    """The settings."""
    return envelope({"flexible_variants": call.account.flexible_variants})


async def edit_config(call: Call) -> Response:
    """Change the settings that are given."""
    given = await call.json("flexible_variants")
    if "flexible_variants" not in given:
        return await config(call)
    allowed = fields.boolean("flexible_variants", given["flexible_variants"])
    await run_in_threadpool(call.store.accounts.allow_flexible_variants, call.account.id, allowed)
    return envelope({"flexible_variants": allowed})
