"""Suggest the right name for a wrong keyword argument."""

import functools
from collections.abc import Callable, Iterable, Mapping
from inspect import iscoroutinefunction
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def suggest(**replacements: str) -> Callable[[F], F]:
    """Decorate a function, so that an unknown keyword argument raises TypeError with the right name.

    Args:
        replacements: Names that other packages use, each with the name here, or what to do instead. For a misspelt
            name, the nearest one is suggested.
    """

    def decorate(function: F) -> F:
        code = function.__code__
        accepted = dict.fromkeys(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])

        @functools.wraps(function)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            try:
                if keywords.keys() <= accepted.keys():
                    return function(*arguments, **keywords)
                raise TypeError(_no_argument(function, keywords, accepted, replacements))
            finally:
                keywords.clear()  # a traceback with locals would show credentials

        @functools.wraps(function)
        async def async_wrapper(*arguments: Any, **keywords: Any) -> Any:
            try:
                if keywords.keys() <= accepted.keys():
                    return await function(*arguments, **keywords)
                raise TypeError(_no_argument(function, keywords, accepted, replacements))
            finally:
                keywords.clear()

        # Mocks and frameworks tell a coroutine function by its kind.
        return async_wrapper if iscoroutinefunction(function) else wrapper  # type: ignore[return-value]  # the same call

    return decorate


def _no_argument(
    function: Callable[..., Any], given: Iterable[str], accepted: Iterable[str], replacements: Mapping[str, str]
) -> str:
    """Return what to say of the first name that a function does not accept."""
    from difflib import get_close_matches  # only mistakes need it

    names = [name for name in accepted if name != "self"]
    wrong = next(name for name in given if name not in names)
    *_, owner, method = ["", *function.__qualname__.split(".")]
    near = get_close_matches(wrong, names, 1, cutoff=0.7)
    right = replacements.get(wrong) or (near[0] if near else f"it has {', '.join(names)}")
    advice = f"use {right!r}" if right.isidentifier() else right
    return f"{owner if method == '__init__' else method}() has no argument {wrong!r}: {advice}"
