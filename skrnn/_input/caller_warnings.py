"""Warnings that name the line of the caller, however deep in the package they arise."""

from __future__ import annotations

import inspect
import warnings

__all__ = ["warn_caller"]

# Packages whose frames are passed over: a warning of a fit inside a search names the line that
# called the search.
_PASSED_OVER = {"contextlib", "joblib", "skrnn", "sklearn", "skorch"}
# Where a thread or a process of its own begins, no caller is on the stack.
_BEGINNINGS = {"concurrent", "multiprocessing", "threading"}


def warn_caller(message: str | Warning, category: type[Warning] | None = None) -> None:
    """Issue a warning for the first line outside skrnn and the libraries that call it.

    In a thread or a process that a library began, it names the outermost line of skrnn.

    Parameters
    ----------
    message : str or Warning
        What is wrong, and the remedy.
    category : type of Warning, or None for a Warning that was made already
    """
    frame, depth, own_depth = inspect.currentframe(), 1, 1
    while frame is not None and _package(frame.f_globals) in _PASSED_OVER:
        if _package(frame.f_globals) == "skrnn":
            own_depth = depth
        frame, depth = frame.f_back, depth + 1
    has_caller = frame is not None and _package(frame.f_globals) not in _BEGINNINGS
    warnings.warn(message, category, stacklevel=depth if has_caller else own_depth)


def _package(frame_globals: dict[str, object]) -> str:
    return str(frame_globals.get("__name__", "")).partition(".")[0]
