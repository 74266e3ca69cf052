"""The bulk work of `by_hand.py` by jobs: `python by_jobs.py CASE FOLDER`. It ends with 1 if something is left to do."""

import sys
from datetime import timedelta
from pathlib import Path

from cfimages import CloudflareImages, CloudflareImagesError, jobs
from cfimages.jobs.references import IdFile


def work(case: str, folder: Path, images: CloudflareImages) -> bool:
    """Do it, and return whether all is done."""
    now = timedelta(0)
    used = [IdFile(folder / "used")]
    if case == "copy":
        with CloudflareImages("target") as target:
            job = jobs.copy(target, folder / "copy.job", source=images, map=folder / "map", everything=True)
            return job.run().finished
    if case == "sync":
        return jobs.sync(images, folder / "sync.job", folder / "files", replace=True).run().finished
    if case == "orphans":
        unused = jobs.orphans(images, folder / "orphans.job", used, older_than=now)
        return jobs.delete(images, folder / "delete.job", ids=[item.key for item in unused.items()]).run().finished
    marked = jobs.quarantine(images, folder / "mark.job", used, older_than=now).run()
    return marked.finished and jobs.reap(images, folder / "reap.job", used, after=now).run().finished


def main() -> int:
    """Do it, and return the exit status."""
    case, folder = sys.argv[1:]
    with CloudflareImages() as images:
        try:
            return not work(case, Path(folder), images)
        except CloudflareImagesError as error:
            print(type(error).__name__, error, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
