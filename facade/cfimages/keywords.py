"""Suggest the right name for a wrong keyword argument."""

import functools
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any, NoReturn, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def suggest(**replacements: str) -> Callable[[F], F]:
    """Decorate a function, so that an unknown keyword argument raises TypeError with the right name.

    Args:
        replacements: Names that other packages use, each with the name here, or what to do instead. For a misspelt
            name, the nearest one is suggested.
    """

    def decorate(function: F) -> F:
        code = function.__code__
        accepted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        names = frozenset(accepted)

        def refuse(keywords: Mapping[str, object]) -> NoReturn:
            wrong = next(name for name in keywords if name not in names)
            others = [name for name in accepted if name != "self"]
            raise TypeError(_no_argument(function, wrong, replacements, others))

        @functools.wraps(function)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            try:
                if not keywords.keys() <= names:
                    refuse(keywords)
                return function(*arguments, **keywords)
            finally:
                keywords.clear()  # a traceback with locals would show credentials

        @functools.wraps(function)
        async def async_wrapper(*arguments: Any, **keywords: Any) -> Any:
            try:
                if not keywords.keys() <= names:
                    refuse(keywords)
                return await function(*arguments, **keywords)
            finally:
                keywords.clear()

        # Mocks and frameworks tell a coroutine function by its kind.
        return async_wrapper if iscoroutinefunction(function) else wrapper  # type: ignore[return-value]  # the same call

    return decorate


def _no_argument(function: Callable[..., Any], name: str, replacements: Mapping[str, str], names: list[str]) -> str:
    from difflib import get_close_matches  # only mistakes need it

    *_, owner, method = ["", *function.__qualname__.split(".")]
    near = get_close_matches(name, names, 1, cutoff=0.7)
    right = replacements.get(name) or (near[0] if near else f"it has {', '.join(names)}")
    advice = f"use {right!r}" if right.isidentifier() else right
    return f"{owner if method == '__init__' else method}() has no argument {name!r}: {advice}"
