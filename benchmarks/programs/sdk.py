"""A listing with this SDK."""

from benchmarks.programs.task import Task
from cfimages import CloudflareImages, Image, Pager


def listing(client: CloudflareImages, task: Task) -> Pager[Image]:
    """The images, listed in the way that is asked for."""
    pager = client.list(sort_order="asc")
    if "concurrent" in task.words:
        return pager.concurrent()
    return pager.prefetch() if "prefetch" in task.words else pager


def main() -> None:
    """List."""
    task = Task()
    with CloudflareImages(task.account, api_token="benchmark", base_url=task.base_url) as client:
        task.consume(listing(client, task))
    task.report()


if __name__ == "__main__":
    main()
