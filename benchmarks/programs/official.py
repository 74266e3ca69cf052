"""A listing with the official SDK, whose second listing has no paging: the tokens are followed by hand."""

from collections.abc import Iterator

from cloudflare import Cloudflare, omit
from cloudflare.types.images import Image

from benchmarks.programs.task import Task


def listing(client: Cloudflare, account: str) -> Iterator[Image]:
    """All images."""
    token = None
    while True:
        page = client.images.v2.list(
            account_id=account, per_page=1000, sort_order="asc", continuation_token=token or omit
        )
        yield from page.images or ()
        token = page.continuation_token
        if not token:
            return


def main() -> None:
    """List."""
    task = Task()
    with Cloudflare(api_token="benchmark", base_url=task.base_url) as client:
        task.consume(listing(client, task.account))
    task.report()


if __name__ == "__main__":
    main()
