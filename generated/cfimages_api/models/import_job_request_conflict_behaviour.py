from typing import Literal

ImportJobRequestConflictBehaviour = Literal["overwrite", "skip"]

IMPORT_JOB_REQUEST_CONFLICT_BEHAVIOUR_VALUES: set[ImportJobRequestConflictBehaviour] = {
    "overwrite",
    "skip",
}


def check_import_job_request_conflict_behaviour(value: str) -> ImportJobRequestConflictBehaviour:
    if value in IMPORT_JOB_REQUEST_CONFLICT_BEHAVIOUR_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {IMPORT_JOB_REQUEST_CONFLICT_BEHAVIOUR_VALUES!r}")
