"""What the sandbox answers when it fails itself."""

import logging
import sqlite3

from starlette.responses import Response

from cfimages.sandbox.wire import envelope

_log = logging.getLogger("cfimages.sandbox")

_HELD_BY_OTHERS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def failure(error: Exception) -> Response:
    """Return the answer to a request that could not be carried out, and log why."""
    if isinstance(error, sqlite3.Error):
        _log.error("the database failed: %s", error)
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest says more exactly what
        if code in _HELD_BY_OTHERS:
            return _answer(503, 5503, "The database is held by another program, try again later")
        return _answer(500, 5540, f"The image storage failed: {error}")
    _log.error("the sandbox failed", exc_info=error)
    return _answer(500, 5550, "Internal Server Error")


def _answer(status: int, code: int, message: str) -> Response:
    return envelope(None, status, [{"code": code, "message": message}])
