"""Warnings that name the line of the caller, and not one of this package."""

import inspect
import warnings


def warn(message: str) -> None:
    """Warn whoever has called the package."""
    warnings.warn(message, RuntimeWarning, stacklevel=_level_of_caller())


def _level_of_caller() -> int:
    """Return how many calls above the one that calls this lies the first that is not of this package.

    Context managers are passed over.
    """
    level, frame = 0, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(("cfimages.", "contextlib")):
        level, frame = level + 1, frame.f_back
    return level
