"""The token of the batch host."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import attrs

from cfimages.errors import APIStatusError, AuthenticationError, ServerError
from cfimages.models.shape import ShapeError
from cfimages.secret import Secret

MARGIN = timedelta(seconds=30)
"""How long before its end a token is replaced."""

AUTHENTICATION_ERROR = 10000
"""Code of the service for credentials that it does not accept, whatever the status."""


@attrs.frozen
class BatchToken:
    """A token for the batch host, and when it expires. Source: schema `BatchToken`."""

    header: Secret = attrs.field(repr=False)
    """Value of the Authorization header."""
    expires_at: datetime

    @classmethod
    def read(cls, result: Any) -> Self:
        """Return the token of a result. Raises ShapeError."""
        try:
            end = datetime.fromisoformat(result.expires_at)
        except (TypeError, ValueError) as error:
            raise ShapeError("expires_at is not a time") from error
        if not isinstance(result.token, str) or not re.fullmatch("[!-~]+", result.token):
            raise ShapeError("the token is not text that a header can hold")
        return cls(Secret(f"Bearer {result.token}"), end if end.tzinfo else end.replace(tzinfo=UTC))

    def is_valid(self, now: datetime) -> bool:
        """Return whether it lasts for another request."""
        return now + MARGIN < self.expires_at


def is_rejection(error: APIStatusError) -> bool:
    """Return whether a response rejects the token, so that nothing was carried out."""
    if isinstance(error, ServerError):
        return False
    return isinstance(error, AuthenticationError) or any(e.code == AUTHENTICATION_ERROR for e in error.errors)
