"""Batch tokens: signed JSON of the same form as the service's, with the account and the time of expiry."""

import base64
import hashlib
import hmac
import json
from typing import Any

import attrs
from starlette.responses import Response

from cfimages.sandbox.accounts import Account, Accounts
from cfimages.sandbox.clock import from_unix
from cfimages.sandbox.wire import Call, envelope, in_thread, parse_object

BATCH_PATH = "/batch"
_SECOND = 10**9


@attrs.frozen
class BatchToken:
    """A genuine token."""

    account: Account
    expired: bool


@in_thread
def issue(call: Call) -> Response:
    """A new token."""
    end = int((call.setup.clock.seconds() + call.setup.batch_token_ttl) * _SECOND)
    whole = from_unix(end // _SECOND)
    expires_at = f"{whole:%Y-%m-%dT%H:%M:%S}.{end % _SECOND:09}Z"
    return envelope({"token": _write(call.account, end), "expiresAt": expires_at})


def read_token(accounts: Accounts, token: str, now: float) -> BatchToken | None:
    """What a token says, or None if it was not issued here."""
    signed, _, signature = token.rpartition(".")
    account, end = _claims(accounts, signed.partition(".")[2])
    if account is None or not hmac.compare_digest(_signature(account, signed).encode(), signature.encode()):
        return None
    return BatchToken(account, expired=end <= now)


def _write(account: Account, end: int) -> str:
    header = _encode({"alg": "HS256", "kid": "batch", "typ": "JWT"})
    signed = f"{header}.{_encode({'sub': account.hash, 'exp': end / _SECOND})}"
    return f"{signed}.{_signature(account, signed)}"


def _claims(accounts: Accounts, text: str) -> tuple[Account | None, float]:
    try:
        claims = parse_object(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        claims = None
    match claims:
        case {"sub": str(account), "exp": int() | float() as end}:
            return accounts.by_hash(account), end
    return None, 0


def _signature(account: Account, signed: str) -> str:
    return _base64(hmac.digest(account.secret.encode(), signed.encode(), hashlib.sha256))


def _encode(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
