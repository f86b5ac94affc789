"""The optional matplotlib."""

from __future__ import annotations

from typing import Any

__all__ = ["axes_or_new"]


def axes_or_new(ax: Any) -> Any:
    """Return ``ax``, or the axes of a new figure when it is None.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message holds the line that installs it.
    """
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Drawing needs matplotlib, which is not installed. Install it with: "
            "python -m pip install 'skrnn[plot]'"
        ) from error
    return plt.subplots()[1]
