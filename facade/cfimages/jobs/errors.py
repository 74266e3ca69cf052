"""What can go wrong with a job as a whole. What goes wrong with one item is in the journal."""

from cfimages import CloudflareImagesError


class JobError(CloudflareImagesError):
    """A job cannot begin or go on. The journal is whole, and the job can be run again."""


class JournalError(JobError):
    """The journal cannot be read or written, or belongs to another job or account."""


class JobLockedError(JobError):
    """Another process, or another thread, is planning or running the job."""


class JobStoppedError(JobError):
    """Too many items failed one after the other, with none succeeding between."""


class JobRefusedError(JobError):
    """A job does nothing, because something looks wrong: too few references, too many deletes, a wrong clock."""
