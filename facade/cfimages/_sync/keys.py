# Generated from facade/cfimages/_async/keys.py by `make generate`. Do not edit.
"""Signing keys: `images.keys`."""

from typing import Any

from cfimages import endpoints
from cfimages._sync.calls import Resource, ignore
from cfimages.models.shape import ShapeError
from cfimages.models.signing_key import SigningKey, check_key_name


class Keys(Resource):
    """The keys that sign delivery URLs of private images."""

    def list(self) -> tuple[SigningKey, ...]:
        """Return all keys of the account, with their values.

        Raises:
            APIError: The service cannot be reached, or refuses.

        Source: operation list_signing_keys.
        """
        return self._calls(endpoints.list_signing_keys, _read_all)

    def create(self, name: str) -> SigningKey:
        """Create a key, and return it.

        If the name exists, its key gets a new value, and URLs signed with the old value fail. The request may be
            retried: use the returned value.

        Args:
            name: Letters and digits, at most 20.

        Raises:
            InvalidArgumentError: The name is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation create_signing_key.
        """
        check_key_name(name)

        def read(result: Any) -> SigningKey:
            for key in _read_all(result):
                if key.name == name:
                    return key
            raise ShapeError("the new key is not among the keys")

        return self._calls(endpoints.create_signing_key, read, name)

    def delete(self, name: str) -> None:
        """Delete a key. URLs signed with it fail.

        The service keeps at least one key: it replaces the last one, or refuses.

        Raises:
            NotFoundError: There is no such key.
            InvalidArgumentError: The name is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation delete_signing_key.
        """
        self._calls(endpoints.delete_signing_key, ignore, check_key_name(name))


def _read_all(result: Any) -> tuple[SigningKey, ...]:
    return tuple(map(SigningKey.from_generated, result.keys))
