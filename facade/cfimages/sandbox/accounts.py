"""Accounts of the sandbox: variants, signing keys and settings."""

import base64
import hashlib
import json
import secrets
import sqlite3
from typing import Any

import attrs

from cfimages.sandbox.database import Database, DuplicateError, LimitError

PUBLIC = "public"
"""The variant that every account has and keeps."""
DEFAULT_KEY = "default"
MAX_VARIANTS = 100
MAX_KEYS = 2

_PUBLIC_OPTIONS = {"fit": "scale-down", "metadata": "none", "width": 1366, "height": 768}


@attrs.frozen
class Account:
    """An account, created when it is first named."""

    id: str
    hash: str
    """Its hash in delivery URLs, which is not its id."""
    secret: str = attrs.field(repr=False)
    """Signs its batch tokens."""
    flexible_variants: bool


@attrs.frozen
class Variant:
    """A named size."""

    name: str
    options: dict[str, Any]
    never_signed: bool
    """Whether private images are served in it without a signature."""


def account_hash(account: str) -> str:
    """The hash of an account in delivery URLs."""
    return base64.urlsafe_b64encode(hashlib.sha256(account.encode()).digest())[:22].decode()


def new_key_value() -> str:
    """A secret in the form of the service's."""
    return base64.b64encode(secrets.token_bytes(24)).decode()


class Accounts:
    """Variants, keys and settings of all accounts. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: str) -> Account:
        """Return an account, with the built-in variant and one signing key at first."""
        if found := self._find("id", id):
            return found
        with self._database.transaction() as connection:
            new = connection.execute(
                "INSERT OR IGNORE INTO accounts (id, hash, secret) VALUES (?, ?, ?)",
                (id, account_hash(id), secrets.token_hex(32)),
            )
            if new.rowcount:  # else another thread was quicker
                _insert_variant(connection, id, Variant(PUBLIC, _PUBLIC_OPTIONS, never_signed=False))
                _insert_key(connection, id, DEFAULT_KEY)
        return self.get(id)

    def by_hash(self, hash: str) -> Account | None:
        """Return the account with this hash, or None."""
        return self._find("hash", hash)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return how many images and how many drafts each account has, by its id."""
        rows = self._database.rows(
            "SELECT id, (SELECT count(*) FROM images WHERE account = accounts.id AND NOT draft),"
            " (SELECT count(*) FROM images WHERE account = accounts.id AND draft) FROM accounts ORDER BY id",
            (),
        )
        return {account: (images, drafts) for account, images, drafts in rows}

    def allow_flexible_variants(self, account: str, allowed: bool) -> None:
        """Set whether delivery URLs may have flexible options."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE accounts SET flexible_variants = ? WHERE id = ?", (allowed, account))

    def variants(self, account: str) -> dict[str, Variant]:
        """All variants by name, the oldest first."""
        query = "SELECT name, options, never_signed FROM variants WHERE account = ? ORDER BY number"
        rows = self._database.rows(query, (account,))
        return {name: Variant(name, json.loads(options), bool(never_signed)) for name, options, never_signed in rows}

    def add_variant(self, account: str, variant: Variant) -> None:
        """Add a variant. Raises DuplicateError, LimitError."""
        with self._database.transaction() as connection:
            try:
                _insert_variant(connection, account, variant)
            except sqlite3.IntegrityError as error:
                raise DuplicateError(variant.name) from error
            _check_limit(connection, "variants", account, MAX_VARIANTS)

    def change_variant(
        self, account: str, name: str, options: dict[str, Any], never_signed: bool | None
    ) -> Variant | None:
        """Replace the options of a variant, and `never_signed` unless that is None; return None if it is missing."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE variants SET options = ?, never_signed = coalesce(?, never_signed)"
                " WHERE account = ? AND name = ?",
                (json.dumps(options), never_signed, account, name),
            )
            return self.variants(account).get(name)

    def remove_variant(self, account: str, name: str) -> bool:
        """Remove a variant; whether there was one."""
        with self._database.transaction() as connection:
            removed = connection.execute("DELETE FROM variants WHERE account = ? AND name = ?", (account, name))
            return removed.rowcount > 0

    def keys(self, account: str) -> dict[str, str]:
        """Values of all signing keys by name, the oldest first."""
        return dict(
            self._database.rows("SELECT name, value FROM signing_keys WHERE account = ? ORDER BY number", (account,))
        )

    def put_key(self, account: str, name: str) -> None:
        """Create a key, or give it a new value. Raises LimitError."""
        with self._database.transaction() as connection:
            _insert_key(connection, account, name)
            _check_limit(connection, "signing_keys", account, MAX_KEYS)

    def remove_key(self, account: str, name: str) -> bool:
        """Remove a key; return whether there was one. The last key is replaced with a new default key."""
        with self._database.transaction() as connection:
            values = (account, name)
            removed = connection.execute("DELETE FROM signing_keys WHERE account = ? AND name = ?", values).rowcount > 0
            if not self.keys(account):
                _insert_key(connection, account, DEFAULT_KEY)
            return removed

    def _find(self, column: str, value: str) -> Account | None:
        query = f"SELECT id, hash, secret, flexible_variants FROM accounts WHERE {column} = ?"  # noqa: S608 - a constant
        rows = self._database.rows(query, (value,))
        for account, name, secret, flexible in rows:
            return Account(account, name, secret, bool(flexible))
        return None


def _insert_variant(connection: sqlite3.Connection, account: str, variant: Variant) -> None:
    connection.execute(
        "INSERT INTO variants (account, name, options, never_signed) VALUES (?, ?, ?, ?)",
        (account, variant.name, json.dumps(variant.options), variant.never_signed),
    )


def _insert_key(connection: sqlite3.Connection, account: str, name: str) -> None:
    connection.execute(
        "INSERT INTO signing_keys (account, name, value) VALUES (?, ?, ?)"
        " ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
        (account, name, new_key_value()),
    )


def _check_limit(connection: sqlite3.Connection, table: str, account: str, most: int) -> None:
    """Raise LimitError, and so undo the transaction, if there are more than that."""
    query = f"SELECT count(*) FROM {table} WHERE account = ?"  # noqa: S608 - a constant
    if connection.execute(query, (account,)).fetchone()[0] > most:
        raise LimitError(most)
