"""Warnings that name the caller's line, not one of this package."""

import inspect
import warnings


def warn(message: str) -> None:
    """Warn the caller of the package."""
    warnings.warn(message, RuntimeWarning, stacklevel=_level_of_caller())


def _level_of_caller() -> int:
    """Return the stack level of the first caller outside this package.

    Context managers are passed over.
    """
    level, frame = 0, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(("cfimages.", "contextlib")):
        level, frame = level + 1, frame.f_back
    return level
