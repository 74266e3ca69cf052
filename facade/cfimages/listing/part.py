"""What a paginated listing of the service has to provide, so that one walk and one pager serve them all.

A `PagedListing` is what a user asks for: the arguments of a method such as `list`. It consists of one `Part` or more,
each of which is a listing that the service can give. A new kind of pagination is a new pair of classes.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Self

import attrs

from cfimages.arguments import repr_short
from cfimages.listing.page import Page, T
from cfimages.listing.window import UploadWindow


class Part(ABC, Generic[T]):
    """One listing that the service can give: how to ask for a page, and how to read it."""

    endpoint: ClassVar[str]
    """Name of the generated endpoint module."""

    window: UploadWindow | None = None
    """The upload times to restrict the listing to."""

    @property
    def descending(self) -> bool:
        """Whether the newest item comes first. False where items have no upload times."""
        return False

    @abstractmethod
    def arguments(self, token: str | None) -> dict[str, Any]:
        """Return the keyword arguments of the generated function for the page with this token of the service."""

    @abstractmethod
    def read(self, result: Any, token: str | None) -> Page[T]:
        """Return the page that the result of a response holds. Raises ShapeError."""


class PagedListing(ABC, Generic[T]):
    """The checked arguments of a method that lists. Subclasses are attrs classes with a field for each argument."""

    method: ClassVar[str]
    """Name of the method of the client."""

    per_page: int
    """Most items in a request."""

    parts: tuple[Part[T], ...]
    """The listings of the service that together have what is asked for."""

    @property
    def descending(self) -> bool:
        """Whether the newest item comes first."""
        return self.parts[0].descending

    def limited(self, n: int) -> Self:
        """Return a listing that asks for fewer items in a request, for a caller who wants the first `n`."""
        return self

    @abstractmethod
    def check_token(self, token: str | None) -> None:
        """Raise InvalidArgumentError, naming `token`, if the listing cannot start there."""

    def given(self) -> dict[str, Any]:
        """Return the arguments that are not None."""
        cls: type = type(self)
        return {
            field.name: value
            for field in attrs.fields(cls)
            if field.init and (value := getattr(self, field.name)) is not None
        }

    def repr_arguments(self) -> str:
        """Return the arguments as a call has them, without those that are None.

        >>> from cfimages.listing.listing import Listing
        >>> Listing(creator="ada").repr_arguments()
        "creator='ada', sort_order='desc', per_page=1000"
        """
        return ", ".join(f"{name}={repr_short(value)}" for name, value in self.given().items())


@attrs.frozen
class SinglePartListing(Part[T], PagedListing[T]):
    """A listing that is its own only part. The service gives it in one order, and its items have no upload times."""

    parts: tuple[Part[T], ...] = attrs.field(
        default=attrs.Factory(lambda self: (self,), takes_self=True), init=False, repr=False, eq=False, kw_only=True
    )
