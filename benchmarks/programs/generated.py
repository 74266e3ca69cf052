"""A listing with the generated client alone: the tokens are followed by hand, nothing is checked or repeated."""

from collections.abc import Iterator

from benchmarks.programs.task import Task
from cfimages_api import Client
from cfimages_api.api.images import list_images_v2
from cfimages_api.models import Image, ImageListV2Response
from cfimages_api.types import UNSET


def listing(client: Client, account: str) -> Iterator[Image]:
    """All images."""
    token = None
    while True:
        answer = list_images_v2.sync(
            account, client=client, per_page=1000, sort_order="asc", continuation_token=token or UNSET
        )
        assert isinstance(answer, ImageListV2Response)
        yield from answer.result.images or ()
        token = answer.result.continuation_token
        if not token:
            return


def main() -> None:
    """List."""
    task = Task()
    with Client(task.base_url, headers={"Authorization": "Bearer benchmark"}) as client:
        task.consume(listing(client, task.account))
    task.report()


if __name__ == "__main__":
    main()
