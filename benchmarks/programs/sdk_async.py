"""A listing with the asynchronous half of this SDK."""

import asyncio

from benchmarks.programs.task import BUSY, PER_PAGE, Task, read
from cfimages import AsyncCloudflareImages, AsyncPager, Image


def listing(client: AsyncCloudflareImages, task: Task) -> AsyncPager[Image]:
    """The images, listed in the way that is asked for."""
    pager = client.list(sort_order="asc")
    if "concurrent" in task.words:
        return pager.concurrent()
    return pager.prefetch() if "prefetch" in task.words else pager


async def main() -> None:
    """List."""
    task = Task()
    count = 0
    async with AsyncCloudflareImages(task.account, api_token="benchmark", base_url=task.base_url) as client:
        async for image in listing(client, task):
            count += 1
            read(image)
            if task.kept is not None:
                task.kept.append(image)
            if count % PER_PAGE == 0:
                task.mark(count)
                if "wait" in task.words:
                    await asyncio.sleep(BUSY)
                else:
                    task.work()
    task.report()


if __name__ == "__main__":
    asyncio.run(main())
