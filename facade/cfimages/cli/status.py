"""The exit status of the command, and which error has which."""

import enum


class Status(enum.IntEnum):
    """Exit statuses. Where several apply, the one that comes first here is given."""

    INTERRUPTED = 130
    TERMINATED = 143
    NO_ACCESS = 5
    REFUSED = 4
    UNFINISHED = 3
    USAGE = 2
    FAILED = 1
    DONE = 0


MEANINGS = {
    Status.INTERRUPTED: "Ctrl-C",
    Status.TERMINATED: "SIGTERM",
    Status.NO_ACCESS: "the account or its credentials are missing or wrong, or do not permit this",
    Status.REFUSED: "refused, or not confirmed: nothing was changed",
    Status.UNFINISHED: "unfinished, or in doubt: the service did not answer, or a job can go on",
    Status.USAGE: "the command was given wrongly",
    Status.FAILED: "some items failed",
    Status.DONE: "all is done, there was nothing to do, or it was a dry run",
}


class RefusedError(Exception):
    """What was asked for is not done: it is too much, or nobody confirmed it."""


class TerminatedError(BaseException):
    """SIGTERM came. Like KeyboardInterrupt, it is not for `except Exception`."""


class IncompleteError(Exception):
    """What was asked for ended before its end, and all about it has been said."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


def first(*statuses: Status) -> Status:
    """Return the status that counts if several apply."""
    return min(statuses, key=list(Status).index, default=Status.DONE)


def status_of(error: BaseException) -> Status | None:
    """Return the exit status of an error; None for a mistake in the program, which is to be seen as it is."""
    if isinstance(error, KeyboardInterrupt):
        return Status.INTERRUPTED
    if isinstance(error, TerminatedError):
        return Status.TERMINATED
    if isinstance(error, IncompleteError):
        return error.status
    if isinstance(error, RefusedError):
        return Status.REFUSED
    return _of_the_sdk(error)


def _of_the_sdk(error: BaseException) -> Status | None:
    import cfimages

    if isinstance(error, cfimages.ConfigurationError | cfimages.AuthenticationError | cfimages.PermissionDeniedError):
        return Status.NO_ACCESS
    if isinstance(error, cfimages.NoRouteError):  # the account id is wrong
        return Status.NO_ACCESS
    if isinstance(error, cfimages.InvalidArgumentError):
        return Status.USAGE
    if isinstance(error, cfimages.APIError):
        return Status.UNFINISHED if is_unanswered(error) else Status.FAILED
    if isinstance(error, cfimages.PaginationError):
        return Status.UNFINISHED
    if isinstance(error, cfimages.CloudflareImagesError):
        return _of_jobs(error)
    return Status.FAILED if isinstance(error, OSError) else None


def is_unanswered(error: BaseException) -> bool:
    """Return whether the service gave no answer that says what became of a request."""
    import cfimages

    if isinstance(error, cfimages.APIConnectionError | cfimages.APIResponseValidationError):
        return True
    return isinstance(error, cfimages.ServerError | cfimages.RateLimitError)


def _of_jobs(error: BaseException) -> Status | None:
    from cfimages import jobs

    if isinstance(error, jobs.JobLockedError | jobs.JobRefusedError):
        return Status.REFUSED
    if isinstance(error, jobs.JobStoppedError | jobs.JournalWriteError):
        return Status.UNFINISHED
    return Status.USAGE if isinstance(error, jobs.JobError) else None
