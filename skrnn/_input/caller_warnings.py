"""Warnings that name the line of the caller, however deep in the package they arise."""

from __future__ import annotations

import inspect
import warnings

__all__ = ["warn_caller"]

# Packages whose frames are passed over: a warning of a fit inside a search names the line that
# called the search.
_PASSED_OVER = {"contextlib", "joblib", "skrnn", "sklearn", "skorch"}


def warn_caller(message: str, category: type[Warning]) -> None:
    """Issue a warning for the first line outside skrnn and the libraries that call it.

    Parameters
    ----------
    message : str
        What is wrong, and the remedy.
    category : type of Warning
    """
    frame, depth = inspect.currentframe(), 1
    while frame is not None and _package(frame.f_globals) in _PASSED_OVER:
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth)


def _package(frame_globals: dict[str, object]) -> str:
    return str(frame_globals.get("__name__", "")).partition(".")[0]
