"""Suggest the right name where a keyword argument has another one."""

import functools
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def suggest(**replacements: str) -> Callable[[F], F]:
    """Decorate a function so that a keyword argument under another name raises TypeError with the right name."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            if wrong := replacements.keys() & keywords.keys():
                name = min(wrong)
                raise TypeError(f"{function.__name__}() has no argument {name!r}: use {replacements[name]!r}")
            return function(*arguments, **keywords)

        @functools.wraps(function)
        async def async_wrapper(*arguments: Any, **keywords: Any) -> Any:
            return await wrapper(*arguments, **keywords)

        # Mocks and frameworks tell a coroutine function by its kind.
        return async_wrapper if iscoroutinefunction(function) else wrapper  # type: ignore[return-value]  # the same call

    return decorate
