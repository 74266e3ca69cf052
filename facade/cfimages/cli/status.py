"""The exit statuses of the command, and their errors."""

import enum


class Status(enum.IntEnum):
    """Exit statuses. If several apply, the first one here is used."""

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
    Status.NO_ACCESS: "the account or its credentials are missing, wrong, or do not permit this",
    Status.REFUSED: "refused, or not confirmed: nothing was changed",
    Status.UNFINISHED: "unfinished, or in doubt: the service did not respond, or a job can be resumed",
    Status.USAGE: "the command line is wrong",
    Status.FAILED: "some items failed",
    Status.DONE: "everything is done, there was nothing to do, or it was a dry run",
}


class RefusedError(Exception):
    """The request is refused: it is too much, or was not confirmed."""


class TerminatedError(BaseException):
    """SIGTERM was received. Like KeyboardInterrupt, `except Exception` does not catch it."""


class IncompleteError(Exception):
    """A command was not completed, and this has been reported."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


def first(*statuses: Status) -> Status:
    """Return the status that counts if several apply."""
    return min(statuses, key=list(Status).index, default=Status.DONE)


def status_of(error: BaseException) -> Status | None:
    """Return the exit status of an error; None for a bug, whose traceback is shown."""
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
    """Return whether the outcome of a request is unknown, because there was no response."""
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
